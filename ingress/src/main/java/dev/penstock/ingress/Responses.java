package dev.penstock.ingress;

import dev.penstock.ingress.admission.ErrorBody;
import dev.penstock.schemas.bus.ApiError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/** Whole answers that need no dispatcher. */
final class Responses {
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    static final CharSequence EVENT_STREAM = HttpHeaders.createOptimized("text/event-stream; charset=utf-8");
    private static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("retry-after");

    private Responses() {}

    /** Answers with an error in OpenAI's shape, unless the client has gone or the head has been sent. */
    static void error(HttpServerResponse response, ApiError error) {
        if (response.closed() || response.headWritten()) {
            return;
        }
        if (error.retryAfterSeconds() != null) {
            response.putHeader(RETRY_AFTER, error.retryAfterSeconds().toString());
        }
        json(response, error.status(), Buffer.buffer(ErrorBody.json(error)));
    }

    /** Answers with a JSON document. */
    static void json(HttpServerResponse response, int status, Buffer body) {
        response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(body);
    }
}
