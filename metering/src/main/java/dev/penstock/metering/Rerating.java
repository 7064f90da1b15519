package dev.penstock.metering;

import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageEvent;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the traffic of the log would have cost at other prices. Reads only. */
public final class Rerating {
    /**
     * The traffic of one model; amounts in nano-US-dollars.
     *
     * @param attempts those that used tokens
     * @param published the sum of the known costs
     * @param unpriced attempts whose cost is unknown
     * @param rerated the sum at the other prices, where they are known; null if there is none for the model
     */
    public record Change(long attempts, long published, long unpriced, @Nullable Long rerated) {}

    private Rerating() {}

    /**
     * By model, as callers named it. Blocks until the log is read.
     *
     * @param prices the other price of what was called, or null
     */
    public static SortedMap<String, Change> of(MeteringConfig config,
            Function<UsageEvent, @Nullable Price> prices) {
        var changes = new TreeMap<String, Change>();
        var topic = config.topics().usage();
        try (var log = new Replay(config.kafka())) {
            for (int partition = 0; partition < log.partitions(topic); partition++) {
                log.read(topic, partition, 0, log.end(topic, partition),
                        message -> add(changes, message.value(), prices.apply(message.value())));
            }
        }
        return changes;
    }

    private static void add(Map<String, Change> changes, UsageEvent usage, @Nullable Price price) {
        Tokens tokens = usage.getTokens();
        if (tokens == null) {
            return;
        }
        Change before = changes.getOrDefault(usage.getModel(), new Change(0, 0, 0, price == null ? null : 0L));
        Long cost = usage.getCostNanoUsd();
        Long other = price == null ? null : price.cost(tokens);
        changes.put(usage.getModel(), new Change(before.attempts() + 1, before.published() + (cost == null ? 0 : cost),
                before.unpriced() + (cost == null ? 1 : 0),
                before.rerated() == null ? null : Long.valueOf(before.rerated() + (other == null ? 0 : other))));
    }
}
