package dev.penstock.dispatcher.provider;

import static dev.penstock.dispatcher.provider.BatchHttp.utf8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.catalog.Provider;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's Message Batches. A batch bears no name: whether one is ours is seen by the ids of its results, so when it
 * has ended.
 *
 * @see <a href="https://platform.claude.com/docs/en/api/creating-message-batches">Anthropic's reference</a>
 */
final class AnthropicBatches implements BatchApi {
    private static final Duration SKEW = Duration.ofMinutes(10);

    private final String base;
    private final BatchHttp http;

    AnthropicBatches(Provider provider) {
        base = Translation.path(provider.baseUrl()) + "/messages/batches";
        var headers = new HashMap<>(Map.of("anthropic-version", "2023-06-01"));
        if (provider.apiKey() != null) {
            headers.put("x-api-key", provider.apiKey().value());
        }
        http = new BatchHttp(provider, headers);
    }

    @Override
    public long mostBytes() {
        return 240L << 20;
    }

    @Override
    public @Nullable String submit(String name, List<Line> lines, BooleanSupplier wanted) throws IOException {
        var body = new ArrayList<byte[]>(3 * lines.size() + 1);
        String before = "{\"requests\":[";
        byte[] end = utf8("}");
        for (Line line : lines) {
            body.add(utf8(before + "{\"custom_id\":\"" + line.customId() + "\",\"params\":"));
            body.add(line.body());
            body.add(end);
            before = ",";
        }
        body.add(utf8("]}"));
        var made = http.post(base, body);
        return made.isRefusal() ? null : BatchHttp.text(made.orFail(), "id");
    }

    @Override
    public Found find(String name, Instant since, int lines) throws IOException {
        boolean unclear = false;
        String after = "";
        while (true) {
            JsonNode page = http.get(base + "?limit=100" + after).orFail();
            for (JsonNode batch : page.path("data")) {
                if (OffsetDateTime.parse(BatchHttp.text(batch, "created_at")).toInstant().isBefore(since.minus(SKEW))) {
                    return unclear ? new Found.Unclear() : new Found.NotThere(); // the newest come first
                }
                int size = 0;
                for (JsonNode count : batch.path("request_counts")) {
                    size += count.asInt();
                }
                String id = BatchHttp.text(batch, "id");
                if (size == lines && !isEnded(batch)) {
                    unclear = true;
                } else if (size == lines && firstId(id).startsWith(name + "-")) {
                    return new Found.There(id);
                }
                after = "&after_id=" + id;
            }
            if (!page.path("has_more").asBoolean()) {
                return unclear ? new Found.Unclear() : new Found.NotThere();
            }
        }
    }

    private String firstId(String batch) throws IOException {
        return http.firstLine(base + "/" + batch + "/results").map(line -> line.path("custom_id").asText()).orElse("");
    }

    @Override
    public boolean hasEnded(String id) throws IOException {
        return isEnded(http.get(base + "/" + id).orFail());
    }

    private static boolean isEnded(JsonNode batch) {
        return batch.path("processing_status").asText().equals("ended");
    }

    @Override
    public void collect(String id, List<String> customIds, Consumer<Result> results) throws IOException {
        http.lines(base + "/" + id + "/results", line -> results.accept(result(line)));
    }

    private static Result result(JsonNode line) throws IOException {
        String customId = BatchHttp.text(line, "custom_id");
        JsonNode result = line.path("result");
        return switch (result.path("type").asText()) {
            case "succeeded" -> new Result.Answered(customId, 200, bytes(result.path("message")));
            case "errored" -> new Result.Answered(customId, status(result.at("/error/error/type").asText()),
                    bytes(result.path("error")));
            default -> new Result.NotExecuted(customId); // canceled, expired
        };
    }

    /** @see <a href="https://platform.claude.com/docs/en/api/errors">Anthropic's errors</a> */
    private static int status(String type) {
        return switch (type) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "request_too_large" -> 413;
            case "rate_limit_error" -> 429;
            case "overloaded_error" -> 529;
            default -> 500;
        };
    }

    @Override
    public void cancel(String id) throws IOException {
        http.post(base + "/" + id + "/cancel");
    }

    private static byte[] bytes(JsonNode json) throws IOException {
        return CanonicalBody.JSON.writeValueAsBytes(json);
    }
}
