package dev.penstock.metering.webhook;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.WebhookDelivery;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down every attempt to deliver. Confined to one thread, but for closing. */
final class DeliveryLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryLog.class);

    private final Topic<String, WebhookDelivery> topic;
    private final Producer<byte[], byte[]> producer;

    DeliveryLog(Map<String, String> kafka, Topics topics, String client) {
        this.topic = topics.webhookDeliveries();
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, client);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        this.producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    void write(WebhookDelivery delivery) {
        try {
            producer.send(topic.record(delivery.getWebhook(), delivery), (_, failure) -> {
                if (failure != null) {
                    LOG.warn("a delivery to webhook {} is not in the log: {}", delivery.getWebhook(),
                            failure.toString());
                }
            });
        } catch (KafkaException e) {
            LOG.warn("a delivery to webhook {} is not in the log: {}", delivery.getWebhook(), e.toString());
        }
    }

    /** Returns when all that was written is acknowledged. */
    void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close();
    }
}
