package dev.penstock.metering;

import dev.penstock.metering.Replay.Message;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.UsageEvent;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Replays the attempts from the log, prices them again, and compares with the usage and the spend that were published:
 * each attempt that metering has taken in must be in the usage exactly once and as it ended, at the catalog's price if
 * its version was the same; what was settled as lost must have begun; each sum of spend must be that of its usage events. Reads only, and may run while
 * metering works: what is compared with what is read later in the order of the transactions, never earlier.
 *
 * <p>Memory is 16 bytes and some air for each attempt of the fullest partition, and the sums.
 */
public final class Audit {
    private static final long DUE = 1;
    private static final long MATCHED = 2;
    private static final long FLAGS = 3;
    private static final int UPPER = 32;

    private final MeteringConfig config;
    private final Topics topics;
    private final Pricing pricing;
    private final Findings findings = new Findings();
    private final Map<String, Spend> added = new HashMap<>();
    private final Set<String> confirmed = new HashSet<>();
    /** Of the partition that is looked at: what was settled as lost, by attempt, and ends that came after that. */
    private final Map<String, UsageEvent> lost = new HashMap<>();
    private final Map<String, UsageEvent> late = new HashMap<>();
    private final Set<String> explained = new HashSet<>();

    private Audit(MeteringConfig config) {
        this.config = config;
        this.topics = config.topics();
        this.pricing = new Pricing(config.catalog());
    }

    /** Blocks until all is compared. Throws {@link KafkaException} where the log cannot be read. */
    public static Findings verify(MeteringConfig config) {
        try (var log = new Replay(config.kafka())) {
            return new Audit(config).verify(log);
        }
    }

    private Findings verify(Replay log) {
        int partitions = log.partitions(topics.attempts());
        if (partitions != log.partitions(topics.usage())) {
            throw new IllegalStateException("attempts and usage must have the same number of partitions");
        }
        Map<TopicPartition, OffsetAndMetadata> metered = metered();
        Map<String, Spend> published = spend(log);
        findings.sums = published.size();
        for (int partition = 0; partition < partitions; partition++) {
            var taken = metered.get(new TopicPartition(topics.attempts().name(), partition));
            compare(log, partition, taken == null ? 0 : taken.offset(), published);
        }
        published.forEach((key, sum) -> {
            if (!confirmed.contains(key)) {
                findings.differs("spend " + key + ": " + told(sum) + " are published, its usage adds up to "
                        + told(added.get(key)));
            }
        });
        Map<String, Spend> later = spend(log);
        added.forEach((key, sum) -> {
            Spend now = later.get(key);
            if (now == null || now.getAttempts() < sum.getAttempts()) {
                findings.differs("spend " + key + ": " + told(now) + " are published, its usage adds up to "
                        + told(sum));
            }
        });
        return findings;
    }

