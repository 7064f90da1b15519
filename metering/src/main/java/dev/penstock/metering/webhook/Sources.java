package dev.penstock.metering.webhook;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What of the log there is to tell. */
final class Sources {
    private Sources() {}

    /** By topic, how its values are read; of the topics that may hold what a webhook wants. */
    static Map<String, Function<byte[], @Nullable WebhookEvent>> of(Topics topics, Webhook webhook) {
        var readers = new HashMap<String, Function<byte[], @Nullable WebhookEvent>>();
        add(readers, webhook, AlertEvents.TYPES, topics.alerts(), AlertEvents::of);
        add(readers, webhook, BatchEvents.TYPES, topics.batches(), BatchEvents::of);
        add(readers, webhook, ResponseEvents.TYPES, topics.responses(), ResponseEvents::of);
        return readers;
    }

    private static <V> void add(Map<String, Function<byte[], @Nullable WebhookEvent>> readers, Webhook webhook,
            List<String> types, Topic<String, V> topic, Function<V, @Nullable WebhookEvent> event) {
        if (types.stream().anyMatch(webhook::wants)) {
            readers.put(topic.name(), bytes -> event.apply(topic.value(bytes)));
        }
    }
}
