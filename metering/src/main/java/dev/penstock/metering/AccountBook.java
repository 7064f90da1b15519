package dev.penstock.metering;

import dev.penstock.metering.ledger.Account;
import dev.penstock.metering.ledger.Days;
import dev.penstock.metering.ledger.Granted;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.event.AccountCap;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.Grants;
import dev.penstock.schemas.event.Spend;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of a task as its stores have them. What was settled is read once from the sums, and again only when more
 * was, so whoever owns a book tells it of each attempt that has ended. Confined to the task's thread.
 */
final class AccountBook {
    private static final int MOST_SUMS = 10_000;

    private final Supplier<Map<String, Cap>> configured;
    private final KeyValueStore<String, AccountCap> caps;
    private final KeyValueStore<String, Grants> grants;
    private final KeyValueStore<String, Spend> sums;
    private final Map<String, Long> settled = new HashMap<>();

    /** @param configured the caps of the settings, which count where none was set at run time */
    AccountBook(ProcessorContext<?, ?> context, Supplier<Map<String, Cap>> configured) {
        this.configured = configured;
        this.caps = context.getStateStore(Ledger.CAPS);
        this.grants = context.getStateStore(Ledger.STORE);
        this.sums = context.getStateStore(SpendTotals.STORE);
    }

    /** Where the grants of an account's day are kept. */
    static String key(String account, LocalDate day) {
        return account + "|" + day;
    }

    static LocalDate day(String key) {
        return LocalDate.parse(key.substring(key.lastIndexOf('|') + 1));
    }

    /** The accounts that pay for an attempt. */
    static List<String> payers(AttemptEnded ended) {
        return List.of(ended.getTenant(), Caps.account(ended.getTenant(), ended.getKeyId()));
    }

    /** The cap that is in force. */
    Cap cap(String account) {
        AccountCap set = caps.get(account);
        return set == null ? configured.get().getOrDefault(account, Cap.NONE) : Cap.of(set);
    }

    Account account(String tenant, String account) {
        return new Account(cap(account), new AccountDays(tenant, account));
    }

    /** The attempt is in the sums now. */
    void forget(AttemptEnded ended) {
        for (String account : payers(ended)) {
            settled.remove(key(account, ended.getBillingDay()));
        }
    }

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
