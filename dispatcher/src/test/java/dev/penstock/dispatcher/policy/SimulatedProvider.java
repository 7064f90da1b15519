package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Quota;
import dev.penstock.schemas.catalog.Quotas;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** A provider in virtual time: how it answers at a time, and what it was asked. */
final class SimulatedProvider {
    /** How a call goes. */
    sealed interface Way {
        /** An answer after so long. */
        record Answer(Duration after) implements Way {}

        /** 429 with Retry-After. */
        record Full(Duration retry) implements Way {}

        /** 503, or a time-out, after so long. */
        record Refusal(Duration after) implements Way {}

        /** Dies after so long in the middle of its answer. */
        record Death(Duration after) implements Way {}
    }

    static final long TOKENS = 300;

    final Provider provider;
    final int partitions;
    private final LongFunction<Way> behaviour;
    private final List<Long> begun = new ArrayList<>();
    int calls;
    int refused;
    int open;
    int mostOpen;
    long openNanos;
    private long openSince;

    SimulatedProvider(String name, int slots, @Nullable Integer rpm, @Nullable Integer tpm, int partitions,
            LongFunction<Way> behaviour) {
        this.provider = new Provider(name, ProviderKind.OPENAI, URI.create("http://acme.test/v1"), null, slots,
                Provider.Timeouts.DEFAULT, List.of(),
                new Quotas(new Quota(null, rpm, tpm), Map.of(), Quota.UNLIMITED, Quotas.DEFAULT_BATCH_SHARE));
        this.partitions = partitions;
        this.behaviour = behaviour;
    }

    Way call(long now) {
        count(now);
        calls++;
        open++;
        mostOpen = Math.max(mostOpen, open);
        begun.add(now);
        Way way = behaviour.apply(now);
        refused += way instanceof Way.Full || way instanceof Way.Refusal ? 1 : 0;
        return way;
    }

    void ended(long now) {
        count(now);
        open--;
    }

    private void count(long now) {
        openNanos += open * (now - openSince);
        openSince = now;
    }

    /** The most calls that were begun within a minute, whenever that began. */
    int mostInAMinute() {
        int most = 0;
        int first = 0;
        for (int last = 0; last < begun.size(); last++) {
            while (begun.get(last) - begun.get(first) >= Duration.ofMinutes(1).toNanos()) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }
}
