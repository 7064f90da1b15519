package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;

/** How a provider's API looks. What is said, how fast and with which faults is the same in all. */
interface Dialect {
    /** What a body asks for. */
    Reading read(JsonNode body);

    /** A refusal. */
    ObjectNode error(ApiFailure failure, long retryAfterSeconds);

    /** The words for an answer. */
    Wording wording(Chat chat);

    /** The media type of a stream. */
    default String streamType() {
        return "text/event-stream; charset=utf-8";
    }

    /** The news of a failure in a stream. */
    default String failed(ApiFailure failure) {
        return "data: " + error(failure, 0) + "\n\n";
    }

    /** What of a stream goes over the wire for what its wording says, which is always whole events. */
    default Buffer encode(String events) {
        return Buffer.buffer(events);
    }
}
