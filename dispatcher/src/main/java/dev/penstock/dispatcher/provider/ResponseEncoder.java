package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Folds an answer into one response object of OpenAI's Responses API. Confined to one thread. */
final class ResponseEncoder implements AnswerEncoder {
    private final ResponseJson response;
    private final Blocks blocks = new Blocks(Blocks.Listener.NONE, true);
    private boolean begun;

    ResponseEncoder(RequestEnvelope envelope) {
        this.response = new ResponseJson(envelope);
    }

    @Override
    public void origin(Origin origin) {
        response.origin(origin);
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
        var bytes = new ByteArrayOutputStream(2048);
        try (JsonGenerator json = AnswerJson.generator(bytes)) {
            FinishReason finish = blocks.finishReason();
            response.write(json, ResponseJson.status(finish), blocks.all(), finish, null, used, cost);
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        return bytes.toByteArray();
    }
}
