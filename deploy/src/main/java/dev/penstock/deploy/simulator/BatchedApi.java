package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** A provider's batch API. */
interface BatchedApi {
    /** Answers a request if it is one of this API's; else false. */
    boolean answer(HttpServerRequest http);

    static void send(HttpServerRequest http, int status, ObjectNode json) {
        http.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(json.toString());
    }

    static void notFound(HttpServerRequest http) {
        send(http, 404, new ApiFailure(404, "invalid_request_error", "not_found", null, "There is no such thing.")
                .json());
    }
}
