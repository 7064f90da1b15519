package dev.penstock.schemas;

import org.apache.kafka.common.errors.SerializationException;

/** Bytes that are no event of ours: not in the Confluent wire format, of an unknown schema, or cut short. */
public final class UnreadableEventException extends SerializationException {
    private static final long serialVersionUID = 1L;

    UnreadableEventException(String message) {
        super(message);
    }

    UnreadableEventException(String message, Throwable cause) {
        super(message, cause);
    }
}
