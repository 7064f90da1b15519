package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * OpenAI's files and batches.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch">OpenAI's reference</a>
 */
final class OpenAiBatches implements BatchedApi {
    private static final String PREFIX = "batch_";

    private final BatchDesk desk;
    private final Map<String, String> files = new ConcurrentHashMap<>();

    OpenAiBatches(BatchDesk desk) {
        this.desk = desk;
    }

    @Override
    public boolean answer(HttpServerRequest http) {
        String[] path = http.path().substring(1).split("/");
        String at = http.method() + " " + (path.length > 1 ? path[0] + "/" + path[1] : "") + " " + path.length;
        switch (at) {
            case "POST v1/files 2" -> {
                http.setExpectMultipart(true);
                http.uploadHandler(upload -> {
                    Buffer content = Buffer.buffer();
                    upload.handler(content::appendBuffer);
                    upload.endHandler(_ -> {
                        String id = "file-" + UUID.randomUUID();
                        files.put(id, content.toString(StandardCharsets.UTF_8));
                        BatchedApi.send(http, 200,
                                JsonNodeFactory.instance.objectNode().put("id", id).put("object", "file")
                                        .put("bytes", content.length())
                                        .put("purpose", http.getFormAttribute("purpose")));
                    });
                });
            }
            case "GET v1/files 4" -> content(http, path[2]);
            case "POST v1/batches 2" -> BatchedApi.read(http, body -> create(http, body));
            case "GET v1/batches 2" -> list(http);
            case "GET v1/batches 3" -> tell(http, path[2]);
            case "POST v1/batches 4" -> {
                HeldBatch batch = desk.get(path[2]);
                if (batch != null) {
                    batch.cancel();
                }
                tell(http, path[2]);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void create(HttpServerRequest http, JsonNode asked) {
        String input = files.get(asked.path("input_file_id").asText());
        if (input == null) {
            BatchedApi.notFound(http);
            return;
        }
        try {
            var lines = new ArrayList<HeldBatch.Line>();
            for (String line : input.split("\n")) {
                JsonNode json = JSON.readTree(line);
                lines.add(desk.decide(json.path("custom_id").asText(), new OpenAiDialect(), json.path("body")));
            }
            BatchedApi.send(http, 200, json(desk.add(PREFIX, asked, lines)));
        } catch (IOException _) {
            BatchedApi.send(http, 400, ApiFailure.invalid("input_file_id", "The file is not JSONL.").json());
        }
    }

    private void list(HttpServerRequest http) {
        ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list").put("has_more", false);
        desk.all(PREFIX).forEach(batch -> list.withArray("data").add(json(batch)));
        BatchedApi.send(http, 200, list);
    }

    private void tell(HttpServerRequest http, String id) {
        HeldBatch batch = desk.get(id);
        if (batch == null) {
            BatchedApi.notFound(http);
        } else {
            BatchedApi.send(http, 200, json(batch));
        }
    }

    private static ObjectNode json(HeldBatch batch) {
        boolean ended = batch.hasEnded();
        String status = !ended
                ? "in_progress"
                : batch.isCancelled() ? "cancelled" : batch.isExpired() ? "expired" : "completed";
        return JsonNodeFactory.instance.objectNode().put("id", batch.id()).put("object", "batch")
                .put("created_at", batch.createdSeconds()).put("status", status)
                .put("output_file_id", ended ? "out-" + batch.id() : null)
                .put("error_file_id", ended ? "err-" + batch.id() : null)
                .<ObjectNode>set("metadata", batch.kept().path("metadata"));
    }

    private void content(HttpServerRequest http, String file) {
        HeldBatch batch = desk.get(file.substring(4));
        boolean output = file.startsWith("out-");
        if (batch == null) {
            BatchedApi.notFound(http);
            return;
        }
        List<HeldBatch.Told> told = batch.told(one -> one);
        http.response().putHeader("content-type", "application/jsonl").end(told.stream()
                .filter(one -> (one.status() == 200) == output).map(OpenAiBatches::line)
                .collect(Collectors.joining("\n")));
    }

    private static String line(HeldBatch.Told told) {
        ObjectNode line = JsonNodeFactory.instance.objectNode().put("id", "batch_req_simulator")
                .put("custom_id", told.customId());
        ObjectNode body = told.body();
        if (body == null) {
            line.putNull("response").putObject("error").put("code", "batch_expired").put("message", "It was too late.");
        } else {
            line.putObject("response").put("status_code", told.status()).put("request_id", "req").set("body", body);
            line.putNull("error");
        }
        return line.toString();
    }
}