    private Map<TopicPartition, OffsetAndMetadata> metered() {
        String group = MeteringSettings.group(topics);
        try (Admin admin = Admin.create(new HashMap<String, Object>(config.kafka()))) {
            return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(group).get();
        } catch (ExecutionException e) {
            throw new KafkaException("how far metering is cannot be read", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    private Map<String, Spend> spend(Replay log) {
        var sums = new HashMap<String, Spend>();
        for (int partition = 0; partition < log.partitions(topics.spend()); partition++) {
            log.read(topics.spend(), partition, 0, log.end(topics.spend(), partition),
                    message -> sums.put(Topics.spendKey(message.value()), message.value()));
        }
        return sums;
    }

    private void compare(Replay log, int partition, long metered, Map<String, Spend> published) {
        var expected = new Fingerprints();
        long usageEnd = log.end(topics.usage(), partition);
        long attemptsEnd = log.end(topics.attempts(), partition);
        log.read(topics.attempts(), partition, 0, attemptsEnd, message -> expect(expected, message, metered));
        log.read(topics.usage(), partition, 0, usageEnd, message -> {
            match(expected, message.value());
            add(message.value(), published);
        });
        var missing = new HashSet<Long>();
        expected.where(value -> (value & FLAGS) == DUE, missing::add);
        if (!missing.isEmpty() || !lost.isEmpty() || !late.isEmpty()) {
            log.read(topics.attempts(), partition, 0, attemptsEnd, message -> explain(message.value(), missing));
        }
        lost.values().forEach(usage -> findings.differs(name(usage) + "no such attempt was begun"));
        late.values().forEach(usage -> findings.differs(name(usage) + "corrects what was not settled as lost"));
        lost.clear();
        late.clear();
        explained.clear();
    }

    /** Looks at an attempt again: whether it was lost, whether it came late, or is missing. */
    private void explain(SpecificRecord event, Set<Long> missing) {
        if (event instanceof AttemptStarted started && lost.containsKey(started.getAttemptId())) {
            UsageEvent usage = lost.remove(started.getAttemptId());
            explained.add(started.getAttemptId());
            compare(usage, LostAttempts.lost(started, usage.getEndedAt()));
        } else if (event instanceof AttemptEnded ended && missing.remove(Fingerprints.of(ended.getAttemptId()))) {
            UsageEvent usage = late.remove(ended.getAttemptId());
            Hold hold = ended.getHold();
            if (usage != null && hold != null && explained.contains(ended.getAttemptId())) {
                compare(usage, LostAttempts.late(ended, hold));
            } else {
                findings.differs("attempt " + ended.getAttemptId() + ": has ended and is not in the usage");
            }
        }
    }

    private void compare(UsageEvent usage, AttemptEnded from) {
        UsageEvent should = pricing.usage(from);
        if (facts(should) != facts(usage)) {
            findings.differs(name(usage) + "is not what the attempt was");
        } else if (price(should) != price(usage)) {
            wrongPrice(usage);
        }
    }

    private void expect(Fingerprints expected, Message<SpecificRecord> message, long metered) {
        if (!(message.value() instanceof AttemptEnded ended)) {
            return;
        }
        long id = Fingerprints.of(ended.getAttemptId());
        if (expected.get(id) != Fingerprints.NONE) {
            findings.repetitions++;
            return;
        }
        boolean due = message.offset() < metered;
        findings.attempts++;
        findings.waiting += due ? 0 : 1;
        UsageEvent usage = pricing.usage(ended);
        expected.put(id, facts(usage) | price(usage) | (due ? DUE : 0));
    }

    private void match(Fingerprints expected, UsageEvent usage) {
        findings.usage++;
        if (LostAttempts.isLost(usage) || usage.getCorrects() != null) {
            UsageEvent other = usage.getCorrects() == null
                    ? lost.put(usage.getAttemptId(), usage)
                    : late.put(usage.getCorrects(), usage);
            if (other != null) {
                findings.differs(name(usage) + "is published twice");
            }
            return;
        }
        long id = Fingerprints.of(usage.getAttemptId());
        long value = expected.get(id);
        if (value == Fingerprints.NONE) {
            findings.differs(name(usage) + "no such attempt has ended");
            return;
        }
        if (value == MATCHED) {
            findings.differs(name(usage) + "is published twice");
            return;
        }
        expected.put(id, MATCHED);
        if (value >>> UPPER != facts(usage) >>> UPPER) {
            findings.differs(name(usage) + "is not what the attempt was");
        } else if ((int) (value & ~FLAGS) != (int) price(usage)) {
            wrongPrice(usage);
        }
    }

    private void wrongPrice(UsageEvent usage) {
        if (config.catalog().version().equals(usage.getPriceVersion()) || usage.getTokens() == null) {
            findings.differs(name(usage) + "costs " + usage.getCostNanoUsd() + " nano-USD, which is not its price");
        } else {
            findings.otherPrices++;
        }
    }

    private static String name(UsageEvent usage) {
        return "usage " + usage.getAttemptId() + ": ";
    }

    private void add(UsageEvent usage, Map<String, Spend> published) {
        Spend none = Spending.none(usage);
        String key = Topics.spendKey(none);
        Spend sum = Spending.add(added.getOrDefault(key, none), usage);
        added.put(key, sum);
        if (sum.equals(published.get(key))) { // what is more was published since
            confirmed.add(key);
        }
    }

    /** A fingerprint of all but the price, in the upper half. */
    private static long facts(UsageEvent usage) {
        UsageEvent priceless = UsageEvent.newBuilder(usage).setCostNanoUsd(null).setPriceVersion(null).build();
        return Fingerprints.of(priceless.toString()) << UPPER;
    }

    /** A fingerprint of the price, in the lower half, but for the flags. */
    private static long price(UsageEvent usage) {
        return Fingerprints.of(usage.getCostNanoUsd() + " by " + usage.getPriceVersion()) & 0xffff_ffffL & ~FLAGS;
    }

    private static String told(@Nullable Spend sum) {
        return sum == null
                ? "0 attempts"
                : sum.getAttempts() + " attempts, " + sum.getInputTokens() + " tokens in, " + sum.getOutputTokens()
                        + " out, " + sum.getCostNanoUsd() + " nano-USD";
    }
}
