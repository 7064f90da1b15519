package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A piece of an answer, free of any dialect. */
sealed interface AnswerEvent {
    /**
     * Who answers. Comes before the first delta, and again whenever it changes.
     *
     * @param created seconds since 1970; 0 if the provider does not say
     */
    record Origin(long created, @Nullable String model, @Nullable String serviceTier,
            @Nullable String systemFingerprint) implements AnswerEvent {}

    /**
     * More of one choice. All of it at once where the answer is not streamed.
     *
     * @param finish in one delta of a choice, its last, and no other
     * @param passed fields of the delta that nobody on the way needs to understand
     * @param logprobs JSON
     */
    record Delta(int choice, @Nullable String content, @Nullable String reasoning, @Nullable String refusal,
            List<ToolCall> toolCalls, List<Raw> passed, @Nullable String logprobs, @Nullable FinishReason finish)
            implements
                AnswerEvent {
        /** Whether there is anything in it that a client would miss. */
        boolean isEmpty() {
            return finish == null && logprobs == null && toolCalls.isEmpty() && passed.isEmpty() && isEmpty(content)
                    && isEmpty(reasoning) && isEmpty(refusal);
        }

        /** The same of another choice. */
        Delta of(int other) {
            return new Delta(other, content, reasoning, refusal, toolCalls, passed, logprobs, finish);
        }

        private static boolean isEmpty(@Nullable String text) {
            return text == null || text.isEmpty();
        }
    }

    /**
     * A fragment of a tool call.
     *
     * @param index of the call among the choice's, from 0 without gaps
     * @param id only in the first fragment of a call, and always there
     * @param name only once in a call
     * @param arguments some of a JSON text; those of a whole call make up an object, {@code {}} at the least
     */
    record ToolCall(int index, @Nullable String id, @Nullable String name, String arguments) {}

    /** A field with its JSON as the provider wrote it. */
    record Raw(String name, String json) {}

    /** What the provider has counted of the prompt, before there is an answer; nothing else of it counts. */
    record Prompted(Usage usage) implements AnswerEvent {}

    /**
     * What the answer has used up to now; the last one counts.
     *
     * @param otherInput what else is known of the input, by OpenAI's names in {@code prompt_tokens_details}
     * @param otherOutput the same of {@code completion_tokens_details}
     */
    record Used(Usage usage, Map<String, Long> otherInput, Map<String, Long> otherOutput) implements AnswerEvent {
        /** The sum of two answers. */
        Used plus(Used other) {
            return new Used(usage.plus(other.usage), sum(otherInput, other.otherInput),
                    sum(otherOutput, other.otherOutput));
        }

        private static Map<String, Long> sum(Map<String, Long> some, Map<String, Long> others) {
            var all = new LinkedHashMap<>(some);
            others.forEach((name, count) -> all.merge(name, count, Long::sum));
            return all;
        }
    }

    /** The provider gave up, or what it says cannot be understood. Nothing follows. */
    record Failed(ApiError error) implements AnswerEvent {}

    /** The provider's mark that the stream is whole. Nothing follows. */
    record Done() implements AnswerEvent {}
}
