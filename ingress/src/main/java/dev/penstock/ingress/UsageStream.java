package dev.penstock.ingress;

import dev.penstock.ingress.UsageStreams.Position;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reader of usage events. It reads the log as fast as its client does: nothing is kept for a slow one. Runs on a
 * virtual thread of its own, which may block; only writing is done on the event loop.
 */
final class UsageStream {
    private static final Logger LOG = LoggerFactory.getLogger(UsageStream.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Buffer READY = Buffer.buffer(": from now on\n\n");
    private static final Buffer KEEP_ALIVE = Buffer.buffer(": keep-alive\n\n");

    private final IngressConfig config;
    private final Topic<String, UsageEvent> topic;
    private final Context context;
    private final HttpServerResponse response;
    private final String tenant;
    private final @Nullable Position after;
    private volatile boolean closed;

    /** @param after the last event that the client has, or null to begin with the next to come */
    UsageStream(IngressConfig config, Context context, HttpServerResponse response, String tenant,
            @Nullable Position after) {
        this.config = config;
        this.topic = config.topics().usage();
        this.context = context;
        this.response = response;
        this.tenant = tenant;
        this.after = after;
    }

    /** Returns when the client has gone or Kafka has; the client may then come again with the last id it saw. */
    void run() {
        try (var consumer = consumer()) {
            onLoop(() -> response.closeHandler(_ -> {
                closed = true;
                consumer.wakeup();
            }));
            int partitions = consumer.partitionsFor(topic.name()).size();
            if (after != null && after.partition() >= partitions) {
                refuse(Refusals.invalidParameter("Last-Event-ID", "must be the id of an event of this stream"));
                return;
            }
            seek(consumer, partitions);
            write(READY);
            long lastWrite = System.nanoTime();
            while (!closed) {
                Buffer events = events(consumer);
                if (events.length() == 0 && System.nanoTime() - lastWrite < config.keepAlive().toNanos()) {
                    continue;
                }
                write(events.length() == 0 ? KEEP_ALIVE : events);
                lastWrite = System.nanoTime();
            }
        } catch (WakeupException | CompletionException _) {
            // the client has gone
        } catch (KafkaException e) {
            LOG.warn("usage cannot be read", e);
            onLoop(response::reset);
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        var properties = new HashMap<String, Object>(config.kafka());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-ingress-usage");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A tenant's events are all in the partition of its name, where Kafka's own partitioner puts them. */
    private void seek(KafkaConsumer<byte[], byte[]> consumer, int partitions) {
        var partition = new TopicPartition(topic.name(),
                after == null ? topic.partition(tenant, partitions) : after.partition());
        consumer.assign(List.of(partition));
        if (after == null) {
            consumer.seekToEnd(List.of(partition));
            consumer.position(partition); // now, not at the first poll: the client is told that it misses nothing
        } else {
            consumer.seek(partition, after.offset() + 1);
        }
    }

    private Buffer events(KafkaConsumer<byte[], byte[]> consumer) {
        var events = Buffer.buffer();
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
            try {
                UsageEvent event = topic.value(message.value());
                if (event.getTenant().equals(tenant)) {
                    var id = new Position(message.partition(), message.offset());
                    events.appendString("id: " + id + "\ndata: ").appendBytes(UsageEventJson.of(event))
                            .appendString("\n\n");
                }
            } catch (UnreadableEventException e) {
                LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(),
                        message.offset());
            }
        }
        return events;
    }

    /** Returns when the socket has taken it. */
    private void write(Buffer data) {
        Future.<Void>future(written -> onLoop(() -> {
            if (response.closed()) {
                written.fail("the client has gone");
                return;
            }
            if (!response.headWritten()) {
                Responses.beginStream(response);
            }
            response.write(data).onComplete(written);
        })).toCompletionStage().toCompletableFuture().join();
    }

    private void refuse(ApiError error) {
        onLoop(() -> Responses.error(response, error));
    }

    private void onLoop(Runnable work) {
        context.runOnContext(_ -> work.run());
    }
}
