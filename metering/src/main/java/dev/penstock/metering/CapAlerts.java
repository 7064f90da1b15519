package dev.penstock.metering;

import dev.penstock.metering.ledger.Account.Threshold;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.AlertKind;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.Period;
import dev.penstock.schemas.event.Verdict;
import dev.penstock.schemas.ledger.Periods;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * Tells when the spend of an account reaches a percentage of a cap, and when a cap first refuses a request. Each is told
 * once for an account, period and amount of the cap: not again after a restart, nor when a correction takes spend down
 * and more takes it up again. A cap of another amount is another cap, and is told of anew. It is looked at when an
 * attempt has ended and when the ledger answers; nothing is said of periods that are long over.
 */
final class CapAlerts extends ContextualProcessor<String, SpecificRecord, String, Alert> {
    /** The highest percentage that was told, by what {@link #about} says. */
    static final String STORE = "cap-alerts";
    private static final Duration PRUNE_EVERY = Duration.ofHours(1);
    private static final int DAYS_KEPT = 3;

    /** So much may be spent before there is anything to tell. */
    private record Calm(Cap cap, LocalDate day, long left) {}

    private final Alerts alerts;
    private final Pricing pricing;
    private final Supplier<Map<String, Cap>> configured;
    private final Map<String, Calm> calm = new HashMap<>();
    private KeyValueStore<String, Integer> told;
    private AccountBook book;

    private CapAlerts(Topics topics, Pricing pricing, Supplier<Map<String, Cap>> configured) {
        this.alerts = new Alerts(topics);
        this.pricing = pricing;
        this.configured = configured;
    }

    static ProcessorSupplier<String, SpecificRecord, String, Alert> supplier(Topics topics, Pricing pricing,
            Supplier<Map<String, Cap>> configured) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, SpecificRecord, String, Alert> get() {
                return new CapAlerts(topics, pricing, configured);
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(),
                        Serdes.Integer()));
            }
        };
    }

    @Override
    public void init(ProcessorContext<String, Alert> context) {
        super.init(context);
        told = context.getStateStore(STORE);
        book = new AccountBook(context, configured);
        context.schedule(PRUNE_EVERY, PunctuationType.WALL_CLOCK_TIME, _ -> prune());
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        if (record.value() instanceof AttemptEnded ended) {
            book.forget(ended);
            long amount = most(ended);
            for (String account : AccountBook.payers(ended)) {
                look(ended.getTenant(), account, ended.getBillingDay(), amount);
            }
        } else if (record.value() instanceof Allowance allowance) {
            look(allowance.getTenant(), allowance.getAccount(), allowance.getDay(), 0);
            Long cap = allowance.getCap();
            if (allowance.getVerdict() == Verdict.SHORT && cap != null) {
                LocalDate first = Periods.first(allowance.getPeriod(), allowance.getDay());
                tell(AlertKind.CAP_REFUSAL, allowance.getTenant(), allowance.getAccount(), allowance.getDay(),
                        new Threshold(allowance.getPeriod(), first, cap, allowance.getSettled(), 0, 0));
            }
        }
    }

    /** The most by which an attempt can have raised what is settled. */
    private long most(AttemptEnded ended) {
        Long cost = pricing.cost(ended);
        return Math.max(0, cost == null ? ended.getHoldUsed() : cost + ended.getAdjustNanoUsd());
    }

    /** The sums are added up only when a threshold may have been reached. */
    private void look(String tenant, String account, LocalDate day, long amount) {
        Cap cap = book.cap(account);
        if (cap.isNone()) {
            return;
        }
        Calm before = calm.get(account);
        long left = before != null && before.cap().equals(cap) && before.day().equals(day)
                ? before.left() - amount
                : 0;
        calm.put(account, new Calm(cap, day, left > 0 ? left : tellReached(tenant, account, day)));
    }

    /** Tells what is reached and returns how much is left to what comes next. */
    private long tellReached(String tenant, String account, LocalDate day) {
        long left = Long.MAX_VALUE;
        for (Threshold threshold : book.account(tenant, account).thresholds(day)) {
            if (threshold.left() > 0) {
                left = Math.min(left, threshold.left());
            } else {
                tell(AlertKind.CAP_THRESHOLD, tenant, account, day, threshold);
            }
        }
        return left;
    }

    private void tell(AlertKind kind, String tenant, String account, LocalDate day, Threshold what) {
        String about = about(account, what) + (kind == AlertKind.CAP_REFUSAL ? "|refused" : "");
        @Nullable
        Integer highest = told.get(about);
        if (isOver(what.period(), what.first()) || highest != null && highest >= what.percent()) {
            return;
        }
        told.put(about, what.percent());
        Instant now = Instant.ofEpochMilli(context().currentSystemTimeMs());
        context().forward(alerts.record(Alert.newBuilder().setId(Alerts.id(about + "|" + what.percent()))
                .setTenant(tenant).setAccount(account).setKind(kind).setAt(now).setDay(day).setPeriod(what.period())
                .setPercent(what.percent()).setCap(what.limit()).setSettled(what.settled()).build()));
    }

    private static String about(String account, Threshold what) {
        return String.join("|", account, what.period().name(), what.first().toString(), Long.toString(what.limit()));
    }

    private boolean isOver(Period period, LocalDate first) {
        Instant now = Instant.ofEpochMilli(context().currentSystemTimeMs());
        return Periods.next(period, first).plusDays(DAYS_KEPT).isBefore(LocalDate.ofInstant(now, ZoneOffset.UTC));
    }

    private void prune() {
        try (var all = told.all()) {
            all.forEachRemaining(entry -> {
                String[] about = entry.key.split("\\|", -1);
                if (isOver(Period.valueOf(about[1]), LocalDate.parse(about[2]))) {
                    told.delete(entry.key);
                }
            });
        }
        calm.clear();
    }
}
