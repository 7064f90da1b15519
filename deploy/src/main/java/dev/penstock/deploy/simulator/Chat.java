package dev.penstock.deploy.simulator;

import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * One request and the answer that was decided for it.
 *
 * @param length how many pieces are said: those of the answer, or as many as the request's limit allows
 * @param created seconds since 1970
 */
record Chat(ChatRequest request, Answer answer, Pace pace, long length, String id, long created) {

    static Chat of(ChatRequest request, Pace pace, UUID random, long created) {
        var answer = Answer.to(request, pace);
        return new Chat(request, answer, pace, Math.min(answer.length(), request.maxTokens()),
                random.toString().replace("-", ""), created);
    }

    boolean endless() {
        return length == Answer.ENDLESS;
    }

    String finishReason() {
        if (length < answer.length()) {
            return "length";
        }
        return switch (answer) {
            case Answer.Text _,Answer.Json _ -> "stop";
            case Answer.ToolCalls _ -> "tool_calls";
        };
    }

    /** What is said, in one piece. */
    String text() {
        return LongStream.range(0, length).mapToObj(answer::piece).collect(Collectors.joining());
    }

    /** How many tokens all choices have together. */
    long completionTokens() {
        return length * request.n();
    }
}
