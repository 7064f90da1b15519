package dev.penstock.schemas.bus;

/**
 * A worker's question to the ingress of a request: does anybody wait for it? Answered with a {@link Standing}.
 *
 * @param seen as in {@link Frame.Begun}: how much of an answer whoever waits has to have seen
 */
public record Inquiry(String requestId, int seen) implements BusMessage {}
