package dev.penstock.metering;

import dev.penstock.metering.ledger.Account;
import dev.penstock.metering.ledger.Days;
import dev.penstock.metering.ledger.Granted;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.event.AccountCap;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.Grants;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Spend;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
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
import org.jspecify.annotations.Nullable;

/**
 * Grants allowances, and takes back of them what attempts have used. What was settled is the sum of the published
 * spend, which the attempt has been added to when it comes here: there is no second count that could differ. An answer
 * asks for a commit, since a caller may wait for it; nothing else does.
 */
final class Ledger extends ContextualProcessor<String, SpecificRecord, String, Allowance> {
    static final String STORE = "grants";
    static final String CAPS = "caps";
    private static final int DAYS_KEPT = 3;
    private static final int MOST_SUMS = 10_000;

    private final Pricing pricing;
    private final Supplier<Map<String, Cap>> configured;
    private final Duration closeEvery;
    private final Map<String, Long> settled = new HashMap<>();
    private KeyValueStore<String, Grants> grants;
    private KeyValueStore<String, Spend> sums;
    private KeyValueStore<String, AccountCap> caps;
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
        sums = context.getStateStore(SpendTotals.STORE);
        caps = context.getStateStore(CAPS);
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
        var days = new AccountDays(request.getTenant(), request.getAccount());
        Account.Answer answer = new Account(cap(request.getAccount()), days).ask(request, now);
        if (answer != null) {
            grants.put(key(request.getAccount(), request.getDay()), answer.grants());
            context().forward(new Record<>(request.getTenant(), answer.allowance(), now));
            context().commit();
        }
    }

    private void settle(AttemptEnded ended) {
        forget(ended.getTenant(), ended.getKeyId(), ended.getBillingDay());
        Hold hold = ended.getHold();
        if (hold == null) {
            return;
        }
        boolean priced = pricing.cost(ended) != null;
        for (HeldFrom from : hold.getFrom()) {
            String key = key(from.getAccount(), ended.getBillingDay());
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
                        && day(entry.key).plusDays(DAYS_KEPT)
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

    private Cap cap(String account) {
        AccountCap set = caps.get(account);
        return set == null ? configured.get().getOrDefault(account, Cap.NONE) : Cap.of(set);
    }

    private static String key(String account, LocalDate day) {
        return account + "|" + day;
    }

    private static LocalDate day(String key) {
        return LocalDate.parse(key.substring(key.lastIndexOf('|') + 1));
    }

    private void forget(String tenant, String keyId, LocalDate day) {
        for (String account : List.of(tenant, Caps.account(tenant, keyId))) {
            settled.remove(key(account, day));
        }
    }

    /** What was settled is read once from the sums, and again only when more was. */
    private final class AccountDays implements Days {
        private final String tenant;
        private final String account;

        AccountDays(String tenant, String account) {
            this.tenant = tenant;
            this.account = account;
        }

        @Override
        public long settled(LocalDate day) {
            if (settled.size() > MOST_SUMS) {
                settled.clear();
            }
            return settled.computeIfAbsent(key(account, day), _ -> sum(day));
        }

        @Override
        public Grants grants(LocalDate day) {
            @Nullable
            Grants known = grants.get(key(account, day));
            return known == null ? Granted.NONE : known;
        }

        private long sum(LocalDate day) {
            String from = Topics.spendKey(tenant, day);
            String keyId = account.equals(tenant) ? null : account.substring(tenant.length() + 1);
            long sum = 0;
            try (var all = sums.range(from, from + Character.MAX_VALUE)) {
                while (all.hasNext()) {
                    Spend spend = all.next().value;
                    if (keyId == null || keyId.equals(spend.getKeyId())) {
                        sum += spend.getCostNanoUsd();
                    }
                }
            }
            return sum;
        }
    }
}
