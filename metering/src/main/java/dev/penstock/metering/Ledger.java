package dev.penstock.metering;

import dev.penstock.metering.ledger.Account;
import dev.penstock.metering.ledger.Granted;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.Grants;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
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
 * Grants allowances, and takes back of them what attempts have used. What was settled is the sum of the published
 * spend, which the attempt has been added to when it comes here: there is no second count that could differ. An answer
 * asks for a commit, since a caller may wait for it; nothing else does.
 */
final class Ledger extends ContextualProcessor<String, SpecificRecord, String, Allowance> {
    static final String STORE = "grants";
    static final String CAPS = "caps";
    private static final int DAYS_KEPT = 3;

    private final Pricing pricing;
    private final Supplier<Map<String, Cap>> configured;
    private final Duration closeEvery;
    private AccountBook book;
    private KeyValueStore<String, Grants> grants;
    private KeyValueStore<String, AttemptStarted> open;
    private long startedAt;
    private Lag lag;

    private Ledger(Pricing pricing, Supplier<Map<String, Cap>> configured, Duration closeEvery) {
        this.closeEvery = closeEvery;
        this.pricing = pricing;
        this.configured = configured;
    }

    static ProcessorSupplier<String, SpecificRecord, String, Allowance> supplier(Serde<Grants> serde, Pricing pricing,
            Supplier<Map<String, Cap>> configured, Duration margin) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, SpecificRecord, String, Allowance> get() {
                return new Ledger(pricing, configured, LostAttempts.checkEvery(margin));
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(
                        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), serde));
            }
        };
    }

    @Override
    public void init(ProcessorContext<String, Allowance> context) {
        super.init(context);
        grants = context.getStateStore(STORE);
        book = new AccountBook(context, configured);
        open = context.getStateStore(LostAttempts.STORE);
        startedAt = context.currentSystemTimeMs();
        lag = new Lag(startedAt, 0);
        context.schedule(closeEvery, PunctuationType.WALL_CLOCK_TIME, this::closeSilent);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        lag.took(record.timestamp(), context().currentSystemTimeMs());
        if (record.value() instanceof AllowanceRequest request) {
            answer(request);
        } else if (record.value() instanceof AttemptEnded ended) {
            settle(ended);
        }
    }

    private void answer(AllowanceRequest request) {
        long now = context().currentSystemTimeMs();
        Account.Answer answer = book.account(request.getTenant(), request.getAccount()).ask(request, now);
        if (answer != null) {
            grants.put(AccountBook.key(request.getAccount(), request.getDay()), answer.grants());
            context().forward(new Record<>(request.getTenant(), answer.allowance(), now));
            context().commit();
        }
    }

    private void settle(AttemptEnded ended) {
        book.forget(ended);
        Hold hold = ended.getHold();
        if (hold == null) {
            return;
        }
        boolean priced = pricing.cost(ended) != null;
        for (HeldFrom from : hold.getFrom()) {
            String key = AccountBook.key(from.getAccount(), ended.getBillingDay());
            Grants before = grants.get(key);
            if (before != null) {
                Grants after = Granted.use(before, from.getParty(), ended.getHoldUsed());
                grants.put(key, priced ? after : Granted.addUnpriced(after, ended.getHoldUsed()));
            }
        }
    }

    private void closeSilent(long now) {
        if (lag.isBehind(now)) {
            return;
        }
        Set<String> running = running();
        try (var all = grants.all()) {
            while (all.hasNext()) {
                KeyValue<String, Grants> entry = all.next();
                Grants after = Granted.closeSilent(entry.value, now, startedAt, running::contains);
                boolean over = Granted.outstanding(after) == 0 && after.getUnpriced() == 0
                        && AccountBook.day(entry.key).plusDays(DAYS_KEPT)
                                .isBefore(LocalDate.ofInstant(Instant.ofEpochMilli(now), ZoneOffset.UTC));
                if (over) {
                    grants.delete(entry.key);
                } else if (!after.equals(entry.value)) {
                    grants.put(entry.key, after);
                }
            }
        }
    }

    private Set<String> running() {
        var running = new HashSet<String>();
        try (var all = open.all()) {
            all.forEachRemaining(entry -> {
                Hold hold = entry.value.getHold();
                if (hold != null && !entry.key.startsWith(LostAttempts.LOST)) {
                    hold.getFrom().forEach(from -> running.add(from.getParty()));
                }
            });
        }
        return running;
    }
}
