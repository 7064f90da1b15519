package dev.penstock.dispatcher.provider;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.dispatcher.provider.Recordings.Recording;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jspecify.annotations.Nullable;

/** What is metered of an answer is what its provider has counted: of every recorded answer, in one table. */
class RecordedUsageTest {
    private static final Map<String, ProviderKind> OTHERS = Map.of("anthropic", ProviderKind.ANTHROPIC, "bedrock",
            ProviderKind.BEDROCK);

    /** As OpenAI counts: all of the prompt, and all that was written. */
    private record Figures(long input, long output, long cached, long reasoning) {
        static Figures of(Usage usage) {
            return new Figures(usage.inputTokens(), usage.outputTokens(), usage.cacheReadTokens(),
                    usage.reasoningTokens());
        }

        @Override
        public String toString() {
            return String.format("%8d %8d %8d %8d", input, output, cached, reasoning);
        }
    }

    @Test
    void usageEqualsTheProvidersOwnFigureInAllRecordedAnswers() throws IOException {
        var root = Recordings.root();
        assumeTrue(root.isPresent(), "No recorded traffic: set PENSTOCK_WIRE to its folder");
        var recordings = new ArrayList<>(Recordings.all(root.get()));
        recordings.addAll(Recordings.of(root.get(), OTHERS));
        recordings.removeIf(recording -> recording.isRequest() || recording.file().endsWith(".meta.json")
                || recording.status() >= 300);
        System.out.printf("%-18s %-75s %s | what the provider says%n", "kind", "answer",
                "   input   output   cached   reason");
        var outOfScope = new ArrayList<Recording>();
        var differing = new ArrayList<String>();
        int equal = 0;
        for (Recording recording : recordings) {
            Optional<String> reason = outOfScope(recording);
            if (reason.isPresent()) {
                outOfScope.add(recording);
                System.out.printf("%-18s %-75s out of scope: %s%n", recording.kind(), recording.file(), reason.get());
                continue;
            }
            Consumption consumption = ours(recording);
            Figures theirs = theirs(recording);
            Figures ours = Figures.of(consumption.usage());
            System.out.printf("%-18s %-75s %s | %s%n", recording.kind(), recording.file(), ours,
                    theirs == null ? "nothing; ours is an estimate" : theirs.toString());
            boolean same = theirs == null ? consumption.estimated() : !consumption.estimated() && ours.equals(theirs);
            equal += same ? 1 : 0;
            if (!same) {
                differing.add(recording.file());
            }
        }
        System.out.printf("%d of %d recorded answers as their providers count them; %d out of scope%n", equal,
                recordings.size() - outOfScope.size(), outOfScope.size());
        assertThat(differing).isEmpty();
        assertThat(recordings.stream().collect(groupingBy(Recording::kind)).keySet()).hasSizeGreaterThan(10);
        assertThat(outOfScope).noneMatch(recording -> recording.tier().equals("core"));
    }

    /** Why there is nothing to compare; empty if there is. */
    private static Optional<String> outOfScope(Recording recording) {
        if (recording.kind() == ProviderKind.BEDROCK && recording.name().startsWith("invoke-")) {
            return Optional.of("InvokeModel, a model's own dialect; Penstock speaks Converse");
        }
        return recording.name().matches(".*err-4\\d\\d.*")
                ? Optional.of("an error with status 200: nothing was generated")
                : Optional.empty();
    }

    private static Consumption ours(Recording recording) throws IOException {
        Outcome outcome;
        if (isStream(recording)) {
            outcome = Seen.of(recording.kind(), Samples.streaming(), stream(recording)).outcome();
        } else {
            WholeAnswer answer = Samples.wholeAnswer(recording.kind());
            answer.feed(recording.bytes());
            outcome = answer.end();
        }
        return switch (outcome) {
            case Outcome.Completed(_, var used) -> used;
            case Outcome.Broken(_, var used, _) -> used;
            case Outcome.Refused _,Outcome.Rejected _,Outcome.Abandoned _ ->
                throw new AssertionError(recording.file() + " is no answer: " + outcome);
        };
    }

    private static boolean isStream(Recording recording) {
        return recording.kind() == ProviderKind.BEDROCK
                ? BedrockTrafficTest.isStream(recording)
                : recording.isStream();
    }

    private static byte[] stream(Recording recording) throws IOException {
        return switch (recording.kind()) {
            case ANTHROPIC -> AnthropicTrafficTest.stream(recording);
            case BEDROCK -> BedrockTrafficTest.stream(recording);
            default -> recording.stream();
        };
    }

    /** Null if it says nothing. Read by plain trees. */
    private static @Nullable Figures theirs(Recording recording) throws IOException {
        boolean stream = isStream(recording);
        JsonNode usage = switch (recording.kind()) {
            case ANTHROPIC -> (stream
                    ? AnthropicForm.fold(Conversation.chunks(stream(recording)))
                    : recording.json()).path("usage");
            case BEDROCK -> (stream ? BedrockTrafficTest.said(stream(recording)) : recording.json()).path("usage");
            default -> stream
                    ? RecordedTrafficTest.lastUsage(Conversation.chunks(stream(recording)).stream()
                            .map(chunk -> Native.openAi(recording.kind(), chunk, "delta")).toList())
                    : Native.openAi(recording.kind(), recording.json(), "message").path("usage");
        };
        return usage.isObject() ? figures(recording.kind(), usage) : null;
    }

    private static Figures figures(ProviderKind kind, JsonNode usage) {
        return switch (kind) {
            case ANTHROPIC -> beside(usage, "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
                    "output_tokens", usage.at("/output_tokens_details/thinking_tokens").asLong());
            case BEDROCK -> beside(usage, "inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens",
                    "outputTokens", 0);
            default -> {
                long reasoning = usage.at("/completion_tokens_details/reasoning_tokens").asLong();
                // xAI alone counts it beside the completion.
                long apart = kind == ProviderKind.XAI ? reasoning : 0;
                yield new Figures(usage.path("prompt_tokens").asLong(),
                        usage.path("completion_tokens").asLong() + apart,
                        usage.at("/prompt_tokens_details/cached_tokens").asLong(), reasoning);
            }
        };
    }

    /** Of those who count what has to do with the cache beside the rest of the prompt. */
    private static Figures beside(JsonNode usage, String rest, String read, String written, String output,
            long reasoning) {
        long cached = usage.path(read).asLong();
        return new Figures(usage.path(rest).asLong() + cached + usage.path(written).asLong(),
                usage.path(output).asLong(), cached, reasoning);
    }
}
