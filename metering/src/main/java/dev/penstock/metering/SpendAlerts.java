package dev.penstock.metering;

import dev.penstock.metering.anomaly.Anomaly;
import dev.penstock.metering.anomaly.Hours;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.AlertKind;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.SpendHistory;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
import org.jspecify.annotations.Nullable;

/**
 * Tells of tenants and keys whose hour is not like their others, in spend or in the models it went to. Hours are those of
 * the attempts' ends; one is closed by a later attempt of the account, or by the clock unless metering is behind. Of an
 * hour that ended more than {@link #STALE} ago it is learnt and nothing said, so that a replay raises no flood.
 *
 * <p>What is spent is gathered in memory and put into the store every few seconds, not with each attempt: it would be
 * two more records for each. A crash may cost a history those seconds; it is a habit that is kept here, not money.
 */
final class SpendAlerts extends ContextualProcessor<String, AttemptEnded, String, Alert> {
    static final String STORE = "spend-history";
    static final Duration STALE = Duration.ofHours(6);
    static final Duration KEEP_EVERY = Duration.ofSeconds(5);
    /** After an hour has ended: for attempts of other dispatchers that are still on their way. */
    static final Duration GRACE = Duration.ofMinutes(1);
    /** Accounts that were silent for so long are forgotten. */
    static final Duration RETENTION = Duration.ofDays(60);
    private static final int MOST_IN_MEMORY = 10_000;

    private final Alerts alerts;
    private final Pricing pricing;
    private final Catalog catalog;
    private final Map<String, Hours> changed = new HashMap<>();
    private KeyValueStore<String, SpendHistory> histories;
    private Lag lag;
    private long closedBefore;

    private SpendAlerts(Topics topics, Pricing pricing) {
        this.alerts = new Alerts(topics);
        this.pricing = pricing;
        this.catalog = pricing.catalog();
    }

    static ProcessorSupplier<String, AttemptEnded, String, Alert> supplier(Topics topics, Pricing pricing) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, AttemptEnded, String, Alert> get() {
                return new SpendAlerts(topics, pricing);
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(),
                        topics.spendHistory()));
            }
        };
    }

    @Override
    public void init(ProcessorContext<String, Alert> context) {
        super.init(context);
        histories = context.getStateStore(STORE);
        lag = new Lag(context.currentSystemTimeMs(), GRACE.toMillis());
        context.schedule(KEEP_EVERY, PunctuationType.WALL_CLOCK_TIME, this::tick);
    }

    /** What a lost attempt was settled with is its hold, not what it cost, and says nothing about habits. */
    @Override
    public void process(Record<String, AttemptEnded> record) {
        AttemptEnded ended = record.value();
        long now = context().currentSystemTimeMs();
        lag.took(record.timestamp(), now);
        Long cost = pricing.cost(ended);
        if (cost != null && cost > 0) {
            // What comes too late counts in the open hour; and some clock may be ahead.
            long hour = Math.clamp(hour(ended.getEndedAt().toEpochMilli()), Math.min(closedBefore, hour(now)),
                    hour(now));
            for (String account : AccountBook.payers(ended)) {
                Hours hours = changed.computeIfAbsent(account, _ -> read(account, ended.getTenant()));
                tell(account, ended.getTenant(), hours.add(hour, ended.getModel(), cost), now);
            }
            if (changed.size() > MOST_IN_MEMORY) {
                keep();
            }
        }
    }

    private Hours read(String account, String tenant) {
        @Nullable
        SpendHistory kept = histories.get(account);
        return kept == null ? new Hours(tenant) : new Hours(kept);
    }

    private void tick(long now) {
        keep();
        long open = hour(now - GRACE.toMillis());
        if (open > closedBefore && !lag.isBehind(now)) {
            closeBefore(open, now);
            closedBefore = open;
        }
    }

    private void keep() {
        changed.forEach((account, hours) -> histories.put(account, hours.toKeep()));
        changed.clear();
    }

    private void closeBefore(long open, long now) {
        long forgotten = hour(now - RETENTION.toMillis());
        var over = new ArrayList<KeyValue<String, SpendHistory>>();
        try (var all = histories.all()) {
            all.forEachRemaining(entry -> {
                if (entry.value.getHour() < open) {
                    over.add(entry);
                }
            });
        }
        for (KeyValue<String, SpendHistory> entry : over) {
            var hours = new Hours(entry.value);
            tell(entry.key, hours.tenant(), hours.closeBefore(open), now);
            if (hours.hour() < forgotten) {
                histories.delete(entry.key);
            } else {
                histories.put(entry.key, hours.toKeep());
            }
        }
    }

    private void tell(String account, String tenant, List<Anomaly> anomalies, long now) {
        for (Anomaly anomaly : anomalies) {
            Instant from = Instant.EPOCH.plus(Duration.ofHours(anomaly.hour()));
            if (from.plus(Duration.ofHours(1)).plus(STALE).toEpochMilli() >= now) {
                context().forward(alerts.record(alert(account, tenant, anomaly, from, now)));
            }
        }
    }

    private Alert alert(String account, String tenant, Anomaly anomaly, Instant hour, long now) {
        var alert = Alert.newBuilder().setTenant(tenant).setAccount(account).setAt(Instant.ofEpochMilli(now))
                .setDay(LocalDate.ofInstant(hour, zone(tenant))).setHour(hour).setSettled(anomaly.spent());
        var told = switch (anomaly) {
            case Anomaly.Spend spend -> alert.setKind(AlertKind.SPEND_ANOMALY).setExpected(spend.expected())
                    .setSeen(spend.spent());
            case Anomaly.Mix mix -> alert.setKind(AlertKind.MODEL_MIX_ANOMALY).setModel(mix.model())
                    .setExpected(mix.expected()).setSeen(mix.seen());
        };
        return told.setId(Alerts.id(account + "|" + told.getKind() + "|" + hour)).build();
    }

    private ZoneId zone(String name) {
        @Nullable
        Tenant tenant = catalog.tenants().get(name);
        return tenant == null ? ZoneOffset.UTC : tenant.zone();
    }

    private static long hour(long ms) {
        return Math.floorDiv(ms, TimeUnit.HOURS.toMillis(1));
    }
}
