package dev.penstock.metering;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.UsageEvent;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Makes a public usage event of each attempt: priced, and with the headers of a CloudEvent. */
final class PublishUsage extends ContextualProcessor<String, AttemptEnded, String, UsageEvent> {
    private final CloudEvents events;
    private final Pricing pricing;

    PublishUsage(Topics topics, Pricing pricing) {
        this.events = new CloudEvents(topics, "dev.penstock.usage.v1");
        this.pricing = pricing;
    }

    @Override
    public void process(Record<String, AttemptEnded> record) {
        UsageEvent usage = pricing.usage(record.value());
        context().forward(record.withValue(usage)
                .withHeaders(events.headers(usage.getAttemptId(), usage.getEndedAt(), usage.getTenant())));
    }
}
