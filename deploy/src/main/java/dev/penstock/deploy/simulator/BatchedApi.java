package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.function.Consumer;

/** A provider's batch API. */
interface BatchedApi {
    ObjectMapper JSON = new ObjectMapper();

    /** Answers a request if it is one of this API's; else false. */
    boolean answer(HttpServerRequest http);

    /** Takes the body in, or answers that it is not JSON. */
    static void read(HttpServerRequest http, Consumer<JsonNode> taken) {
        http.body().onSuccess(body -> {
            JsonNode json;
            try {
                json = JSON.readTree(body.getBytes());
            } catch (IOException _) {
                send(http, 400, ApiFailure.invalid(null, "The body is not JSON.").json());
                return;
            }
            taken.accept(json);
        });
    }

    static void send(HttpServerRequest http, int status, ObjectNode json) {
        http.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(json.toString());
    }

    static void notFound(HttpServerRequest http) {
        send(http, 404, new ApiFailure(404, "invalid_request_error", "not_found", null, "There is no such thing.")
                .json());
    }
}
