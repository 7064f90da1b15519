package dev.penstock.schemas.catalog;

import org.jspecify.annotations.Nullable;

/** What providers have different prices for. */
public enum TokenClass {
    /** Of the prompt. */
    INPUT("input", null),
    /** Of the answer. */
    OUTPUT("output", null),
    /** Of the prompt, read from the provider's cache. */
    CACHE_READ("cacheRead", INPUT),
    /** Of the prompt, written to the provider's cache, for minutes. */
    CACHE_WRITE("cacheWrite", INPUT),
    /** Of the prompt, written to the provider's cache for an hour. */
    CACHE_WRITE_1H("cacheWrite1h", CACHE_WRITE),
    /** Of the prompt, sound. */
    AUDIO_INPUT("audioInput", INPUT),
    /** Of the answer, sound. */
    AUDIO_OUTPUT("audioOutput", OUTPUT),
    /** Of the answer, thought and not said. */
    REASONING("reasoning", OUTPUT);

    private final String setting;
    private final @Nullable TokenClass general;

    TokenClass(String setting, @Nullable TokenClass general) {
        this.setting = setting;
        this.general = general;
    }

    /** What the settings call it. */
    public String setting() {
        return setting;
    }

    /** The class whose rate it has where it has none of its own; null: it must have one. */
    @Nullable
    TokenClass general() {
        return general;
    }
}
