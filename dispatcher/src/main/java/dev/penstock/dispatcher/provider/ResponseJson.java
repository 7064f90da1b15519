package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.dispatcher.provider.Blocks.Block;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The response object of OpenAI's Responses API, and its items: a block is an item. What a later turn has to give back
 * of its reasoning is in {@code encrypted_content}, whether that was asked for or not, since nothing is kept here.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/object">The response object</a>
 */
final class ResponseJson {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SEPARATOR = "__";

    private final RequestEnvelope envelope;
    private final String echo;
    private final List<String> namespaces;
    private final String itemSuffix;
    private Origin origin = new Origin(0, null, null, null);

    /** How far a response or an item is. */
    enum Status {
        IN_PROGRESS, COMPLETED, INCOMPLETE, FAILED;

        private final String wire = name().toLowerCase(Locale.ROOT);
    }

    ResponseJson(RequestEnvelope envelope) {
        this.envelope = envelope;
        this.itemSuffix = envelope.getRequestId().replaceFirst("^resp_", "");
        ByteBuffer fields = envelope.getEcho();
        String object = fields == null ? "{}" : StandardCharsets.UTF_8.decode(fields.duplicate()).toString();
        this.namespaces = namespaces(object);
        this.echo = object.substring(1, object.length() - 1);
    }

    void origin(Origin now) {
        origin = now;
    }

    /** What is to be said of a response that has ended so. */
    static Status status(FinishReason finish) {
        return switch (finish) {
            case STOP, TOOL_CALLS, FUNCTION_CALL -> Status.COMPLETED;
            case LENGTH, CONTENT_FILTER -> Status.INCOMPLETE;
        };
    }

