package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The items of an answer of OpenAI's Responses API as they grow, and what they are in terms of chat completions: the
 * text of all messages is one, and so is the summary of all reasoning; calls are counted by themselves. An item of which
 * nothing was streamed is told when it is complete. What the provider's own tools do is not the client's business.
 */
final class ResponsesItems {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** Far above what is ever open; a wild stream must not make memory grow. */
    private static final int MOST_OPEN = 64;
    private static final String BETWEEN_PARTS = "\n\n";

    private final Map<Integer, Item> open = new HashMap<>();
    private final List<String> thoughts = new ArrayList<>();
    private @Nullable Origin origin;
    private int thoughtCount;
    private int calls;
    private long textLength;
    private boolean spoken;

    private static final class Item {
        private final long textFrom;
        private int call = -1;
        private boolean heard;
        private int part;

        Item(long textFrom) {
            this.textFrom = textFrom;
        }
    }

    /** Takes in who answers. The tier is told for certain at the end only. */
    void origin(JsonNode response, Consumer<AnswerEvent> events) {
        JsonNode tier = response.path("service_tier");
        var now = new Origin(response.path("created_at").asLong(),
                response.path("model").isTextual() ? response.path("model").textValue() : null,
                tier.isTextual() && !tier.textValue().equals("auto") ? tier.textValue() : null, null);
        if (!now.equals(origin)) {
            origin = now;
            events.accept(now);
        }
    }

    void start(int index, JsonNode given, Consumer<AnswerEvent> events) {
        var item = new Item(textLength);
        if (open.size() < MOST_OPEN) {
            open.put(index, item);
        }
        if (given.path("type").asText("").equals("function_call")) {
            item.call = calls++;
            events.accept(call(new ToolCall(item.call, id(given.path("call_id").asText("")),
                    given.path("name").asText(""), "")));
        }
    }

    /** The id with the thoughts that led to the call. */
    private String id(String own) {
        String id = CarriedState.OPENAI.attach(own, ResponsesInput.carry(thoughts));
        thoughts.clear();
        return id;
    }

    /** @param logprobs JSON of a list; null if there is none */
    void text(int index, String more, @Nullable String logprobs, Consumer<AnswerEvent> events) {
        hear(index);
        spoken = true;
        textLength += more.length();
        events.accept(new Delta(0, more, null, null, List.of(), List.of(),
                logprobs == null ? null : "{\"content\":" + logprobs + ",\"refusal\":null}", null));
    }

    void refusal(int index, String more, Consumer<AnswerEvent> events) {
        hear(index);
        spoken = true;
        events.accept(new Delta(0, null, null, more, List.of(), List.of(), null, null));
    }

    /** @param part which part of a summary, or of reasoning in the open */
    void thought(int index, int part, String more, Consumer<AnswerEvent> events) {
        Item item = hear(index);
        boolean next = item != null && part > item.part;
        if (item != null) {
            item.part = part;
        }
        events.accept(new Delta(0, null, next ? BETWEEN_PARTS + more : more, null, List.of(), List.of(), null, null));
    }

    void arguments(int index, String more, Consumer<AnswerEvent> events) {
        Item item = hear(index);
        if (item != null && item.call >= 0 && !more.isEmpty()) {
            events.accept(call(new ToolCall(item.call, null, null, more)));
        }
    }

    private @Nullable Item hear(int index) {
        Item item = open.get(index);
        if (item != null) {
            item.heard = true;
        }
        return item;
    }

    /** An item is complete. */
    void stop(int index, JsonNode given, Consumer<AnswerEvent> events) {
        if (!open.containsKey(index)) {
            start(index, given, events);
        }
        Item item = open.remove(index);
        if (item == null) {
            return;
        }
        switch (given.path("type").asText("")) {
            case "message" -> {
                if (!item.heard) {
                    content(index, given.path("content"), events);
                }
                annotate(item, given.path("content"), events);
            }
            case "reasoning" -> {
                if (!item.heard) {
                    think(given, events);
                }
                keep(given.path("encrypted_content").asText(""), events);
            }
            case "function_call" -> {
                String arguments = given.path("arguments").asText("");
                if (!item.heard) {
                    events.accept(call(new ToolCall(item.call, null, null, arguments.isEmpty() ? "{}" : arguments)));
                }
            }
            default -> {
            }
        }
    }

    private void content(int index, JsonNode parts, Consumer<AnswerEvent> events) {
        for (JsonNode part : parts) {
            if (part.path("type").asText("").equals("refusal")) {
                refusal(index, part.path("refusal").asText(""), events);
            } else {
                text(index, part.path("text").asText(""),
                        part.path("logprobs").isEmpty() ? null : part.path("logprobs").toString(), events);
            }
        }
    }

    private static void think(JsonNode item, Consumer<AnswerEvent> events) {
        var text = new StringBuilder();
        for (JsonNode part : item.path("summary").isEmpty() ? item.path("content") : item.path("summary")) {
            text.append(text.isEmpty() ? "" : BETWEEN_PARTS).append(part.path("text").asText(""));
        }
        events.accept(new Delta(0, null, text.toString(), null, List.of(), List.of(), null, null));
    }

    /**
     * Keeps reasoning for the call that it leads to, and tells it in the form that OpenRouter's clients give back.
     *
     * @see <a href="https://openrouter.ai/docs/use-cases/reasoning-tokens">Reasoning tokens</a>
     */
    private void keep(String encrypted, Consumer<AnswerEvent> events) {
        if (!encrypted.isEmpty()) {
            thoughts.add(encrypted);
            events.accept(passed("reasoning_details", JSON.arrayNode().add(JSON.objectNode()
                    .put("type", "reasoning.encrypted").put("data", encrypted).put("format", ResponsesInput.FORMAT)
                    .put("index", thoughtCount++))));
        }
    }

    /** Pages that a text quotes; their places are those in the whole text. */
    private static void annotate(Item item, JsonNode parts, Consumer<AnswerEvent> events) {
        ArrayNode annotations = JSON.arrayNode();
        long from = item.textFrom;
        for (JsonNode part : parts) {
            for (JsonNode given : part.path("annotations")) {
                if (given.path("type").asText("").equals("url_citation")) {
                    annotations.addObject().put("type", "url_citation").putObject("url_citation")
                            .put("start_index", from + given.path("start_index").asLong())
                            .put("end_index", from + given.path("end_index").asLong())
                            .put("url", given.path("url").asText("")).put("title", given.path("title").asText(""));
                }
            }
            from += part.path("text").asText("").length();
        }
        if (!annotations.isEmpty()) {
            events.accept(passed("annotations", annotations));
        }
    }

    /** Ends the answer. */
    void finish(FinishReason reason, Consumer<AnswerEvent> events) {
        FinishReason finish = reason == FinishReason.STOP && calls > 0 ? FinishReason.TOOL_CALLS : reason;
        events.accept(new Delta(0, !spoken && calls == 0 ? "" : null, null, null, List.of(), List.of(), null, finish));
    }

    private static Delta call(ToolCall fragment) {
        return new Delta(0, null, null, null, List.of(fragment), List.of(), null, null);
    }

    private static Delta passed(String name, ArrayNode json) {
        return new Delta(0, null, null, null, List.of(), List.of(new Raw(name, json.toString())), null, null);
    }
}
