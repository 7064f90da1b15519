package dev.penstock.schemas.bus;

/**
 * What a request used up of its hold, in nano-US-dollars: the rest is the ingress's again. It is sent when what was used
 * is on the log, and before the last frame.
 */
public record Receipt(String requestId, long used) implements BusMessage {}
