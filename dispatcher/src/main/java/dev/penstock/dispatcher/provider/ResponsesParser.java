package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a streamed response of OpenAI's Responses API, or the one object of another. Deltas, which are
 * nearly all there is, are read without a tree. Confined to one thread.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">Streaming events</a>
 */
final class ResponsesParser {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Why a response fails without any fault of the request. */
    private static final Set<String> PROVIDERS_FAULTS = Set.of("", "server_error", "rate_limit_exceeded",
            "vector_store_timeout", "data_residency_mismatch");

    private final ResponsesItems items = new ResponsesItems();

    private String type = "";
    private int index;
    private int part;
    private String delta = "";
    private @Nullable String logprobs;
    private JsonNode item = MissingNode.getInstance();
    private JsonNode response = MissingNode.getInstance();

    /** Reads one event, which tells its type in its data as well; garbage gives {@link AnswerEvent.Failed}. */
    void parse(String named, byte[] data, int length, Consumer<AnswerEvent> events) {
        type = named;
        delta = "";
        index = part = 0;
        logprobs = null;
        item = response = MissingNode.getInstance();
        if (data[0] == '[') { // [DONE], as some say who are not OpenAI
            return;
        }
        try (JsonParser json = JSON.getFactory().createParser(data, 0, length)) {
            if (json.nextToken() != START_OBJECT) {
                throw new IOException("no object");
            }
            parseEvent(json, data);
            if (type.equals("error")) {
                response = JSON.readTree(data, 0, length);
            }
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
            return;
        }
        tell(events);
    }

    private void parseEvent(JsonParser json, byte[] data) throws IOException {
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "type" -> type = json.getText();
                case "output_index" -> index = json.getValueAsInt();
                case "summary_index", "content_index" -> part = json.getValueAsInt();
                case "delta" -> delta = value == VALUE_STRING ? json.getText() : "";
                case "logprobs" -> logprobs = value == START_ARRAY ? list(json, data) : null;
                case "item" -> item = JSON.readTree(json);
                case "response" -> response = JSON.readTree(json);
                default -> json.skipChildren();
            }
        }
    }

    private static @Nullable String list(JsonParser json, byte[] data) throws IOException {
        String list = ChoiceParser.raw(json, data);
        return list.length() == 2 ? null : list;
    }

    private void tell(Consumer<AnswerEvent> events) {
        switch (type) {
            case "response.output_text.delta" -> items.text(index, delta, logprobs, events);
            case "response.function_call_arguments.delta" -> items.arguments(index, delta, events);
            case "response.reasoning_summary_text.delta", "response.reasoning_text.delta" ->
                items.thought(index, part, delta, events);
            case "response.refusal.delta" -> items.refusal(index, delta, events);
            case "response.output_item.added" -> items.start(index, item, events);
            case "response.output_item.done" -> items.stop(index, item, events);
            case "response.created" -> items.origin(response, events);
            case "response.completed", "response.incomplete" -> {
                finish(events);
                events.accept(new AnswerEvent.Done());
            }
            case "response.failed", "error" -> fail(events);
            default -> {
            } // what repeats the deltas, what tells of the provider's own tools, and what may yet come
        }
    }

    private void finish(Consumer<AnswerEvent> events) {
        items.origin(response, events);
        String why = response.path("incomplete_details").path("reason").asText("");
        items.finish(!response.path("status").asText("").equals("incomplete")
                ? FinishReason.STOP
                : why.equals("content_filter") ? FinishReason.CONTENT_FILTER : FinishReason.LENGTH, events);
        use(events);
    }

    private void use(Consumer<AnswerEvent> events) {
        JsonNode usage = response.path("usage");
        if (usage.isObject()) {
            events.accept(new AnswerEvent.Used(new Usage(usage.path("input_tokens").asLong(),
                    usage.path("output_tokens").asLong(), usage.at("/input_tokens_details/cached_tokens").asLong(),
                    usage.at("/input_tokens_details/cache_write_tokens").asLong(),
                    usage.at("/output_tokens_details/reasoning_tokens").asLong()), Map.of(), Map.of()));
        }
    }

    /** What has been counted is told before: it is paid for. */
    private void fail(Consumer<AnswerEvent> events) {
        use(events);
        events.accept(new AnswerEvent.Failed(error(response)));
    }

    /** An event {@code error} has the error in it, or is one; a response has one without a type. */
    private static ApiError error(JsonNode body) {
        JsonNode said = body.path("error").isObject() ? body.path("error") : body;
        String code = said.path("code").asText("");
        ObjectNode error = JSON.createObjectNode();
        for (String field : Set.of("code", "message", "param", "type")) {
            if (said.path(field).isTextual() && !said.path(field).asText("").equals("error")) {
                error.set(field, said.path(field));
            }
        }
        if (!error.has("type") && !PROVIDERS_FAULTS.contains(code)) {
            error.put("type", "invalid_request_error");
        }
        return OpenAiErrors.inAnswer(JSON.createObjectNode().set("error", error));
    }

    /** Reads an answer that is not streamed. */
    void parseWhole(byte[] body, Consumer<AnswerEvent> events) {
        try {
            response = JSON.readTree(body);
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
            return;
        }
        switch (response.path("status").asText("")) {
            case "completed", "incomplete" -> {
                items.origin(response, events);
                JsonNode output = response.path("output");
                for (int i = 0; i < output.size(); i++) {
                    items.stop(i, output.path(i), events);
                }
                finish(events);
            }
            case "failed", "cancelled" -> fail(events);
            default -> events.accept(new AnswerEvent.Failed(response.hasNonNull("error")
                    ? error(response)
                    : Failures.MALFORMED));
        }
    }
}
