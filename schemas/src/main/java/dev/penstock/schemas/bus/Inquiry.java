package dev.penstock.schemas.bus;

/**
 * A worker's question to the ingress of a request: does anybody wait for it? Answered with a {@link Standing}. Of an
 * answer that is kept any ingress knows, at {@link #KEPT}: from the log.
 */
public record Inquiry(String requestId) implements BusMessage {
    /** Where every ingress can be asked about an answer that is kept; one of them replies. */
    public static final String KEPT = "penstock.kept";
}
