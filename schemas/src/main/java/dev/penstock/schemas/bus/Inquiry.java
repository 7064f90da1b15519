package dev.penstock.schemas.bus;

/** A worker's question to the ingress of a request: does anybody wait for it? Answered with a {@link Standing}. */
public record Inquiry(String requestId) implements BusMessage {}
