package dev.penstock.dispatcher.policy;

import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.dispatcher.policy.SimulatedProvider.Way;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Workers, queues and providers in virtual time. The decisions are the real ones; the queues, the calls and the moves of
 * partitions are as Kafka and HTTP would have them, without their failures.
 */
final class SimulatedPenstock {
    private static final long HOP = Duration.ofMillis(4).toNanos();
    private static final long CALL = Duration.ofMillis(5).toNanos();
    private static final long BUS = Duration.ofMillis(1).toNanos();
    private static final long STATUS = Duration.ofSeconds(1).toNanos();

    /** A request on its way. */
    static final class Request implements Turnstile.Waiting {
        RequestEnvelope envelope;
        final int number;
        final long arrived;
        int partition;
        long begun = -1;

        Request(RequestEnvelope envelope, int number, long arrived) {
            this.envelope = envelope;
            this.number = number;
            this.arrived = arrived;
        }

        @Override
        public String tenant() {
            return envelope.getTenant();
        }

        @Override
        public Lane lane() {
            return envelope.getLane();
        }

        @Override
        public String model() {
            return "m";
        }

        @Override
        public long tokens() {
            return SimulatedProvider.TOKENS;
        }

        @Override
        public boolean hasNext() {
            return Fallback.next(envelope, FallbackCause.FAILURE) >= 0;
        }

        String provider() {
            return envelope.getRoute().get(envelope.getNext()).getProvider();
        }
    }

    /** A tenant's answered, broken and failed requests, and how long the first ones waited to begin. */
    static final class Results {
        int sent;
        int answered;
        int broken;
        int failed;
        final List<Long> waits = new ArrayList<>();

        int ended() {
            return answered + broken + failed;
        }

        long p99Millis() {
            List<Long> sorted = waits.stream().sorted().toList();
            return sorted.isEmpty() ? 0 : Duration.ofNanos(sorted.get((sorted.size() - 1) * 99 / 100)).toMillis();
        }
    }

    private record Event(long at, int order, Runnable what) {}

    private final class Worker {
        final int number;
        final Map<String, Turnstile<Request>> turnstiles = new LinkedHashMap<>();
        final Map<String, RetryBudget> budgets = new LinkedHashMap<>();
        final Map<String, Long> wakeUps = new LinkedHashMap<>();

        Worker(int number) {
            this.number = number;
            providers.forEach((name, one) -> {
                turnstiles.put(name, new Turnstile<>(new FairQueue<>(1000, _ -> 1, Request::model),
                        new Capacity(one.provider)));
                budgets.put(name, new RetryBudget());
            });
        }

        String name() {
            return "w" + number;
        }

        Turnstile<Request> at(String provider) {
            return turnstiles.get(provider);
        }
    }

    final Map<String, SimulatedProvider> providers = new LinkedHashMap<>();
    final Map<String, Results> results = new LinkedHashMap<>();
    final Random random = new Random(7);
    private final PriorityQueue<Event> events = new PriorityQueue<>(
            (a, b) -> a.at() == b.at() ? Integer.compare(a.order(), b.order()) : Long.compare(a.at(), b.at()));
    private final List<Worker> workers = new ArrayList<>();
    private IntFunction<Integer> owners = partition -> 0;
    private final Duration patience;
    private int order;
    private int requests;
    private int messages;
    private long now;
    private int onTheWay;
    long diverted;
    /** Over how many partitions requests are spread. */
    int spread = 4;
    /** Whether answers that break off are gone on with. */
    boolean goesOn;

    SimulatedPenstock(int count, Duration patience, SimulatedProvider... all) {
        this.patience = patience;
        for (SimulatedProvider one : all) {
            providers.put(one.provider.name(), one);
        }
        IntStream.range(0, count).forEach(number -> workers.add(new Worker(number)));
        deal(count);
        tellStatus();
    }

    long now() {
        return now;
    }

    /** Runs a task at a time. */
    void at(Duration time, Runnable what) {
        events.add(new Event(time.toNanos(), order++, what));
    }