    /**
     * Writes the response as it is now.
     *
     * @param finish why it is incomplete; of no meaning unless it is
     * @param used null as long as it is in progress
     */
    void write(JsonGenerator json, Status status, List<Block> output, FinishReason finish, @Nullable ApiError error,
            @Nullable Used used, @Nullable Long cost) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", envelope.getRequestId());
        json.writeStringField("object", "response");
        json.writeNumberField("created_at", envelope.getAcceptedAt().getEpochSecond());
        json.writeStringField("status", status.wire);
        writeError(json, error);
        json.writeFieldName("incomplete_details");
        if (status == Status.INCOMPLETE) {
            json.writeStartObject();
            json.writeStringField("reason", finish == FinishReason.LENGTH ? "max_output_tokens" : "content_filter");
            json.writeEndObject();
        } else {
            json.writeNull();
        }
        json.writeStringField("model", origin.model() == null ? envelope.getModel() : origin.model());
        AnswerJson.writeUnlessNull(json, "service_tier", origin.serviceTier());
        json.writeArrayFieldStart("output");
        for (Block block : output) {
            writeItem(json, block, block == output.getLast() ? status : Status.COMPLETED);
        }
        json.writeEndArray();
        if (used != null) {
            writeUsage(json, used, cost);
        }
        if (!echo.isEmpty()) {
            json.writeRaw(",");
            json.writeRaw(echo);
        }
        json.writeEndObject();
    }

    private static void writeError(JsonGenerator json, @Nullable ApiError error) throws IOException {
        json.writeFieldName("error");
        if (error == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringField("code", error.status() == 429 ? "rate_limit_exceeded" : "server_error");
        json.writeStringField("message", error.message());
        json.writeEndObject();
    }

    private static void writeUsage(JsonGenerator json, Used used, @Nullable Long cost) throws IOException {
        Usage usage = used.usage();
        json.writeObjectFieldStart("usage");
        json.writeNumberField("input_tokens", usage.inputTokens());
        json.writeObjectFieldStart("input_tokens_details");
        json.writeNumberField("cached_tokens", usage.cacheReadTokens());
        json.writeNumberField("cache_write_tokens", usage.cacheWriteTokens());
        json.writeEndObject();
        json.writeNumberField("output_tokens", usage.outputTokens());
        json.writeObjectFieldStart("output_tokens_details");
        json.writeNumberField("reasoning_tokens", usage.reasoningTokens());
        json.writeEndObject();
        json.writeNumberField("total_tokens", usage.inputTokens() + usage.outputTokens());
        if (cost != null) {
            json.writeFieldName("cost");
            json.writeNumber(BigDecimal.valueOf(cost, 9).stripTrailingZeros().toPlainString());
        }
        json.writeEndObject();
    }

    /** The id of a block's item, unique in the world as the request's is. */
    String itemId(Block block) {
        String prefix = switch (block.kind) {
            case REASONING, REDACTED -> "rs_";
            case TEXT, REFUSAL -> "msg_";
            case CALL -> "fc_";
        };
        return prefix + itemSuffix + "_" + block.index;
    }

    /** Writes a block as an item of the output; one in progress has no content yet. */
    void writeItem(JsonGenerator json, Block block, Status status) throws IOException {
        boolean begins = status == Status.IN_PROGRESS;
        json.writeStartObject();
        json.writeStringField("id", itemId(block));
        switch (block.kind) {
            case REASONING, REDACTED -> {
                json.writeStringField("type", "reasoning");
                json.writeArrayFieldStart("summary");
                if (!begins && block.kind == Blocks.Kind.REASONING && !block.text.isEmpty()) {
                    writePart(json, block);
                }
                json.writeEndArray();
                AnswerJson.writeUnlessNull(json, "encrypted_content", begins ? null : state(block));
            }
            case TEXT, REFUSAL -> {
                json.writeStringField("type", "message");
                json.writeStringField("status", status(status));
                json.writeStringField("role", "assistant");
                json.writeArrayFieldStart("content");
                if (!begins) {
                    writePart(json, block);
                }
                json.writeEndArray();
            }
            case CALL -> {
                json.writeStringField("type", "function_call");
                json.writeStringField("status", status(status));
                json.writeStringField("call_id", block.id);
                String namespace = namespace(block);
                AnswerJson.writeUnlessNull(json, "namespace", namespace);
                json.writeStringField("name", namespace == null
                        ? block.name
                        : block.name.substring(namespace.length() + SEPARATOR.length()));
                json.writeStringField("arguments", begins ? "" : block.text.toString());
            }
        }
        json.writeEndObject();
    }

    /** Of a function that was offered in one: the ingress put it before the name. */
    private @Nullable String namespace(Block call) {
        return namespaces.stream().filter(namespace -> call.name.startsWith(namespace + SEPARATOR)).findFirst()
                .orElse(null);
    }

    private static List<String> namespaces(String echo) {
        if (!echo.contains("\"namespace\"")) {
            return List.of();
        }
        try {
            return JSON.readTree(echo).path("tools").valueStream().filter(tool -> tool.path("type").asText().equals(
                    "namespace")).map(tool -> tool.path("name").asText()).toList();
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The ingress writes JSON", e);
        }
    }

    /** An item does not fail. */
    private static String status(Status status) {
        return (status == Status.FAILED ? Status.INCOMPLETE : status).wire;
    }

    /** Which of the two it is has to be told when it comes back: see ReasoningState of the ingress. */
    private static @Nullable String state(Block block) {
        if (block.kind == Blocks.Kind.REDACTED) {
            return "redacted." + block.text;
        }
        return block.signature == null ? null : "signature." + block.signature;
    }

    /** Writes the content of a message, or the summary of reasoning. */
    static void writePart(JsonGenerator json, Block block) throws IOException {
        writePart(json, block.kind, block.text.toString());
    }

    static void writePart(JsonGenerator json, Blocks.Kind kind, String text) throws IOException {
        json.writeStartObject();
        switch (kind) {
            case REASONING -> {
                json.writeStringField("type", "summary_text");
                json.writeStringField("text", text);
            }
            case TEXT -> {
                json.writeStringField("type", "output_text");
                json.writeArrayFieldStart("annotations");
                json.writeEndArray();
                json.writeArrayFieldStart("logprobs");
                json.writeEndArray();
                json.writeStringField("text", text);
            }
            case REFUSAL -> {
                json.writeStringField("type", "refusal");
                json.writeStringField("refusal", text);
            }
            case REDACTED, CALL -> throw new IllegalArgumentException(kind + " has no parts");
        }
        json.writeEndObject();
    }
}
