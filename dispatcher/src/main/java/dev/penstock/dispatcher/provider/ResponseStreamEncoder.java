package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.dispatcher.provider.Blocks.Block;
import dev.penstock.dispatcher.provider.NamedEvents.Fields;
import dev.penstock.dispatcher.provider.ResponseJson.Status;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer as the server-sent events of a streamed response of OpenAI's Responses API. The last event holds the
 * whole answer once more, so unlike with other APIs all of it is kept until then. Confined to one thread.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">Streaming events</a>
 */
final class ResponseStreamEncoder implements StreamEncoder, Blocks.Listener {
    private final ResponseJson response;
    private final Tally tally;
    private final NamedEvents events = new NamedEvents();
    private final Blocks blocks = new Blocks(this, true);
    private int sequence;
    private boolean begun;

    ResponseStreamEncoder(RequestEnvelope envelope, Tally tally) {
        this.response = new ResponseJson(envelope);
        this.tally = tally;
    }

    @Override
    public void origin(Origin origin) {
        response.origin(origin);
    }

    @Override
    public void delta(Delta delta) {
        if (delta.isEmpty()) {
            return;
        }
        if (!begun) {
            begun = true;
            Fields nothingYet = json -> writeResponse(json, Status.IN_PROGRESS, null, null, null);
            write("response.created", nothingYet);
            write("response.in_progress", nothingYet);
        }
        blocks.add(delta);
    }

    private void write(String type, Fields fields) {
        events.write(type, json -> {
            json.writeNumberField("sequence_number", sequence++);
            fields.write(json);
        });
    }

    private void writeResponse(JsonGenerator json, Status status, @Nullable ApiError error, @Nullable Used used,
            @Nullable Long cost) throws IOException {
        json.writeFieldName("response");
        response.write(json, status, used == null ? List.of() : blocks.all(), blocks.finishReason(), error, used, cost);
    }

    @Override
    public void opened(Block block) {
        write("response.output_item.added", json -> writeItem(json, block, Status.IN_PROGRESS));
        switch (block.kind) {
            case REASONING -> write("response.reasoning_summary_part.added", json -> writePart(json, block, ""));
            case TEXT, REFUSAL -> write("response.content_part.added", json -> writePart(json, block, ""));
            case REDACTED, CALL -> {
            }
        }
    }

    @Override
    public void grew(Block block, String more) {
        switch (block.kind) {
            case REASONING -> writeText("response.reasoning_summary_text.delta", block, "delta", more);
            case REDACTED -> {
            }
            case TEXT -> writeText("response.output_text.delta", block, "delta", more);
            case REFUSAL -> writeText("response.refusal.delta", block, "delta", more);
            case CALL -> writeText("response.function_call_arguments.delta", block, "delta", more);
        }
    }

    @Override
    public void closed(Block block) {
        String text = block.text.toString();
        switch (block.kind) {
            case REASONING -> {
                writeText("response.reasoning_summary_text.done", block, "text", text);
                write("response.reasoning_summary_part.done", json -> writePart(json, block, text));
            }
            case REDACTED -> {
            }
            case TEXT -> {
                writeText("response.output_text.done", block, "text", text);
                write("response.content_part.done", json -> writePart(json, block, text));
            }
            case REFUSAL -> {
                writeText("response.refusal.done", block, "refusal", text);
                write("response.content_part.done", json -> writePart(json, block, text));
            }
            case CALL -> write("response.function_call_arguments.done", json -> {
                writePlace(json, block);
                json.writeStringField("name", block.name);
                json.writeStringField("arguments", text);
            });
        }
        write("response.output_item.done", json -> writeItem(json, block, Status.COMPLETED));
    }

    private void writeText(String type, Block block, String field, String text) {
        write(type, json -> {
            writePlace(json, block);
            writePlaceInItem(json, block);
            json.writeStringField(field, text);
            if (block.kind == Blocks.Kind.TEXT) {
                json.writeArrayFieldStart("logprobs");
                json.writeEndArray();
            }
        });
    }

    private void writePart(JsonGenerator json, Block block, String text) throws IOException {
        writePlace(json, block);
        writePlaceInItem(json, block);
        json.writeFieldName("part");
        ResponseJson.writePart(json, block.kind, text);
    }

    private void writePlace(JsonGenerator json, Block block) throws IOException {
        json.writeStringField("item_id", response.itemId(block));
        json.writeNumberField("output_index", block.index);
    }

    private static void writePlaceInItem(JsonGenerator json, Block block) throws IOException {
        switch (block.kind) {
            case REASONING -> json.writeNumberField("summary_index", 0);
            case TEXT, REFUSAL -> json.writeNumberField("content_index", 0);
            case REDACTED, CALL -> {
            }
        }
    }

    private void writeItem(JsonGenerator json, Block block, Status status) throws IOException {
        json.writeNumberField("output_index", block.index);
        json.writeFieldName("item");
        response.writeItem(json, block, status);
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
        Status status = ResponseJson.status(blocks.finishReason());
        write(status == Status.COMPLETED ? "response.completed" : "response.incomplete",
                json -> writeResponse(json, status, null, used, cost));
        return events.take();
    }

    @Override
    public void failed(ApiError error) {
        write("response.failed", json -> writeResponse(json, Status.FAILED, error, tally.total(), tally.totalCost()));
    }
}
