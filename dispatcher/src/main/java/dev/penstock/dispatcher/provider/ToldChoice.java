package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that the deltas of a choice have said. What they have said nothing of is null. Confined to one thread. */
final class ToldChoice {
    private final List<Call> calls = new ArrayList<>();
    private final Map<String, String> passed = new LinkedHashMap<>();
    private @Nullable StringBuilder content;
    private @Nullable StringBuilder reasoning;
    private @Nullable StringBuilder refusal;
    private @Nullable String logprobs;
    private @Nullable FinishReason finish;

    /** A call of a tool. */
    static final class Call {
        private final StringBuilder arguments = new StringBuilder();
        private String id = "";
        private String name = "";

        String id() {
            return id;
        }

        String name() {
            return name;
        }

        String arguments() {
            return arguments.toString();
        }
    }

    void add(Delta delta) {
        content = append(content, delta.content());
        reasoning = append(reasoning, delta.reasoning());
        refusal = append(refusal, delta.refusal());
        for (ToolCall fragment : delta.toolCalls()) {
            if (fragment.index() == calls.size()) {
                calls.add(new Call());
            }
            Call call = calls.get(fragment.index());
            call.id = fragment.id() == null ? call.id : fragment.id();
            call.name = fragment.name() == null ? call.name : fragment.name();
            call.arguments.append(fragment.arguments());
        }
        delta.passed().forEach(field -> passed.merge(field.name(), field.json(), ToldChoice::join));
        logprobs = delta.logprobs() == null ? logprobs : delta.logprobs();
        finish = delta.finish() == null ? finish : delta.finish();
    }

    /** Lists go on; of anything else the last counts. */
    private static String join(String json, String more) {
        if (!json.startsWith("[") || !more.startsWith("[")) {
            return more;
        }
        String head = json.substring(0, json.lastIndexOf(']'));
        String tail = more.substring(1);
        boolean apart = !head.substring(1).isBlank() && !tail.substring(0, tail.lastIndexOf(']')).isBlank();
        return head + (apart ? "," : "") + tail;
    }

    private static @Nullable StringBuilder append(@Nullable StringBuilder text, @Nullable String more) {
        return more == null ? text : (text == null ? new StringBuilder() : text).append(more);
    }

    @Nullable
    String content() {
        return text(content);
    }

    @Nullable
    String reasoning() {
        return text(reasoning);
    }

    @Nullable
    String refusal() {
        return text(refusal);
    }

    private static @Nullable String text(@Nullable StringBuilder text) {
        return text == null ? null : text.toString();
    }

    List<Call> calls() {
        return calls;
    }

    List<Raw> passed() {
        return passed.entrySet().stream().map(field -> new Raw(field.getKey(), field.getValue())).toList();
    }

    /** JSON. */
    @Nullable
    String logprobs() {
        return logprobs;
    }

    @Nullable
    FinishReason finish() {
        return finish;
    }
}
