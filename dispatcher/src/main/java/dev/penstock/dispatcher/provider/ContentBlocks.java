package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
 * The blocks of an answer, of Anthropic's or in the like form of Bedrock's, as they grow, and what they are in OpenAI's terms. Text may come in many blocks
 * and is one; the tool calls are counted by themselves; thoughts are told when they are complete, signed as they are,
 * and go into the id of the call that they led to. What the provider's own tools do is not the client's business.
 */
final class ContentBlocks {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** Far above what is ever open; a wild stream must not make memory grow. */
    private static final int MOST_OPEN = 64;

    private final CarriedState carrier;
    private final Map<Integer, Block> open = new HashMap<>();
    private final List<JsonNode> thoughts = new ArrayList<>();
    private @Nullable Origin origin;
    private int thoughtCount;
    private int calls;
    private long textLength;
    private boolean finished;

    private enum Kind {
        TEXT, THOUGHT, SECRET, CALL,
        /** A call of {@link AnthropicRequest#ANSWER_TOOL}: its arguments are the text of the answer. */
        ANSWER, OTHER
    }

    private static final class Block {
        private final Kind kind;
        private final long textFrom;
        private final StringBuilder thought = new StringBuilder();
        private final StringBuilder signature = new StringBuilder();
        private final List<JsonNode> citations = new ArrayList<>();
        private int call;
        private boolean hasArguments;

        Block(Kind kind, long textFrom) {
            this.kind = kind;
            this.textFrom = textFrom;
        }
    }

    /** @param carrier of the thoughts in the ids of calls */
    ContentBlocks(CarriedState carrier) {
        this.carrier = carrier;
    }

    /** Takes in who answers, and in which of Anthropic's tiers, by OpenAI's names. */
    void origin(JsonNode message, Consumer<AnswerEvent> events) {
        String tier = switch (message.path("usage").path("service_tier").asText("")) {
            case "standard" -> "default";
            case "priority" -> "priority";
            case "batch" -> "batch";
            default -> null;
        };
        var now = new Origin(0, message.path("model").isTextual() ? message.path("model").asText("") : null, tier,
                null);
        if (!now.equals(origin)) {
            origin = now;
            events.accept(now);
        }
    }

    void start(int index, JsonNode given, Consumer<AnswerEvent> events) {
        Block block = open(index, kind(given));
        switch (block.kind) {
            case TEXT -> {
                given.path("citations").forEach(block.citations::add);
                text(index, given.path("text").asText(""), events);
            }
            case THOUGHT -> {
                sign(index, given.path("signature").asText(""));
                thought(index, given.path("thinking").asText(""), events);
            }
            case SECRET -> secret(index, given.path("data").asText(""));
            case CALL -> {
                block.call = calls++;
                events.accept(call(new ToolCall(block.call, id(given.path("id").asText("")),
                        given.path("name").asText(""), "")));
                argumentsAtOnce(index, given, events);
            }
            case ANSWER -> argumentsAtOnce(index, given, events);
            case OTHER -> {
            }
        }
    }

    private Block open(int index, Kind kind) {
        var block = new Block(kind, textLength);
        if (open.size() < MOST_OPEN) {
            open.put(index, block);
        }
        return block;
    }

    private Block thought(int index, Kind kind) {
        Block block = open.get(index);
        return block == null ? open(index, kind) : block;
    }

    private static Kind kind(JsonNode given) {
        return switch (given.path("type").asText("")) {
            case "text" -> Kind.TEXT;
            case "thinking" -> Kind.THOUGHT;
            case "redacted_thinking" -> Kind.SECRET;
            case "tool_use" -> given.path("name").asText("").equals(AnthropicRequest.ANSWER_TOOL)
                    ? Kind.ANSWER
                    : Kind.CALL;
            default -> Kind.OTHER;
        };
    }

    /** A stream gives an empty object here, and the arguments later. */
    private void argumentsAtOnce(int index, JsonNode given, Consumer<AnswerEvent> events) {
        if (!given.path("input").isEmpty()) {
            arguments(index, given.path("input").toString(), events);
        }
    }

    private String id(String own) {
        if (thoughts.isEmpty()) {
            return own;
        }
        String id = carrier.attach(own, AnthropicMessages.carry(JSON.arrayNode().addAll(thoughts)));
        thoughts.clear();
        return id;
    }

