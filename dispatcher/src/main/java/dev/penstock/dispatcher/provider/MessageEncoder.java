package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.dispatcher.provider.Blocks.Block;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Folds an answer into one message of Anthropic's API. Confined to one thread. */
final class MessageEncoder implements AnswerEncoder {
    private final RequestEnvelope envelope;
    private final Blocks blocks = new Blocks(Blocks.Listener.NONE, true);
    private @Nullable String model;
    private boolean begun;

    MessageEncoder(RequestEnvelope envelope) {
        this.envelope = envelope;
    }

    @Override
    public void origin(Origin origin) {
        model = origin.model();
    }

    @Override
    public void delta(Delta delta) {
        begun = true;
        blocks.add(delta);
    }

    @Override
    public boolean hasBegun() {
        return begun;
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        blocks.end();
        var bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = AnswerJson.generator(bytes)) {
            json.writeStartObject();
            MessageJson.writeHead(json, envelope, model);
            json.writeArrayFieldStart("content");
            for (Block block : blocks.all()) {
                write(json, block);
            }
            json.writeEndArray();
            MessageJson.writeStop(json, blocks);
            MessageJson.writeUsage(json, used, cost);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, Block block) throws IOException {
        json.writeStartObject();
        switch (block.kind) {
            case REASONING -> {
                json.writeStringField("type", "thinking");
                json.writeStringField("thinking", block.text.toString());
                json.writeStringField("signature", block.signature == null ? "" : block.signature);
            }
            case REDACTED -> {
                json.writeStringField("type", "redacted_thinking");
                json.writeStringField("data", block.text.toString());
            }
            case TEXT, REFUSAL -> {
                json.writeStringField("type", "text");
                json.writeStringField("text", block.text.toString());
            }
            case CALL -> {
                json.writeStringField("type", "tool_use");
                json.writeStringField("id", block.id);
                json.writeStringField("name", block.name);
                json.writeFieldName("input");
                json.writeRawValue(block.hasObject() ? block.text.toString() : "{}");
            }
        }
        json.writeEndObject();
    }
}
