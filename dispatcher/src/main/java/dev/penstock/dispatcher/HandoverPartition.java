package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Claim;
import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.dispatcher.provider.BatchClient;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.event.Handover;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.owner.Owner;
import dev.penstock.schemas.owner.OwnerClients;
import dev.penstock.schemas.owner.OwnerStep;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition of the handovers. It is read twice from its beginning: first for what was handed over and what came of it,
 * without a line in memory, then for the lines that nothing came of yet, as many as memory has room for. Confined to the
 * runner's thread.
 */
final class HandoverPartition implements Owner.Owned {
    private static final Logger LOG = LoggerFactory.getLogger(HandoverPartition.class);
    /** Bodies of lines that are held at once; the others wait on the log. */
    private static final long MOST_BYTES = 64L << 20;

    private enum Phase {
        NEW, SURVEYING, RUNNING
    }

    private final int number;
    private final DispatcherConfig config;
    private final OwnerClients kafka;
    private final Map<String, BatchClient> providers;
    private final Executor thread;
    private final Topic<String, SpecificRecord> topic;
    private final HandoverLines lines;
    private final Map<String, RunningHandover> handovers = new LinkedHashMap<>();
    private final Map<Gathering.Of, Gathering> gathered = new LinkedHashMap<>();
    /** Of each batch the lines that something came of: one that comes again, from a worker that died, is none. */
    private final Map<String, BitSet> done = new HashMap<>();
    private final Set<String> unwanted = new HashSet<>();
    private Phase phase = Phase.NEW;
    private long end;
    private boolean paused;

    HandoverPartition(int number, DispatcherConfig config, OwnerClients kafka,
            Map<String, BatchClient> providers, Executor thread) {
        this.number = number;
        this.config = config;
        this.kafka = kafka;
        this.providers = providers;
        this.thread = thread;
        this.topic = config.topics().handovers();
        this.lines = new HandoverLines(number, config, (batchId, line) -> done(batchId).set(line));
    }

    /** Nobody wants more of a batch; a line of it that comes again is not wanted either. */
    void unwanted(String batchId) {
        unwanted.add(batchId);
        if (phase == Phase.RUNNING && handovers.values().stream().noneMatch(one -> one.batchId().equals(batchId))) {
            done.remove(batchId);
        }
    }

    /** Whether there is something to do without a pause. */
    boolean isBusy() {
        return phase != Phase.RUNNING || handovers.values().stream().anyMatch(RunningHandover::hasResults);
    }

    void take(ConsumerRecord<byte[], byte[]> message) {
        if (phase == Phase.NEW) {
            return; // is read again
        }
        String key = topic.key(message.key());
        int slash = key.lastIndexOf('/');
        boolean surveying = phase == Phase.SURVEYING;
        try {
            if (slash < 0 && surveying) {
                survey(key, message);
            } else if (slash >= 0 && surveying == (message.value() == null)) {
                String batchId = key.substring(0, slash);
                int line = Integer.parseInt(key.substring(slash + 1));
                if (surveying) {
                    done(batchId).set(line);
                } else if (!done(batchId).get(line)
                        && topic.value(message.value()) instanceof RequestEnvelope envelope) {
                    gather(batchId, line, job(message, envelope));
                }
            }
        } catch (UnreadableEventException _) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
        }
    }

    private void survey(String id, ConsumerRecord<byte[], byte[]> message) {
        if (message.value() == null) {
            handovers.remove(id);
        } else if (topic.value(message.value()) instanceof Handover handover) {
            handovers.put(id, RunningHandover.found(handover, providers.get(handover.getProvider()), lines, thread));
        }
    }

    private static Job job(ConsumerRecord<byte[], byte[]> message, RequestEnvelope envelope) {
        var partition = new Claim(new TopicPartition(message.topic(), message.partition()), 0);
        return new Job(new Taken(partition, false, new ConsumerRecord<>(message.topic(), message.partition(),
                message.offset(), message.key(), new byte[0])), envelope);
    }

    private void gather(String batchId, int line, Job job) {
        for (RunningHandover handover : handovers.values()) {
            if (handover.claims(batchId, line, job)) {
                return;
            }
        }
        gathered.computeIfAbsent(new Gathering.Of(batchId, job.candidate().getProvider(), job.model()), Gathering::new)
                .add(line, job,
                        Instant.now());
    }

    void run(OwnerStep step, Instant now) {
        switch (phase) {
            case NEW -> {
                end = kafka.rewind(number);
                phase = Phase.SURVEYING;
            }
            case SURVEYING -> {
                if (kafka.position(number) >= end) {
                    handovers.values().forEach(handover -> handover.leaveOut(done(handover.batchId())));
                    kafka.rewind(number);
                    phase = Phase.RUNNING;
                }
            }
            case RUNNING -> {
                gathered.values().removeIf(gathering -> decide(gathering, step, now));
                handovers.values().removeIf(
                        handover -> handover.run(step, now, unwanted.contains(handover.batchId())));
                makeRoom();
            }
        }
    }

    /** Begins to hand over what was gathered, if it is time; true if nothing is left of it. */
    private boolean decide(Gathering gathering, OwnerStep step, Instant now) {
        BatchClient provider = providers.get(gathering.of().provider());
        if (unwanted.contains(gathering.of().batchId())) {
            gathering.jobs().values().forEach(job -> lines.cancel(step, job));
            return true;
        }
        if (provider == null) { // the settings have changed since
            gathering.jobs().values().forEach(job -> lines.leave(step, job));
            return true;
        }
        if (!gathering.isDue(now, provider.api(), config.handoverWait(), paused)) {
            return false;
        }
        List<RunningHandover> decided = lines.decide(step, gathering, provider, thread, now);
        decided.forEach(handover -> handovers.put(handover.id(), handover));
        return gathering.jobs().isEmpty();
    }

    /** Reads on as long as there is room for more lines. */
    private void makeRoom() {
        long held = gathered.values().stream().mapToLong(Gathering::bytes).sum()
                + handovers.values().stream().mapToLong(RunningHandover::bytes).sum();
        boolean full = held > MOST_BYTES && handovers.values().stream().allMatch(RunningHandover::isWhole);
        if (paused ? held < MOST_BYTES / 2 : full) {
            paused = !paused;
            kafka.pause(number, paused);
        }
    }

    @Override
    public void close() {
        handovers.values().forEach(RunningHandover::close);
    }

    private BitSet done(String batchId) {
        return done.computeIfAbsent(batchId, _ -> new BitSet());
    }
}
