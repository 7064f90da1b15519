package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gemini's batches with inline requests. Answers come in the order of the requests and without their keys, as some have
 * seen them come.
 *
 * @see <a href="https://ai.google.dev/api/batch-api">Google's reference</a>
 */
final class GeminiBatches implements BatchedApi {
    private static final Pattern PATH = Pattern
            .compile("/v1beta/(?:models/([^/:]+):batchGenerateContent|batches|(batches/[\\w-]+)(:cancel)?)");
    private static final String PREFIX = "batches/";

    private final BatchDesk desk;
    private final Stats stats;

    GeminiBatches(BatchDesk desk, Stats stats) {
        this.desk = desk;
        this.stats = stats;
    }

    @Override
    public boolean answer(HttpServerRequest http) {
        Matcher match = PATH.matcher(http.path());
        if (!match.matches()) {
            return false;
        }
        String model = match.group(1);
        HeldBatch batch = match.group(2) == null ? null : desk.get(match.group(2));
        if (model != null) {
            BatchedApi.read(http, body -> create(http, model, body.path("batch")));
        } else if (match.group(2) == null) {
            ObjectNode list = JsonNodeFactory.instance.objectNode();
            desk.all(PREFIX).forEach(one -> list.withArray("operations").add(json(one)));
            BatchedApi.send(http, 200, list);
        } else if (batch == null) {
            BatchedApi.notFound(http);
        } else {
            if (match.group(3) != null) {
                batch.cancel();
            }
            BatchedApi.send(http, 200, json(batch));
        }
        return true;
    }

    private void create(HttpServerRequest http, String model, JsonNode asked) {
        var lines = new ArrayList<HeldBatch.Line>();
        for (JsonNode request : asked.at("/inputConfig/requests/requests")) {
            lines.add(desk.decide(request.at("/metadata/key").asText(), GeminiDialect.inBatch(model, stats),
                    request.path("request")));
        }
        BatchedApi.send(http, 200, json(desk.add(PREFIX, asked.path("displayName"), lines)));
    }

    private static ObjectNode json(HeldBatch batch) {
        boolean ended = batch.hasEnded();
        ObjectNode operation = JsonNodeFactory.instance.objectNode().put("name", batch.id()).put("done", ended);
        operation.putObject("metadata").put("state", !ended
                ? "BATCH_STATE_RUNNING"
                : batch.isCancelled() ? "BATCH_STATE_CANCELLED" : "BATCH_STATE_SUCCEEDED")
                .set("displayName", batch.kept());
        if (ended) {
            ArrayNode responses = operation.putObject("response").putObject("inlinedResponses")
                    .putArray("inlinedResponses");
            List<HeldBatch.Told> told = batch.told(one -> one).reversed();
            told.forEach(one -> responses.add(response(one)));
        }
        return operation;
    }

    /** An error is a google.rpc.Status, whose code is not HTTP's. */
    private static ObjectNode response(HeldBatch.Told told) {
        ObjectNode response = JsonNodeFactory.instance.objectNode();
        if (told.body() == null) {
            response.putObject("error").put("code", 1).put("message", "It was cancelled.");
        } else if (told.status() == 200) {
            response.set("response", told.body());
        } else {
            response.putObject("error").put("code", switch (told.status()) {
                case 400 -> 3;
                case 401 -> 16;
                case 429 -> 8;
                case 503 -> 14;
                default -> 13;
            }).set("message", told.body().at("/error/message"));
        }
        return response;
    }
}
