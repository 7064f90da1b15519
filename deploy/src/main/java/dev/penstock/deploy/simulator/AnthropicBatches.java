package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.util.ArrayList;

/**
 * Anthropic's message batches.
 *
 * @see <a href="https://platform.claude.com/docs/en/api/creating-message-batches">Anthropic's reference</a>
 */
final class AnthropicBatches implements BatchedApi {
    private static final String PATH = "/v1/messages/batches";
    private static final String PREFIX = "msgbatch_";

    private final BatchDesk desk;
    private final Stats stats;

    AnthropicBatches(BatchDesk desk, Stats stats) {
        this.desk = desk;
        this.stats = stats;
    }

    @Override
    public boolean answer(HttpServerRequest http) {
        if (!http.path().startsWith(PATH)) {
            return false;
        }
        String[] rest = http.path().substring(PATH.length()).split("/"); // "", id, verb
        HeldBatch batch = rest.length > 1 ? desk.get(rest[1]) : null;
        if (rest.length == 1 && http.method().equals(HttpMethod.POST)) {
            BatchedApi.read(http, body -> create(http, body));
        } else if (rest.length == 1) {
            ObjectNode list = JsonNodeFactory.instance.objectNode().put("has_more", false);
            desk.all(PREFIX).forEach(one -> list.withArray("data").add(json(one)));
            BatchedApi.send(http, 200, list);
        } else if (batch == null) {
            BatchedApi.notFound(http);
        } else if (rest.length == 2) {
            BatchedApi.send(http, 200, json(batch));
        } else if (rest[2].equals("cancel")) {
            batch.cancel();
            BatchedApi.send(http, 200, json(batch));
        } else if (batch.hasEnded()) {
            http.response().end(String.join("\n", batch.told(told -> line(batch, told))));
        } else {
            BatchedApi.notFound(http);
        }
        return true;
    }

    private void create(HttpServerRequest http, JsonNode body) {
        var lines = new ArrayList<HeldBatch.Line>();
        for (JsonNode request : body.path("requests")) {
            lines.add(desk.decide(request.path("custom_id").asText(), new AnthropicDialect(stats),
                    request.path("params")));
        }
        BatchedApi.send(http, 200, json(desk.add(PREFIX, NullNode.getInstance(), lines)));
    }

    private static ObjectNode json(HeldBatch batch) {
        boolean ended = batch.hasEnded();
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", batch.id()).put("type", "message_batch")
                .put("created_at", Instant.ofEpochSecond(batch.createdSeconds()).toString())
                .put("processing_status", ended ? "ended" : batch.isCancelled() ? "canceling" : "in_progress");
        json.putObject("request_counts").put("processing", ended ? 0 : batch.size())
                .put("succeeded", ended ? batch.size() : 0).put("errored", 0).put("canceled", 0).put("expired", 0);
        return json;
    }

    private static String line(HeldBatch batch, HeldBatch.Told told) {
        ObjectNode line = JsonNodeFactory.instance.objectNode().put("custom_id", told.customId());
        ObjectNode result = line.putObject("result");
        if (told.body() == null) {
            result.put("type", batch.isCancelled() ? "canceled" : "expired");
        } else if (told.status() == 200) {
            result.put("type", "succeeded").set("message", told.body());
        } else {
            result.put("type", "errored").set("error", told.body());
        }
        return line.toString();
    }
}
