package dev.penstock.ingress;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers that are kept, told to whoever follows one, from its head on and as it grows. One thread and one consumer
 * serve all followers: of each partition it reads in turn where each of them is, so that one who begins in the past
 * does not keep the others waiting long; those at the end of the log are at the same place. Nothing is kept here but what a
 * follower has not yet taken, and of that no more than {@value #HELD_BYTES} bytes and a record: then it is read on when
 * it has. The rest may be called from any thread.
 */
final class ResponseLog implements AutoCloseable {
    static final int HELD_BYTES = 256 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ResponseLog.class);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Topic<String, ResponsePart> topic;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Queue<Follower> arrivals = new ConcurrentLinkedQueue<>();
    private final Map<TopicPartition, List<Follower>> followers = new HashMap<>();
    private final Thread thread;
    private volatile boolean closing;
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private int partitions;
    private long turns;

    static ResponseLog open(IngressConfig config) {
        var properties = new HashMap<String, Object>(config.kafka());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-ingress-responses");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // A fetch that waits at the broker keeps one for another place waiting.
        properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) POLL.toMillis());
        return new ResponseLog(config.topics().responses(),
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
    }

    private ResponseLog(Topic<String, ResponsePart> topic, KafkaConsumer<byte[], byte[]> consumer) {
        this.topic = topic;
        this.consumer = consumer;
        this.thread = Thread.ofPlatform().name("penstock-responses").daemon().start(this::run);
    }

    /** Is told of an answer, on the context that was given. */
    interface Listener {
        /** A part of it, in the order of the log; at least its head comes first. What has been used up of it is to be {@link Follower#taken}. */
        void part(ResponsePart part, int bytes);

        /** All that was on the log when it was asked for has been told. Once. */
        void caughtUp();
    }

    /** Somebody who follows an answer until it is closed. */
    static final class Follower implements AutoCloseable {
        private final String requestId;
        private final long since;
        private final Context context;
        private final Listener listener;
        private final AtomicInteger held = new AtomicInteger();
        private volatile boolean closed;
        // what follows is the reading thread's
        private long next;
        private long until;
        private long turn;
        private boolean full;
        private boolean caughtUp;

        private Follower(String requestId, long since, Context context, Listener listener) {
            this.requestId = requestId;
            this.since = since;
            this.context = context;
            this.listener = listener;
        }

        /** So many bytes of what was told are used up. */
        void taken(int bytes) {
            held.addAndGet(-bytes);
        }

        /** Nothing is told any more, except what is on its way already. */
        @Override
        public void close() {
            closed = true;
        }

        private boolean ready() {
            full = full && held.get() > HELD_BYTES / 2;
            return !full && !closed;
        }

        private void tell(ConsumerRecord<byte[], byte[]> message, ResponsePart part) {
            int bytes = message.value().length;
            next = message.offset() + 1;
            full = held.addAndGet(bytes) > HELD_BYTES;
            context.runOnContext(_ -> listener.part(part, bytes));
        }

        private void readUpTo(long position) {
            if (!full) {
                next = Math.max(next, position);
            }
            if (!caughtUp && next >= until) {
                caughtUp = true;
                context.runOnContext(_ -> listener.caughtUp());
            }
        }
    }

    /**
     * Follows the answer of a request.
     *
     * @param context on which the listener is called
     * @return null if this is no id of a request
     */
    @Nullable
    Follower follow(String requestId, Context context, Listener listener) {
        Long since = RequestIds.time(requestId);
        if (since == null) {
            return null;
        }
        var follower = new Follower(requestId, since, context, listener);
        arrivals.add(follower);
        LockSupport.unpark(thread);
        return follower;
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (consumer) {
            while (!closing) {
                try {
                    admit();
                    read();
                } catch (KafkaException e) {
                    LOG.warn("answers cannot be read, trying again", e);
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
            }
        }
    }

    /** Finds the places where those begin that have come meanwhile; if Kafka fails to tell they stay for the next time. */
    private void admit() {
        if (arrivals.isEmpty()) {
            return;
        }
        if (partitions == 0) {
            partitions = consumer.partitionsFor(topic.name()).size();
        }
        List<Follower> come = List.copyOf(arrivals);
        var since = new HashMap<TopicPartition, Long>();
        come.forEach(follower -> since.merge(place(follower), follower.since, Math::min));
        Map<TopicPartition, Long> ends = consumer.endOffsets(since.keySet());
        Map<TopicPartition, OffsetAndTimestamp> begins = consumer.offsetsForTimes(since);
        for (Follower follower : come) {
            TopicPartition place = place(follower);
            OffsetAndTimestamp begin = begins.get(place);
            follower.until = ends.getOrDefault(place, 0L);
            follower.next = begin == null ? follower.until : begin.offset();
            followers.computeIfAbsent(place, _ -> new ArrayList<>()).add(follower);
            follower.readUpTo(follower.next);
        }
        arrivals.removeAll(come);
    }

    private TopicPartition place(Follower follower) {
        return new TopicPartition(topic.name(), topic.partition(follower.requestId, partitions));
    }

    private void read() {
        var wanted = new HashMap<TopicPartition, Long>();
        followers.values().removeIf(all -> {
            all.removeIf(follower -> follower.closed);
            return all.isEmpty();
        });
        followers.forEach((place, all) -> all.stream().filter(Follower::ready)
                .min(Comparator.comparingLong(follower -> follower.turn))
                .ifPresent(follower -> wanted.put(place, follower.next)));
        if (wanted.isEmpty()) {
            LockSupport.parkNanos(followers.isEmpty() ? Long.MAX_VALUE : POLL.toNanos());
            return;
        }
        if (!consumer.assignment().equals(wanted.keySet())) {
            consumer.assign(new HashSet<>(wanted.keySet()));
            positions.keySet().retainAll(wanted.keySet());
        }
        wanted.forEach((place, offset) -> {
            if (!offset.equals(positions.get(place))) {
                consumer.seek(place, offset);
            }
        });
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        wanted.forEach((place, offset) -> tell(place, offset, records.records(place)));
    }

    private void tell(TopicPartition place, long from, List<ConsumerRecord<byte[], byte[]>> records) {
        long position = consumer.position(place);
        positions.put(place, position);
        var here = new HashMap<String, List<Follower>>();
        for (Follower follower : followers.getOrDefault(place, List.of())) {
            if (follower.ready() && from <= follower.next && follower.next <= position) {
                here.computeIfAbsent(follower.requestId, _ -> new ArrayList<>()).add(follower);
                follower.turn = ++turns;
            }
        }
        for (ConsumerRecord<byte[], byte[]> message : records) {
            List<Follower> of = message.key() == null
                    ? null
                    : here.get(new String(message.key(), StandardCharsets.UTF_8));
            if (of != null) {
                tell(message, of);
            }
        }
        here.values().forEach(all -> all.forEach(follower -> follower.readUpTo(position)));
    }

    private void tell(ConsumerRecord<byte[], byte[]> message, List<Follower> of) {
        try {
            ResponsePart part = topic.value(message.value());
            of.stream().filter(follower -> !follower.full && follower.next <= message.offset())
                    .forEach(follower -> follower.tell(message, part));
        } catch (UnreadableEventException _) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
        }
    }
}
