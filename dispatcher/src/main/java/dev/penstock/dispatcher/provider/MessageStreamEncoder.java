package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.dispatcher.provider.Blocks.Block;
import dev.penstock.dispatcher.provider.Blocks.Kind;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer as the server-sent events of a streamed message of Anthropic's API. {@code message_start} tells of
 * the prompt's tokens what is known by then, which may be an estimate; {@code message_delta} tells all of the usage
 * again. Confined to one thread.
 *
 * @see <a href="https://docs.claude.com/en/docs/build-with-claude/streaming">Streaming messages</a>
 */
final class MessageStreamEncoder implements StreamEncoder, Blocks.Listener {
    private final RequestEnvelope envelope;
    private final Tally tally;
    private final NamedEvents events = new NamedEvents();
    private final Blocks blocks = new Blocks(this, false);
    private @Nullable String model;
    private boolean begun;

    MessageStreamEncoder(RequestEnvelope envelope, Tally tally) {
        this.envelope = envelope;
        this.tally = tally;
    }

    @Override
    public void origin(Origin origin) {
        model = origin.model();
    }

    @Override
    public void delta(Delta delta) {
        if (delta.isEmpty()) {
            return;
        }
        if (!begun) {
            begun = true;
            events.write("message_start", this::writeStart);
        }
        blocks.add(delta);
    }

    private void writeStart(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("message");
        MessageJson.writeHead(json, envelope, model);
        json.writeArrayFieldStart("content");
        json.writeEndArray();
        json.writeNullField("stop_reason");
        json.writeNullField("stop_sequence");
        MessageJson.writeUsage(json, tally.used(), null);
        json.writeEndObject();
    }

    @Override
    public void opened(Block block) {
        events.write("content_block_start", json -> {
            json.writeNumberField("index", block.index);
            json.writeObjectFieldStart("content_block");
            switch (block.kind) {
                case REASONING -> {
                    json.writeStringField("type", "thinking");
                    json.writeStringField("thinking", "");
                    json.writeStringField("signature", "");
                }
                case REDACTED -> {
                    json.writeStringField("type", "redacted_thinking");
                    json.writeStringField("data", block.text.toString());
                }
                case TEXT, REFUSAL -> {
                    json.writeStringField("type", "text");
                    json.writeStringField("text", "");
                }
                case CALL -> {
                    json.writeStringField("type", "tool_use");
                    json.writeStringField("id", block.id);
                    json.writeStringField("name", block.name);
                    json.writeObjectFieldStart("input");
                    json.writeEndObject();
                }
            }
            json.writeEndObject();
        });
    }

    @Override
    public void grew(Block block, String more) {
        switch (block.kind) {
            case REASONING -> writeDelta(block, "thinking_delta", "thinking", more);
            case REDACTED -> {
            }
            case TEXT, REFUSAL -> writeDelta(block, "text_delta", "text", more);
            case CALL -> writeDelta(block, "input_json_delta", "partial_json", more);
        }
    }

    private void writeDelta(Block block, String type, String field, String more) {
        events.write("content_block_delta", json -> {
            json.writeNumberField("index", block.index);
            json.writeObjectFieldStart("delta");
            json.writeStringField("type", type);
            json.writeStringField(field, more);
            json.writeEndObject();
        });
    }

    @Override
    public void closed(Block block) {
        if (block.signature != null) {
            writeDelta(block, "signature_delta", "signature", block.signature);
        }
        events.write("content_block_stop", json -> json.writeNumberField("index", block.index));
    }

    @Override
    public boolean hasBegun() {
        return begun;
    }

    @Override
    public byte[] take() {
        return events.take();
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        blocks.end();
        events.write("message_delta", json -> {
            json.writeObjectFieldStart("delta");
            MessageJson.writeStop(json, blocks);
            json.writeEndObject();
            MessageJson.writeUsage(json, used, cost);
            AnswerJson.writeContinuedBy(json, envelope);
        });
        events.write("message_stop", _ -> {});
        return events.take();
    }
}
