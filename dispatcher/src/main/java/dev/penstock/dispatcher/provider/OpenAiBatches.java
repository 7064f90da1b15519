package dev.penstock.dispatcher.provider;

import static dev.penstock.dispatcher.provider.BatchHttp.utf8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Secret;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's Batch API: a file of lines is uploaded, and the batch made of it bears our name in its metadata. An upload that
 * no batch came of costs nothing and lapses.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch">OpenAI's reference</a>
 */
final class OpenAiBatches implements BatchApi {
    private static final String NAME = "penstock_handover";
    private static final Set<String> ENDS = Set.of("completed", "failed", "expired", "cancelled");
    private static final String BOUNDARY = "penstock-handover-boundary";
    /** A clock of the provider's may be behind ours. */
    private static final long SKEW_SECONDS = 600;

    private final String base;
    private final boolean idempotent;
    private final BatchHttp http;

    OpenAiBatches(Provider provider) {
        base = Translation.path(provider.baseUrl());
        idempotent = switch (provider.kind()) {
            case OPENAI, OPENAI_RESPONSES -> true;
            case AZURE, DEEPSEEK, GROQ, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA, OPENAI_COMPATIBLE, ANTHROPIC, BEDROCK,
                    GEMINI, VERTEX, OLLAMA_NATIVE, QWEN_NATIVE ->
                false;
        };
        Secret key = provider.apiKey();
        http = new BatchHttp(provider, key == null ? Map.of() : Map.of("authorization", "Bearer " + key.value()));
    }

    @Override
    public long mostBytes() {
        return 190L << 20;
    }

    @Override
    public @Nullable String submit(String name, List<Line> lines, BooleanSupplier wanted) throws IOException {
        String endpoint = "/v1" + lines.getFirst().path().substring(base.length()); // whatever the host's own prefix is
        var uploaded = http.post(base + "/files", "multipart/form-data; boundary=" + BOUNDARY, Map.of(),
                upload(name, endpoint, lines));
        if (uploaded.isRefusal()) {
            return null;
        }
        ObjectNode batch = JsonNodeFactory.instance.objectNode()
                .put("input_file_id", uploaded.orFail().path("id").asText()).put("endpoint", endpoint)
                .put("completion_window", "24h");
        batch.putObject("metadata").put(NAME, name);
        if (!wanted.getAsBoolean()) {
            throw new IOException("it is no longer ours to hand over");
        }
        var made = http.post(base + "/batches", "application/json",
                idempotent ? Map.of(OutboundRequest.IDEMPOTENCY_KEY, name) : Map.of(),
                List.of(CanonicalBody.write(batch)));
        return made.isRefusal() ? null : BatchHttp.text(made.orFail(), "id");
    }

    private static List<byte[]> upload(String name, String endpoint, List<Line> lines) {
        var pieces = new ArrayList<byte[]>(3 * lines.size() + 2);
        pieces.add(utf8("--" + BOUNDARY + "\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--"
                + BOUNDARY + "\r\ncontent-disposition: form-data; name=\"file\"; filename=\"" + name
                + ".jsonl\"\r\ncontent-type: application/jsonl\r\n\r\n"));
        byte[] end = utf8("}\n");
        for (Line line : lines) {
            pieces.add(utf8("{\"custom_id\":\"" + line.customId() + "\",\"method\":\"POST\",\"url\":\"" + endpoint
                    + "\",\"body\":"));
            pieces.add(line.body());
            pieces.add(end);
        }
        pieces.add(utf8("\r\n--" + BOUNDARY + "--\r\n"));
        return pieces;
    }

    @Override
    public Found find(String name, Instant since, int lines) throws IOException {
        String after = "";
        while (true) {
            JsonNode page = http.get(base + "/batches?limit=100" + after).orFail();
            for (JsonNode batch : page.path("data")) {
                if (batch.path("metadata").path(NAME).asText().equals(name)) {
                    return new Found.There(BatchHttp.text(batch, "id"));
                }
                if (batch.path("created_at").asLong() < since.getEpochSecond() - SKEW_SECONDS) {
                    return new Found.NotThere(); // the newest come first
                }
                after = "&after=" + BatchHttp.text(batch, "id");
            }
            if (!page.path("has_more").asBoolean()) {
                return new Found.NotThere();
            }
        }
    }

    @Override
    public boolean hasEnded(String id) throws IOException {
        return ENDS.contains(batch(id).path("status").asText());
    }

    @Override
    public void collect(String id, List<String> customIds, Consumer<Result> results) throws IOException {
        JsonNode batch = batch(id);
        for (String file : List.of("output_file_id", "error_file_id")) {
            if (batch.path(file).isTextual()) {
                http.lines(base + "/files/" + batch.path(file).asText() + "/content",
                        line -> results.accept(result(line)));
            }
        }
    }

    /** Errors of a request are answers with their status; what was not executed has none. */
    private static Result result(JsonNode line) throws IOException {
        String customId = BatchHttp.text(line, "custom_id");
        JsonNode response = line.path("response");
        return response.path("status_code").isInt()
                ? new Result.Answered(customId, response.path("status_code").asInt(),
                        CanonicalBody.JSON.writeValueAsBytes(response.path("body")))
                : new Result.NotExecuted(customId);
    }

    @Override
    public void cancel(String id) throws IOException {
        http.post(base + "/batches/" + id + "/cancel");
    }

    private JsonNode batch(String id) throws IOException {
        return http.get(base + "/batches/" + id).orFail();
    }
}