    void text(int index, String more, Consumer<AnswerEvent> events) {
        if (!more.isEmpty()) {
            textLength += more.length();
            events.accept(said(more, null));
        }
    }

    void thought(int index, String more, Consumer<AnswerEvent> events) {
        if (!more.isEmpty()) {
            thought(index, Kind.THOUGHT).thought.append(more);
            events.accept(said(null, more));
        }
    }

    void sign(int index, String more) {
        thought(index, Kind.THOUGHT).signature.append(more);
    }

    /** More of a thought that only the provider can read. */
    void secret(int index, String more) {
        thought(index, Kind.SECRET).thought.append(more);
    }

    void cite(int index, @Nullable JsonNode citation) {
        Block block = open.get(index);
        if (block != null && citation != null) {
            block.citations.add(citation);
        }
    }

    void arguments(int index, String more, Consumer<AnswerEvent> events) {
        Block block = open.get(index);
        if (block == null || more.isEmpty()) {
            return;
        }
        block.hasArguments = true;
        if (block.kind == Kind.ANSWER) {
            text(index, more, events);
        } else if (block.kind == Kind.CALL) {
            events.accept(call(new ToolCall(block.call, null, null, more)));
        }
    }

    void stop(int index, Consumer<AnswerEvent> events) {
        Block block = open.remove(index);
        if (block == null) {
            return;
        }
        switch (block.kind) {
            case THOUGHT -> think(JSON.objectNode().put("type", "thinking").put("thinking", block.thought.toString())
                    .put("signature", block.signature.toString()),
                    JSON.objectNode().put("type", "reasoning.text").put("text", block.thought.toString())
                            .put("signature", block.signature.toString()),
                    events);
            case SECRET ->
                think(JSON.objectNode().put("type", "redacted_thinking").put("data", block.thought.toString()),
                        JSON.objectNode().put("type", "reasoning.encrypted").put("data", block.thought.toString()),
                        events);
            case CALL -> {
                if (!block.hasArguments) {
                    events.accept(call(new ToolCall(block.call, null, null, "{}")));
                }
            }
            case TEXT -> annotate(block, events);
            case ANSWER, OTHER -> {
            }
        }
    }

    /**
     * Keeps a thought for the call that it leads to, and tells it in the form that OpenRouter's clients give back.
     *
     * @see <a href="https://openrouter.ai/docs/use-cases/reasoning-tokens">Reasoning tokens</a>
     */
    private void think(ObjectNode block, ObjectNode detail, Consumer<AnswerEvent> events) {
        if (detail.path("signature").asText("-").isEmpty()) {
            return; // it cannot be given back
        }
        thoughts.add(block);
        detail.put("format", "anthropic-claude-v1").put("index", thoughtCount++);
        events.accept(passed("reasoning_details", JSON.arrayNode().add(detail)));
    }

    /** Pages that a text quotes. OpenAI has no form for quotations of a document that came with the request. */
    private void annotate(Block block, Consumer<AnswerEvent> events) {
        ArrayNode annotations = JSON.arrayNode();
        for (JsonNode citation : block.citations) {
            if (citation.path("url").isTextual()) {
                annotations.addObject().put("type", "url_citation").putObject("url_citation")
                        .put("start_index", block.textFrom).put("end_index", textLength)
                        .put("url", citation.path("url").asText("")).put("title", citation.path("title").asText(""));
            }
        }
        if (!annotations.isEmpty()) {
            events.accept(passed("annotations", annotations));
        }
    }

    /** Ends the answer, once. */
    void finish(FinishReason reason, Consumer<AnswerEvent> events) {
        if (finished) {
            return;
        }
        finished = true;
        boolean silent = textLength == 0 && calls == 0;
        FinishReason finish = reason == FinishReason.TOOL_CALLS && calls == 0 ? FinishReason.STOP : reason;
        events.accept(new Delta(0, silent ? "" : null, null, null, List.of(), List.of(), null, finish));
    }

    private static Delta said(@Nullable String text, @Nullable String thought) {
        return new Delta(0, text, thought, null, List.of(), List.of(), null, null);
    }

    private static Delta call(ToolCall fragment) {
        return new Delta(0, null, null, null, List.of(fragment), List.of(), null, null);
    }

    private static Delta passed(String name, ArrayNode json) {
        return new Delta(0, null, null, null, List.of(), List.of(new Raw(name, json.toString())), null, null);
    }
}
