package dev.penstock.dispatcher.provider;

import static dev.penstock.dispatcher.provider.BatchHttp.utf8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Secret;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gemini's batches, with their requests inline: then the answers come in the same order, and it bears our name.
 *
 * @see <a href="https://ai.google.dev/api/batch-api">Google's reference</a>
 */
final class GeminiBatches implements BatchApi {
    private final String base;
    private final BatchHttp http;

    GeminiBatches(Provider provider) {
        base = Translation.path(provider.baseUrl());
        Secret key = provider.apiKey();
        http = new BatchHttp(provider, key == null ? Map.of() : Map.of("x-goog-api-key", key.value()));
    }

    /** 20 MB with all that is around them. */
    @Override
    public long mostBytes() {
        return 16L << 20;
    }

    @Override
    public @Nullable String submit(String name, List<Line> lines, BooleanSupplier wanted) throws IOException {
        var body = new ArrayList<byte[]>(2 * lines.size() + 1);
        String before = "{\"batch\":{\"displayName\":\"" + name + "\",\"inputConfig\":{\"requests\":{\"requests\":[";
        for (Line line : lines) {
            body.add(utf8(before + "{\"metadata\":{\"key\":\"" + line.customId() + "\"},\"request\":"));
            body.add(line.body());
            before = "},";
        }
        body.add(utf8("}]}}}}"));
        String path = lines.getFirst().path();
        var made = http.post(path.substring(0, path.lastIndexOf(':')) + ":batchGenerateContent", body);
        return made.isRefusal() ? null : name(made.orFail());
    }

    @Override
    public Found find(String name, Instant since, int lines) throws IOException {
        String token = "";
        do {
            JsonNode page = http.get(base + "/batches?pageSize=100" + token).orFail();
            for (JsonNode operation : page.path("operations")) {
                if (operation.at("/metadata/displayName").asText().equals(name)) {
                    return new Found.There(name(operation));
                }
            }
            String next = page.path("nextPageToken").asText();
            token = next.isEmpty() ? "" : "&pageToken=" + next;
        } while (!token.isEmpty());
        return new Found.NotThere();
    }

    @Override
    public boolean hasEnded(String id) throws IOException {
        return operation(id).path("done").asBoolean();
    }

    @Override
    public void collect(String id, List<String> customIds, Consumer<Result> results) throws IOException {
        int at = 0;
        for (JsonNode response : operation(id).at("/response/inlinedResponses/inlinedResponses")) {
            String inOrder = at < customIds.size() ? customIds.get(at) : "";
            results.accept(result(response.at("/metadata/key").asText(inOrder), response));
            at++;
        }
    }

    private static Result result(String customId, JsonNode response) throws IOException {
        JsonNode error = response.path("error");
        if (response.has("response")) {
            return new Result.Answered(customId, 200, CanonicalBody.JSON.writeValueAsBytes(response.path("response")));
        }
        return isOver(error.path("code").asInt())
                ? new Result.NotExecuted(customId)
                : new Result.Answered(customId, status(error.path("code").asInt()),
                        CanonicalBody.JSON
                                .writeValueAsBytes(CanonicalBody.JSON.createObjectNode().set("error", error)));
    }

    /** CANCELLED or DEADLINE_EXCEEDED. */
    private static boolean isOver(int code) {
        return code == 1 || code == 4;
    }

    /** @see <a href="https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto">The codes</a> */
    private static int status(int code) {
        return switch (code) {
            case 3, 9, 11 -> 400;
            case 5 -> 404;
            case 7 -> 403;
            case 8 -> 429;
            case 14 -> 503;
            case 16 -> 401;
            default -> 500;
        };
    }

    @Override
    public void cancel(String id) throws IOException {
        http.post(base + "/" + id + ":cancel");
    }

    private JsonNode operation(String id) throws IOException {
        return http.get(base + "/" + id).orFail();
    }

    /** Such as {@code batches/123}. */
    private static String name(JsonNode operation) throws IOException {
        String name = operation.path("name").asText();
        if (!name.matches("batches/[\\w-]+")) {
            throw new IOException("the provider's answer has no name");
        }
        return name;
    }
}
