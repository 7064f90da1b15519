package dev.penstock.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.schemas.Topics;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The headers of public events: those of a CloudEvent in Kafka's binary mode.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka
 *     protocol binding</a>
 */
final class CloudEvents {
    private static final byte[] SPEC_VERSION = "1.0".getBytes(UTF_8);
    private static final byte[] CONTENT_TYPE = "application/avro".getBytes(UTF_8);

    private final byte[] source;
    private final byte[] type;

    /** @param type of the events, such as {@code dev.penstock.usage.v1} */
    CloudEvents(Topics topics, String type) {
        this.source = ("/" + topics.prefix() + "/metering").getBytes(UTF_8);
        this.type = type.getBytes(UTF_8);
    }

    Headers headers(String id, Instant time, String tenant) {
        return new RecordHeaders().add("ce_specversion", SPEC_VERSION)
                .add("ce_id", id.getBytes(UTF_8))
                .add("ce_source", source)
                .add("ce_type", type)
                .add("ce_time", time.toString().getBytes(UTF_8))
                .add("ce_subject", tenant.getBytes(UTF_8))
                .add("content-type", CONTENT_TYPE);
    }
}
