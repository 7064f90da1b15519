package dev.penstock.metering;

import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.Hold;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Passes on the ends of attempts, and makes one up for an attempt with a hold that has none {@link #MARGIN} after its
 * deadline: its worker was lost, and it may have cost all of its hold. If its end comes after all, that is passed on as
 * a correction.
 */
final class LostAttempts extends ContextualProcessor<String, SpecificRecord, String, SpecificRecord> {
    /** Attempts that have started, by their id; those that were settled as lost, by {@link #LOST} and their id. */
    static final String STORE = "open-attempts";
    static final String LOST = "lost|";
    static final String LOST_CODE = "lost";
    /** For calls that are still being cut off, events on their way, and clocks that disagree. */
    static final Duration MARGIN = Duration.ofMinutes(2);
    static final Duration CHECK_EVERY = Duration.ofSeconds(10);
    private static final String LATE = "/late";

    private KeyValueStore<String, AttemptStarted> open;
    private Lag lag;

    static ProcessorSupplier<String, SpecificRecord, String, SpecificRecord> supplier(Serde<AttemptStarted> serde) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, SpecificRecord, String, SpecificRecord> get() {
                return new LostAttempts();
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(
                        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), serde));
            }
        };
    }

    @Override
    public void init(ProcessorContext<String, SpecificRecord> context) {
        super.init(context);
        open = context.getStateStore(STORE);
        lag = new Lag(context.currentSystemTimeMs(), MARGIN.toMillis());
        context.schedule(CHECK_EVERY, PunctuationType.WALL_CLOCK_TIME, this::settleLost);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        lag.took(record.timestamp(), context().currentSystemTimeMs());
        if (record.value() instanceof AttemptStarted started && started.getHold() != null
                && open.get(LOST + started.getAttemptId()) == null) {
            open.put(started.getAttemptId(), started);
        } else if (record.value() instanceof AttemptEnded ended) {
            context().forward(ended.getHold() == null ? record : record.withValue(end(ended)));
        }
    }

    private AttemptEnded end(AttemptEnded ended) {
        open.delete(ended.getAttemptId());
        AttemptStarted lost = open.get(LOST + ended.getAttemptId());
        return lost == null || lost.getHold() == null
                ? ended
                : AttemptEnded.newBuilder(ended).setAttemptId(ended.getAttemptId() + LATE)
                        .setCorrects(ended.getAttemptId()).setAdjustNanoUsd(-lost.getHold().getNanoUsd()).setHold(null)
                        .setHoldUsed(0).build();
    }

    private void settleLost(long now) {
        if (lag.isBehind(now)) {
            return;
        }
        var lost = new ArrayList<KeyValue<String, AttemptStarted>>();
        try (var all = open.all()) {
            all.forEachRemaining(entry -> {
                Duration kept = entry.key.startsWith(LOST) ? Deduplicate.RETENTION : MARGIN;
                Instant deadline = entry.value.getDeadline();
                if (deadline != null && deadline.plus(kept).toEpochMilli() < now) {
                    lost.add(entry);
                }
            });
        }
        for (KeyValue<String, AttemptStarted> entry : lost) {
            open.delete(entry.key);
            if (!entry.key.startsWith(LOST)) {
                open.put(LOST + entry.key, entry.value);
                context().forward(new Record<>(entry.value.getTenant(), end(entry.value, now), now));
            }
        }
    }

    private static AttemptEnded end(AttemptStarted started, long now) {
        Hold hold = started.getHold();
        long amount = hold == null ? 0 : hold.getNanoUsd();
        return AttemptEnded.newBuilder().setAttemptId(started.getAttemptId()).setRequestId(started.getRequestId())
                .setAttempt(started.getAttempt()).setTenant(started.getTenant()).setKeyId(started.getKeyId())
                .setLane(started.getLane()).setBillingDay(started.getBillingDay()).setModel(started.getModel())
                .setProvider(started.getProvider()).setProviderModel(started.getProviderModel())
                .setStartedAt(started.getStartedAt())
                .setEndedAt(Instant.ofEpochMilli(now).truncatedTo(ChronoUnit.MICROS))
                .setEnd(AttemptEnd.BROKEN).setErrorCode(LOST_CODE).setHold(hold).setHoldUsed(amount)
                .setAdjustNanoUsd(amount).setRoute(started.getRoute()).setArm(started.getArm()).build();
    }
}
