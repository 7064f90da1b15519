package dev.penstock.metering;

import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.UsageEvent;
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
 * Passes on the ends of attempts, and makes one up for an attempt with a hold that has none so long after its deadline
 * that it must be there by then: its worker was lost, and it may have cost all of its hold. If its end comes after all, that is passed on as
 * a correction.
 */
final class LostAttempts extends ContextualProcessor<String, SpecificRecord, String, SpecificRecord> {
    /** Attempts that have started, by their id; those that were settled as lost, by {@link #LOST} and their id. */
    static final String STORE = "open-attempts";
    static final String LOST = "lost|";
    private static final String LOST_CODE = "lost";
    private static final Duration CHECK_EVERY = Duration.ofSeconds(10);
    private static final String LATE = "/late";

    private final Duration margin;
    private KeyValueStore<String, AttemptStarted> open;
    private Lag lag;

    private LostAttempts(Duration margin) {
        this.margin = margin;
    }

    /** How often what is silent is looked for: not much later than it may be found. */
    static Duration checkEvery(Duration margin) {
        return margin.compareTo(CHECK_EVERY) < 0 ? margin : CHECK_EVERY;
    }

    /** @param margin after an attempt's deadline */
    static ProcessorSupplier<String, SpecificRecord, String, SpecificRecord> supplier(Serde<AttemptStarted> serde,
            Duration margin) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, SpecificRecord, String, SpecificRecord> get() {
                return new LostAttempts(margin);
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
        lag = new Lag(context.currentSystemTimeMs(), margin.toMillis());
        context.schedule(checkEvery(margin), PunctuationType.WALL_CLOCK_TIME, this::settleLost);
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
        return lost == null || lost.getHold() == null ? ended : late(ended, lost.getHold());
    }

    /** What an end says that came after its attempt had been settled as lost. */
    static AttemptEnded late(AttemptEnded ended, Hold settled) {
        return AttemptEnded.newBuilder(ended).setAttemptId(ended.getAttemptId() + LATE)
                .setCorrects(ended.getAttemptId()).setAdjustNanoUsd(-settled.getNanoUsd()).setHold(null)
                .setHoldUsed(0).build();
    }

    private void settleLost(long now) {
        if (lag.isBehind(now)) {
            return;
        }
        var lost = new ArrayList<KeyValue<String, AttemptStarted>>();
        try (var all = open.all()) {
            all.forEachRemaining(entry -> {
                Duration kept = entry.key.startsWith(LOST) ? Deduplicate.RETENTION : margin;
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
                context().forward(
                        new Record<>(entry.value.getTenant(), lost(entry.value, Instant.ofEpochMilli(now)), now));
            }
        }
    }

    /** Whether it is of an attempt whose end was made up; a provider may have our code for its errors, but then counts. */
    static boolean isLost(UsageEvent usage) {
        return usage.getEnd() == AttemptEnd.BROKEN && usage.getTokens() == null
                && LOST_CODE.equals(usage.getErrorCode());
    }

    /** The end of an attempt that has none, as it is made up at some time. */
    static AttemptEnded lost(AttemptStarted started, Instant at) {
        Hold hold = started.getHold();
        long amount = hold == null ? 0 : hold.getNanoUsd();
        return AttemptEnded.newBuilder().setAttemptId(started.getAttemptId()).setRequestId(started.getRequestId())
                .setAttempt(started.getAttempt()).setTenant(started.getTenant()).setKeyId(started.getKeyId())
                .setLane(started.getLane()).setBillingDay(started.getBillingDay()).setModel(started.getModel())
                .setProvider(started.getProvider()).setProviderModel(started.getProviderModel())
                .setStartedAt(started.getStartedAt())
                .setEndedAt(at.truncatedTo(ChronoUnit.MICROS))
                .setEnd(AttemptEnd.BROKEN).setErrorCode(LOST_CODE).setHold(hold).setHoldUsed(amount)
                .setAdjustNanoUsd(amount).setRoute(started.getRoute()).setArm(started.getArm())
                .setContinues(started.getContinues()).build();
    }
}
