package dev.penstock.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.Alert;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.kafka.streams.processor.api.Record;

/** Makes records of alerts: with the headers of a CloudEvent, and ids that follow from what they are about. */
final class Alerts {
    private static final int ID_BYTES = 16;

    private final CloudEvents events;

    Alerts(Topics topics) {
        this.events = new CloudEvents(topics, "dev.penstock.alert.v1");
    }

    /** The same for the same thing, so that what is told twice all the same is known by it. */
    static String id(String about) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(about.getBytes(UTF_8));
            return "evt_" + HexFormat.of().formatHex(hash, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    Record<String, Alert> record(Alert alert) {
        return new Record<>(alert.getTenant(), alert, alert.getAt().toEpochMilli(),
                events.headers(alert.getId(), alert.getAt(), alert.getTenant()));
    }
}
