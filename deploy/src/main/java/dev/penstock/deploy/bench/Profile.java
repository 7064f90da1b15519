package dev.penstock.deploy.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;

/** What kind of load; each constant carries the settings that hold unless the command line says otherwise. */
enum Profile {
    /** Streamed answers as people ask for them: 50 tokens at 50 a second. */
    CHAT(50, 5, 0, 50, 3),
    /** Answers in one piece that the provider gives at once: what is added is nearly all there is. */
    JSON(100, 5, 0, 0, 3),
    /** Very many slow streams, open at the same time. */
    STREAMS(1_000, 30, 10_000, 1, 1),
    /** Short streams of one tenant, alone and while another has very many requests waiting. */
    FLOOD(20, 20, 10_000, 100, 3);

    private static final int CHAT_TOKENS = 50;
    private static final int JSON_TOKENS = 16;
    private static final int FLOOD_TOKENS = 10;

    /** Requests sent in a second. */
    private final double rate;
    /** How long requests are sent; for {@link #STREAMS}, how long each lasts. */
    private final int seconds;
    /** How many are open at the same time; for {@link #FLOOD}, how many the other tenant sends at once. */
    private final int streams;
    private final double tokensPerSecond;
    final int rounds;

    Profile(double rate, int seconds, int streams, double tokensPerSecond, int rounds) {
        this.rate = rate;
        this.seconds = seconds;
        this.streams = streams;
        this.tokensPerSecond = tokensPerSecond;
        this.rounds = rounds;
    }

    /** What the command line asks for; null where it says nothing. */
    record Wishes(@Nullable Double rate, @Nullable Integer seconds, @Nullable Integer streams,
            @Nullable Double tokensPerSecond) {}

    /** One round's load. */
    Plan plan(Wishes wishes) {
        double rate = wishes.rate() == null ? this.rate : wishes.rate();
        int seconds = wishes.seconds() == null ? this.seconds : wishes.seconds();
        int streams = wishes.streams() == null ? this.streams : wishes.streams();
        double speed = wishes.tokensPerSecond() == null ? tokensPerSecond : wishes.tokensPerSecond();
        int requests = (int) (rate * seconds);
        double itlMillis = speed == 0 ? 0 : 1_000 / speed;
        return switch (this) {
            case CHAT -> new Plan(true, requests, rate, 50, itlMillis, CHAT_TOKENS);
            case JSON -> new Plan(false, requests, rate, 0, itlMillis, JSON_TOKENS);
            case STREAMS -> new Plan(true, streams, rate, 100, itlMillis, (int) Math.ceil(seconds * speed));
            case FLOOD -> new Plan(true, requests, rate, 200, itlMillis, FLOOD_TOKENS);
        };
    }

    /** How many requests another tenant sends at once, beside those of the plan. */
    int flood(Wishes wishes) {
        return this != FLOOD ? 0 : wishes.streams() == null ? streams : wishes.streams();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads a profile's name as {@link #toString} writes it. */
    static final class Converter implements ITypeConverter<Profile> {
        @Override
        public Profile convert(String value) {
            return valueOf(value.toUpperCase(Locale.ROOT));
        }
    }
}