    /** Partitions go to the first so many workers, evenly; what waits goes with them, and calls that are open go on. */
    void deal(int count) {
        owners = partition -> partition % count;
        var waiting = new ArrayList<Request>();
        for (Worker worker : workers) {
            worker.turnstiles.forEach((provider, turnstile) -> {
                int partitions = providers.get(provider).partitions;
                Set<Integer> owned = new HashSet<>();
                IntStream.range(0, partitions).filter(p -> owners.apply(p) == worker.number).forEach(owned::add);
                turnstile.capacity().own(owned, partitions, now);
                turnstile.removeIf(request -> !owned.contains(request.partition) && waiting.add(request));
            });
        }
        status();
        waiting.forEach(this::append);
    }

    /** A tenant's requests from a time on: so many a second, at random intervals. */
    void load(String tenant, Lane lane, Duration from, Duration until, double perSecond, String... route) {
        long at = from.toNanos();
        while (at < until.toNanos()) {
            at(Duration.ofNanos(at), () -> send(tenant, lane, route));
            at += (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
        }
    }

    void send(String tenant, Lane lane, String... route) {
        Instant accepted = Instant.EPOCH.plusNanos(now);
        Duration time = lane == Lane.BATCH ? Duration.ofDays(1) : patience;
        var candidates = List.of(route).stream().map(name -> Candidate.newBuilder().setProvider(name).setModel("m")
                .setName("m").setParameters(null).setAfter(FallbackCause.FAILURE).build()).toList();
        var envelope = RequestEnvelope.newBuilder().setRequestId("r" + requests).setAttempt(1).setTenant(tenant)
                .setKeyId("k").setLane(lane).setModel("m").setRoute(candidates).setAcceptedAt(accepted)
                .setDeadline(accepted.plus(time)).setBillingDay(LocalDate.EPOCH).setReplyTo("").setStream(true)
                .setIncludeUsage(false).setBody(ByteBuffer.allocate(0)).setContinuable(goesOn).build();
        var request = new Request(envelope, requests++, now);
        request.partition = request.number % spread % providers.get(route[0]).partitions;
        results(tenant).sent++;
        append(request);
    }

    Results results(String tenant) {
        return results.computeIfAbsent(tenant, _ -> new Results());
    }

    /** How many requests wait, are being answered, or are on their way to another queue. */
    int alive() {
        return onTheWay + providers.values().stream().mapToInt(one -> one.open).sum()
                + workers.stream().flatMap(worker -> worker.turnstiles.values().stream())
                        .mapToInt(one -> one.waiting(Lane.INTERACTIVE) + one.waiting(Lane.BATCH)).sum();
    }

    /** Runs until this time. */
    void run(Duration until) {
        while (!events.isEmpty() && events.element().at() <= until.toNanos()) {
            Event event = events.remove();
            now = event.at();
            event.what().run();
        }
        now = until.toNanos();
    }

    private void later(long nanos, Runnable what) {
        events.add(new Event(now + nanos, order++, what));
    }

    private void tellStatus() {
        status();
        later(STATUS, this::tellStatus);
    }

    private void status() {
        for (Worker of : workers) {
            of.turnstiles.forEach((provider, turnstile) -> turnstile.capacity().view(now, (model, view) -> {
                for (Worker to : workers) {
                    if (to != of && model.isEmpty()) {
                        to.at(provider).capacity().elsewhere(of.name(), -view.free());
                        to.at(provider).seen(of.name(), view.free(), turnstile.waiting(Lane.INTERACTIVE));
                    }
                }
            }));
        }
        for (Worker worker : workers) {
            worker.turnstiles.keySet().forEach(provider -> {
                pump(worker, provider);
                tell(worker, provider, true);
            });
        }
    }

    /** Tells the others how loans stand; every tenth message is lost. */
    private void tell(Worker worker, String provider, boolean all) {
        for (Loans.Terms terms : worker.at(provider).toTell(all)) {
            Worker to = workers.stream().filter(one -> one.name().equals(terms.other())).findFirst().orElseThrow();
            if (messages++ % 10 != 0) {
                later(BUS, () -> {
                    to.at(provider).hear(new Loans.Terms(worker.name(), !terms.lends(), terms.lent(), terms.returned(),
                            terms.wanted()));
                    pump(to, provider);
                });
            }
        }
    }

    private void append(Request request) {
        String provider = request.provider();
        request.partition %= providers.get(provider).partitions;
        Worker worker = workers.get(owners.apply(request.partition));
        worker.at(provider).offer(request);
        pump(worker, provider);
    }

    private void pump(Worker worker, String provider) {
        Turnstile<Request> turnstile = worker.at(provider);
        for (var turn = turnstile.next(now); turn.isPresent(); turn = turnstile.next(now)) {
            switch (turn.get()) {
                case Turnstile.Turn.Divert<Request>(var request, var trouble) -> {
                    diverted++;
                    follow(worker, request, Fallback.after(request.envelope, request.envelope.getAttempt(), trouble,
                            () -> true, Instant.EPOCH.plusNanos(now)));
                }
                case Turnstile.Turn.Begin<Request>(var request, var permit) -> {
                    if (!Instant.EPOCH.plusNanos(now).isBefore(request.envelope.getDeadline())) {
                        turnstile.end(request, permit, new Verdict.Nothing(0), now);
                        results(request.tenant()).failed++;
                    } else {
                        call(worker, request, permit);
                    }
                }
            }
        }
        tell(worker, provider, false);
        long due = turnstile.dueAt();
        if (due != TokenBucket.NEVER && due < worker.wakeUps.getOrDefault(provider, TokenBucket.NEVER)) {
            worker.wakeUps.put(provider, due);
            later(due - now, () -> {
                worker.wakeUps.remove(provider, due);
                pump(worker, provider);
            });
        }
    }

    private void call(Worker worker, Request request, Permit permit) {
        SimulatedProvider provider = providers.get(request.provider());
        request.begun = now;
        switch (provider.call(now)) {
            case Way.Answer(var after) -> later(after.toNanos(), () -> {
                end(worker, request, permit, new Verdict.Well(SimulatedProvider.TOKENS, SimulatedProvider.TOKENS));
                Results to = results(request.tenant());
                to.answered++;
                to.waits.add(request.begun - request.arrived);
            });
            case Way.Death(var after) -> later(after.toNanos(), () -> {
                end(worker, request, permit, new Verdict.Failed(SimulatedProvider.TOKENS));
                Step step = Fallback.after(request.envelope, request.envelope.getAttempt(), new Trouble.BrokenOff(),
                        () -> true, Instant.EPOCH.plusNanos(now));
                if (step instanceof Step.GoOn(int candidate)) {
                    again(request, candidate, HOP);
                } else {
                    results(request.tenant()).broken++;
                }
            });
            case Way.Full(var retry) -> later(CALL, () -> {
                end(worker, request, permit, new Verdict.Full(retry.toNanos()));
                goOn(worker, request, new Trouble.Full(retry));
            });
            case Way.Refusal(var after) -> later(after.toNanos(), () -> {
                end(worker, request, permit, new Verdict.Failed(0));
                goOn(worker, request, new Trouble.Failed());
            });
        }
    }

    private void end(Worker worker, Request request, Permit permit, Verdict verdict) {
        String provider = request.provider();
        providers.get(provider).ended(now);
        boolean over = worker.at(provider).capacity().isOver();
        worker.at(provider).end(request, permit, verdict, now);
        if (over) {
            later(BUS, this::status);
        }
        if (verdict instanceof Verdict.Well) {
            worker.budgets.get(provider).succeeded();
        }
        later(0, () -> pump(worker, provider));
    }

    private void goOn(Worker worker, Request request, Trouble trouble) {
        RetryBudget budget = worker.budgets.get(request.provider());
        follow(worker, request, Fallback.after(request.envelope, request.envelope.getAttempt(), trouble, budget::take,
                Instant.EPOCH.plusNanos(now)));
    }

    private void follow(Worker worker, Request request, Step step) {
        int next = request.envelope.getNext();
        switch (step) {
            case Step.Answer _,Step.Exhausted _,Step.GoOn _ -> results(request.tenant()).failed++;
            case Step.Wait(var before) -> again(request, next, before.toNanos());
            case Step.Next(int candidate) -> again(request, candidate, HOP);
            case Step.Later(int candidate, Delay delay) -> again(request, candidate, HOP + delay.duration().toNanos());
        }
    }

    private void again(Request request, int candidate, long after) {
        request.envelope = Hop.to(candidate, request.envelope);
        onTheWay++;
        later(after, () -> {
            onTheWay--;
            append(request);
        });
    }
}
