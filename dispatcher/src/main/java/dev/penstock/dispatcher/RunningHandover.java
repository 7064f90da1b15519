package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.BatchApi;
import dev.penstock.dispatcher.provider.BatchApi.Found;
import dev.penstock.dispatcher.provider.BatchApi.Result;
import dev.penstock.dispatcher.provider.BatchClient;
import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.event.Handover;
import dev.penstock.schemas.owner.OwnerStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one handover: submits it, asks how it is, collects what came of it. One conversation with the provider at a time,
 * on a thread of its own; all else is confined to the runner's.
 *
 * <p>Whether a submission came through that was cut off, the provider is asked; only when it does not have the batch, and
 * none can be on its way to it any more, is it submitted again.
 */
final class RunningHandover {
    private static final Logger LOG = LoggerFactory.getLogger(RunningHandover.class);
    /** A call that was cut off may arrive so much later. */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(15);
    private static final Duration SOONEST = Duration.ofMillis(250);
    private static final Duration LATEST = Duration.ofMinutes(1);
    /** Of a batch that its provider says nothing of, or has deleted, nothing can be heard so long after the deadline. */
    private static final Duration HOPE = Duration.ofDays(2);
    private static final int SETTLED_A_ROUND = 500;

    private final @Nullable BatchClient provider;
    private final HandoverLines writer;
    private final @Nullable Conversation conversation;
    private final Map<Integer, Job> jobs;
    private final Set<Integer> missing;
    private Handover handover;
    private List<BatchApi.Line> prepared;
    private Instant notBefore = Instant.EPOCH;
    private @Nullable Instant doubtfulSince;
    private boolean committed;
    private boolean taken;
    private boolean over;
    private boolean calledOff;
    private boolean collected;
    private long bytes;

    private RunningHandover(Handover handover, Map<Integer, Job> jobs, Set<Integer> missing,
            List<BatchApi.Line> prepared, @Nullable BatchClient provider, HandoverLines writer, Executor thread) {
        this.handover = handover;
        this.jobs = jobs;
        this.missing = missing;
        this.prepared = prepared;
        this.provider = provider;
        this.writer = writer;
        this.conversation = provider == null
                ? null
                : new Conversation(handover.getProvider(), provider.api(), thread);
    }

    /** One that nobody has said anything of to the provider. */
    static RunningHandover decided(Handover handover, Map<Integer, Job> jobs, List<BatchApi.Line> prepared,
            BatchClient provider, HandoverLines writer, Executor thread) {
        var decided = new RunningHandover(handover, jobs, new HashSet<>(), prepared, provider, writer, thread);
        decided.bytes = jobs.values().stream().mapToLong(Gathering::size).sum();
        return decided;
    }

    /** One that is on the log, whose lines have yet to be read; null for a provider that is no more. */
    static RunningHandover found(Handover handover, @Nullable BatchClient provider, HandoverLines writer,
            Executor thread) {
        var found = new RunningHandover(handover, new HashMap<>(), new HashSet<>(handover.getLines()), List.of(),
                provider, writer, thread);
        found.doubtfulSince = Instant.now();
        if (provider == null) {
            LOG.error("{} lines of {} were handed over to {}, which is not among the providers any more",
                    handover.getLines().size(), handover.getBatchId(), handover.getProvider());
        }
        return found;
    }

    String id() {
        return handover.getHandoverId();
    }

    String batchId() {
        return handover.getBatchId();
    }

    /** What its lines take of memory. */
    long bytes() {
        return bytes;
    }

    /** Whether something can be settled. */
    boolean hasResults() {
        return conversation != null && conversation.hasResults();
    }

    /** Whether a line is one of its; then it is kept. */
    boolean claims(String batchId, int line, Job job) {
        boolean own = batchId.equals(batchId()) && (jobs.containsKey(line) || missing.contains(line));
        if (own && missing.remove(line)) {
            jobs.put(line, job);
            bytes += Gathering.size(job);
        }
        return own;
    }

    /** Something came of these lines: they will not be read. */
    void leaveOut(BitSet done) {
        missing.removeIf(done::get);
    }

    /** Whether all of its lines have been read. */
    boolean isWhole() {
        return missing.isEmpty();
    }

    void close() {
        if (conversation != null) {
            conversation.close();
        }
    }

