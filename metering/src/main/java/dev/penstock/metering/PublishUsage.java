package dev.penstock.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.UsageEvent;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Makes a public usage event of each attempt: priced, and with the headers of a CloudEvent in Kafka's binary mode.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka
 *     protocol binding</a>
 */
final class PublishUsage extends ContextualProcessor<String, AttemptEnded, String, UsageEvent> {
    private static final byte[] SPEC_VERSION = "1.0".getBytes(UTF_8);
    private static final byte[] TYPE = "dev.penstock.usage.v1".getBytes(UTF_8);
    private static final byte[] CONTENT_TYPE = "application/avro".getBytes(UTF_8);

    private final byte[] source;
    private final Pricing pricing;

    PublishUsage(Topics topics, Pricing pricing) {
        this.source = ("/" + topics.prefix() + "/metering").getBytes(UTF_8);
        this.pricing = pricing;
    }

    @Override
    public void process(Record<String, AttemptEnded> record) {
        UsageEvent usage = pricing.usage(record.value());
        context().forward(record.withValue(usage).withHeaders(headers(usage)));
    }

    private Headers headers(UsageEvent usage) {
        return new RecordHeaders().add("ce_specversion", SPEC_VERSION)
                .add("ce_id", usage.getAttemptId().getBytes(UTF_8))
                .add("ce_source", source)
                .add("ce_type", TYPE)
                .add("ce_time", usage.getEndedAt().toString().getBytes(UTF_8))
                .add("ce_subject", usage.getTenant().getBytes(UTF_8))
                .add("content-type", CONTENT_TYPE);
    }
}
