package dev.penstock.metering;

import dev.penstock.metering.webhook.Webhooks;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ledger's keeper: deduplicates attempts, prices them, publishes usage, spend and alerts. */
public final class Metering implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Metering.class);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(10);

    private final KafkaStreams streams;
    private final AtomicReference<Map<String, Cap>> caps;
    private final Webhooks webhooks;

    private Metering(KafkaStreams streams, AtomicReference<Map<String, Cap>> caps, Webhooks webhooks) {
        this.caps = caps;
        this.streams = streams;
        this.webhooks = webhooks;
    }

    /** Starts metering; returns at once. */
    public static Metering start(MeteringConfig config) {
        var caps = new AtomicReference<>(Caps.configured(config.catalog()));
        var streams = new KafkaStreams(
                MeteringTopology.of(config.topics(), config.catalog(), caps::get, config.margin()),
                MeteringSettings.of(config));
        streams.setUncaughtExceptionHandler(Metering::onFailure);
        streams.start();
        return new Metering(streams, caps, Webhooks.start(config.kafka(), config.topics(), config.webhooks()));
    }

    /** The settings have changed: these are their caps, by account, from the next request on. */
    public void configure(Map<String, Cap> configured) {
        caps.set(Map.copyOf(configured));
    }

    /** Whether it is processing. */
    public boolean ready() {
        return streams.state() == KafkaStreams.State.RUNNING;
    }

    /** Stops within ten seconds; what was not committed is processed again at the next start. */
    @Override
    public void close() {
        streams.close(CloseOptions.timeout(CLOSE_WITHIN)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        webhooks.close();
    }

    /** What may pass is tried again by a new thread; what may not stops metering, and {@link #ready} tells. */
    private static StreamThreadExceptionResponse onFailure(Throwable cause) {
        boolean passing = cause instanceof RetriableException || cause.getCause() instanceof RetriableException;
        LOG.error("metering failed, {}", passing ? "trying again" : "stopping", cause);
        return passing ? StreamThreadExceptionResponse.REPLACE_THREAD : StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
}
