package dev.penstock.ingress;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.format.Speech;
import dev.penstock.schemas.bus.ApiError;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whole answers that need no dispatcher. */
final class Responses {
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    static final CharSequence CSV = HttpHeaders.createOptimized("text/csv; charset=utf-8; header=present");
    private static final CharSequence EVENT_STREAM = HttpHeaders.createOptimized("text/event-stream; charset=utf-8");
    private static final CharSequence NO_CACHE = HttpHeaders.createOptimized("no-cache");
    private static final Logger LOG = LoggerFactory.getLogger(Responses.class);
    private static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("retry-after");
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    private static final CharSequence ANTHROPICS_REQUEST_ID = HttpHeaders.createOptimized("request-id");
    private static final JsonFactory FACTORY = new JsonFactory();

    /** Writes a JSON document. */
    interface JsonWriter {
        /** The generator is closed by the caller. */
        void write(JsonGenerator json) throws IOException;
    }

    private Responses() {}

    /** Answers with an error in OpenAI's shape, unless the client has gone or the head has been sent. */
    static void error(HttpServerResponse response, ApiError error) {
        error(response, Speech.OPENAI, error);
    }

    /** Answers with an error in the shape of an API, unless the client has gone or the head has been sent. */
    static void error(HttpServerResponse response, Speech speech, ApiError error) {
        if (response.closed() || response.headWritten()) {
            return;
        }
        if (error.retryAfterSeconds() != null) {
            response.putHeader(RETRY_AFTER, error.retryAfterSeconds().toString());
        }
        json(response, speech.status(error), Buffer.buffer(speech.body(error)));
    }

    /** Makes ready for a stream of events, whose head goes with the first. */
    static void beginStream(HttpServerResponse response) {
        response.setChunked(true).putHeader(HttpHeaders.CACHE_CONTROL, NO_CACHE)
                .putHeader(HttpHeaders.CONTENT_TYPE, EVENT_STREAM);
    }

    /** Tells the request's id by the name that the API has for it. */
    static void putRequestId(HttpServerResponse response, Speech speech, String requestId) {
        response.putHeader(switch (speech) {
            case OPENAI, RESPONSES -> REQUEST_ID;
            case MESSAGES -> ANTHROPICS_REQUEST_ID;
        }, requestId);
    }

    /** Answers with a JSON document. */
    static void json(HttpServerResponse response, int status, Buffer body) {
        response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(body);
    }

    /** Answers 200 with what is worked out off the event loop. */
    static void computed(Vertx vertx, HttpServerResponse response, CharSequence type, Callable<byte[]> body) {
        vertx.executeBlocking(body, false).onSuccess(bytes -> {
            if (!response.closed()) {
                response.putHeader(HttpHeaders.CONTENT_TYPE, type).end(Buffer.buffer(bytes));
            }
        }).onFailure(cause -> {
            String id = "req_" + UUID.randomUUID();
            LOG.error("{} failed", id, cause);
            error(response, Refusals.internal(id));
        });
    }

    /** A JSON document in UTF-8. */
    static byte[] written(JsonWriter writer) {
        var bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
            writer.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes every byte", e);
        }
        return bytes.toByteArray();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Nano-US-dollars in dollars, in full. */
    static String dollars(long nano) {
        return BigDecimal.valueOf(nano, 9).stripTrailingZeros().toPlainString();
    }

    /** The parameters of the query, by name. */
    static Map<String, List<String>> parameters(HttpServerRequest request) {
        var parameters = new HashMap<String, List<String>>();
        request.params().names().forEach(name -> parameters.put(name, request.params().getAll(name)));
        return parameters;
    }
}
