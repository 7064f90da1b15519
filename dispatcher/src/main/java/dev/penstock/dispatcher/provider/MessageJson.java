package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a message of Anthropic's API and its stream have in common.
 *
 * @see <a href="https://docs.claude.com/en/api/messages">Messages</a>
 */
final class MessageJson {
    private MessageJson() {}

    /** The fields of a message before its content. */
    static void writeHead(JsonGenerator json, RequestEnvelope envelope, @Nullable String model) throws IOException {
        json.writeStringField("id", envelope.getRequestId());
        json.writeStringField("type", "message");
        json.writeStringField("role", "assistant");
        json.writeStringField("model", model == null ? envelope.getModel() : model);
    }

    /** Why it ended. Which of the stop sequences was met, no provider of OpenAI's dialect tells. */
    static void writeStop(JsonGenerator json, Blocks blocks) throws IOException {
        boolean refused = blocks.all().stream().anyMatch(block -> block.kind == Blocks.Kind.REFUSAL);
        json.writeStringField("stop_reason", switch (blocks.finishReason()) {
            case STOP -> refused ? "refusal" : "end_turn";
            case LENGTH -> "max_tokens";
            case TOOL_CALLS, FUNCTION_CALL -> "tool_use";
            case CONTENT_FILTER -> "refusal";
        });
        json.writeNullField("stop_sequence");
    }

    /** Writes the field {@code usage}: tokens of the cache are not among {@code input_tokens} here. */
    static void writeUsage(JsonGenerator json, Used used, @Nullable Long cost) throws IOException {
        Usage usage = used.usage();
        json.writeObjectFieldStart("usage");
        json.writeNumberField("input_tokens",
                Math.max(0, usage.inputTokens() - usage.cacheReadTokens() - usage.cacheWriteTokens()));
        json.writeNumberField("cache_creation_input_tokens", usage.cacheWriteTokens());
        json.writeNumberField("cache_read_input_tokens", usage.cacheReadTokens());
        json.writeNumberField("output_tokens", usage.outputTokens());
        if (cost != null) {
            json.writeFieldName("cost");
            json.writeNumber(BigDecimal.valueOf(cost, 9).stripTrailingZeros().toPlainString());
        }
        json.writeEndObject();
    }
}