    /** Does what is to be done now; true when something came of every line. */
    boolean run(OwnerStep step, Instant now, boolean unwanted) {
        if (!missing.isEmpty() || provider == null) {
            return false;
        }
        if (!committed) { // from the next round on it is
            committed = true;
            return false;
        }
        settle(step, now, unwanted);
        String id = handover.getProviderBatchId();
        if (taken) { // since the last round
            taken = false;
            writer.write(step, handover);
        } else if (over || collected && !hasResults()) {
            settleRest(step, now, unwanted);
        } else if (!conversation().isTalking() && !collected && !now.isBefore(notBefore)) {
            Duration patience = id == null && doubtfulSince == null ? Duration.ZERO : HOPE;
            if (unwanted && patience.isZero() || jobs.values().stream()
                    .allMatch(job -> now.isAfter(job.envelope().getDeadline().plus(patience)))) {
                over = true;
            } else if (id != null) {
                ask(id, unwanted);
            } else if (doubtfulSince != null) {
                seek(now);
            } else {
                submit();
            }
        }
        if (jobs.isEmpty()) {
            writer.forget(step, handover);
            return true;
        }
        return false;
    }

    private void submit() {
        List<BatchApi.Line> lines = prepared.isEmpty() ? prepare() : prepared;
        prepared = List.of();
        doubtfulSince = Instant.now();
        conversation().say(api -> {
            String given = api.submit(id(), lines, conversation()::isOpen);
            return () -> {
                if (given == null) {
                    LOG.warn("{} takes no batch of {} lines of {}: they go on as calls of their own",
                            handover.getProvider(), lines.size(), batchId());
                    over = true;
                } else {
                    there(given);
                }
            };
        }, this::later);
    }

    private List<BatchApi.Line> prepare() {
        var lines = new ArrayList<BatchApi.Line>();
        for (int number : handover.getLines()) {
            Job job = jobs.get(number);
            BatchApi.Line line = job == null
                    ? null
                    : client().line(HandoverLines.customId(id(), number), job.envelope(), job.candidate());
            if (line != null) {
                lines.add(line);
            }
        }
        return lines;
    }

    private void there(String given) {
        handover = Handover.newBuilder(handover).setProviderBatchId(given).build();
        taken = true;
        notBefore = Instant.EPOCH;
    }

    private void seek(Instant now) {
        boolean settled = doubtfulSince != null && now.isAfter(doubtfulSince.plus(ON_ITS_WAY));
        conversation().say(api -> {
            Found found = api.find(id(), handover.getAt(), handover.getLines().size());
            return () -> {
                switch (found) {
                    case Found.There(String given) -> there(given);
                    case Found.Unclear _ -> later();
                    case Found.NotThere _ when settled -> doubtfulSince = null;
                    case Found.NotThere _ -> later();
                }
            };
        }, this::later);
    }

    private void ask(String given, boolean unwanted) {
        boolean cancels = unwanted && !calledOff;
        conversation().say(api -> {
            if (cancels) {
                api.cancel(given);
            }
            if (!api.hasEnded(given)) {
                return () -> {
                    calledOff |= cancels;
                    later();
                };
            }
            List<String> customIds = handover.getLines().stream()
                    .map(line -> HandoverLines.customId(id(), line)).toList();
            api.collect(given, customIds, conversation()::put);
            return () -> collected = true;
        }, this::later);
    }

    /** The older it is, the more seldom it is asked. */
    private void later() {
        Duration age = Duration.between(handover.getAt(), Instant.now()).dividedBy(10);
        Duration pause = age.compareTo(SOONEST) < 0 ? SOONEST : age.compareTo(LATEST) > 0 ? LATEST : age;
        notBefore = Instant.now().plus(pause);
    }

    private void settle(OwnerStep step, Instant now, boolean unwanted) {
        for (int i = 0; i < SETTLED_A_ROUND; i++) {
            Result result = conversation().take();
            if (result == null) {
                return;
            }
            String customId = result.customId();
            int line = customId.startsWith(id() + "-") ? number(customId.substring(id().length() + 1)) : -1;
            settle(step, line, result, now, unwanted);
        }
    }

    private void settleRest(OwnerStep step, Instant now, boolean unwanted) {
        jobs.keySet().stream().limit(SETTLED_A_ROUND).toList().forEach(line -> settle(step, line,
                new Result.NotExecuted(HandoverLines.customId(id(), line)), now, unwanted));
    }

    private void settle(OwnerStep step, int line, Result result, Instant now, boolean unwanted) {
        Job job = jobs.remove(line);
        if (job != null) { // else it was settled before
            bytes -= Gathering.size(job);
            Outcome outcome = client().outcome(job.envelope(), job.candidate(), result);
            writer.settle(step, job, handover, outcome, unwanted, now);
        }
    }

    private static int number(String text) {
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
    }

    private Conversation conversation() {
        return Objects.requireNonNull(conversation);
    }

    private BatchClient client() {
        return Objects.requireNonNull(provider);
    }
}
