package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** How a provider's API looks. What is said, how fast and with which faults is the same in all. */
interface Dialect {
    /** What a body asks for. */
    Reading read(JsonNode body);

    /** A refusal, or the news of a failure in a stream. */
    ObjectNode error(ApiFailure failure, long retryAfterSeconds);

    /** The words for an answer. */
    Wording wording(Chat chat);
}
