package dev.penstock.metering.ledger;

import dev.penstock.metering.ledger.LedgerModel.Attempt;
import dev.penstock.metering.ledger.LedgerModel.Slot;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Period;
import dev.penstock.schemas.ledger.Decision;
import dev.penstock.schemas.ledger.Periods;
import dev.penstock.schemas.ledger.Terms;
import dev.penstock.schemas.ledger.Wallet;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;

/**
 * One random history in virtual time: a ledger, three spenders, a network that loses, repeats and reorders, clocks that
 * disagree, and everybody crashing now and then. Two accounts, a tenant and one of its keys; two days that share a
 * week. Money is small numbers. After every step, in every state: what has truly been spent is at most what the ledger
 * counts as settled or granted, and that is at most the cap.
 */
final class World {
    static final String TENANT = "t";
    static final String KEY = "t/k";
    private static final List<String> ACCOUNTS = List.of(TENANT, KEY);
    private static final LocalDate MONDAY = LocalDate.of(2026, 11, 23);
    private static final Terms TERMS = new Terms(3_000, 2_000, 500, 700, 900);
    private static final int NODES = 3;

    private record ToWallet(int node, Wallet wallet, Allowance allowance) {}

    private record Receipt(int node, String requestId, long used) {}

    private record Request(String id, int node, LocalDate day, Hold hold, long cost, long endsBy, boolean started) {}

    private record Bound(String account, Period period) {}

    private final Random random;
    private final Rules rules;
    private final Map<String, Cap> caps = new HashMap<>();
    private final List<Attempt> log = new ArrayList<>();
    private final LedgerModel ledger;
    private final Wallet[] wallets = new Wallet[NODES];
    private final long[] offsets = new long[NODES + 1];
    private final double[] rates = new double[NODES + 1];
    private final List<AllowanceRequest> toLedger = new ArrayList<>();
    private final List<ToWallet> toWallets = new ArrayList<>();
    private final List<Receipt> receipts = new ArrayList<>();
    private final Map<String, Request> running = new LinkedHashMap<>();
    private final Map<String, LocalDate> waiting = new HashMap<>();
    /** Whose worker died, by the ids of their second attempts. */
    private final Map<String, Request> again = new HashMap<>();
    private final Map<Slot, Long> spent = new HashMap<>();
    private final Map<Bound, Long> ceilings = new HashMap<>();
    private final Map<Bound, Long> committedCeilings = new HashMap<>();
    private final Map<Slot, Long> settledAtEnd = new HashMap<>();
    private LocalDate today = MONDAY;
    private long now = 1_000_000;
    private int ids;
    private int incarnations;
    int admitted;
    int refused;
    String last = "";

    World(long seed, Rules rules) {
        this.random = new Random(seed);
        this.rules = rules;
        this.ledger = new LedgerModel(rules, caps, log, TERMS.margin());
        caps.put(TENANT, randomCap(true));
        caps.put(KEY, randomCap(random.nextBoolean()));
        for (int i = 0; i <= NODES; i++) {
            offsets[i] = random.nextInt(1_000_000);
            rates[i] = 0.98 + 0.04 * random.nextDouble();
        }
        for (int node = 0; node < NODES; node++) {
            begin(node);
        }
        ledger.crash(clock(NODES));
    }

    /** One random step; throws {@link AssertionError} where an invariant does not hold after it. */
    void step() {
        int dice = random.nextInt(1000);
        if (dice < 250) {
            wish();
        } else if (dice < 330) {
            last = "a quiet moment: all that is on its way arrives";
            deliverAll();
        } else if (dice < 450) {
            act("request to ledger", toLedger, (request, _) -> ledger.take(request, clock(NODES)));
        } else if (dice < 560) {
            last = "ledger reads an attempt";
            ledger.consume(clock(NODES));
        } else if (dice < 640) {
            commit();
        } else if (dice < 790) {
            act("allowance", toWallets, this::deliver);
        } else if (dice < 870) {
            endOne();
        } else if (dice < 910) {
            act("receipt", receipts,
                    (receipt, _) -> wallets[receipt.node()].settle(receipt.requestId(), receipt.used(),
                            clock(receipt.node())));
        } else if (dice < 980) {
            pass(new int[]{1, 10, 60, 200, 900, 4_000}[random.nextInt(6)]);
        } else if (dice < 984) {
            last = "ledger crashes";
            toLedger.addAll(ledger.crash(clock(NODES)));
            ceilings.putAll(committedCeilings);
        } else if (dice < 990) {
            restart(random.nextInt(NODES), random.nextBoolean());
        } else if (dice < 994) {
            changeCap();
        } else if (dice < 996) {
            last = "midnight";
            today = MONDAY.plusDays(1);
        } else {
            repeatAttempt();
        }
        for (int node = 0; node < NODES; node++) {
            collect(node);
        }
        check();
    }

    /** Lets everything come to rest; then what was not spent has to be there again, and the sums have to be right. */
    void rest() {
        last = "at rest";
        List.copyOf(running.values()).forEach(request -> end(request, true));
        for (int round = 0; round < 20; round++) {
            now += 800;
            for (int node = 0; node < NODES; node++) {
                wallets[node].tick(clock(node));
                collect(node);
            }
            deliverAll();
            List.copyOf(running.values()).forEach(request -> end(request, true));
            ledger.tick(clock(NODES));
            check();
        }
        for (String account : ACCOUNTS) {
            for (LocalDate day : List.of(MONDAY, MONDAY.plusDays(1))) {
                verify(ledger.outstanding(account, day) == 0,
                        "still granted: " + ledger.outstanding(account, day) + " of " + account + " on " + day);
                long expected = settledAtEnd.getOrDefault(new Slot(account, day), 0L);
                verify(ledger.settled(account, day) == expected, "settled " + ledger.settled(account, day) + " of "
                        + account + " on " + day + ", not " + expected);
            }
        }
    }

    /** Three nodes that hold a part of the rest each, and wish for nearly all of it at once: somebody has to get it. */
    void contend() {
        last = "three wish for the rest";
        caps.put(TENANT, new Cap(1_000L, null, null, Cap.Mode.HARD, List.of()));
        LocalDate day = MONDAY.plusDays(7);
        for (int node = 0; node < NODES; node++) {
            contend(node, 250, day);
        }
        settleContention();
        for (int node = 0; node < NODES; node++) {
            wallets[node].settle("c" + node, 0, clock(node));
        }
        int before = admitted;
        for (int node = 0; node < NODES; node++) {
            contend(node, 900, day);
        }
        settleContention();
        verify(admitted > before, "all were refused though one could have been served");
    }

    private void contend(int node, long amount, LocalDate day) {
        Decision decision = wallets[node].hold("c" + node, TENANT, List.of(TENANT), day, amount, clock(node));
        admitted += decision instanceof Decision.Held ? 1 : 0;
    }

    /** Everything arrives, a little late and in any order between the nodes. */
    private void settleContention() {
        for (int round = 0; round < 400; round++) {
            now += 5;
            for (int node = 0; node < NODES; node++) {
                wallets[node].tick(clock(node));
                toLedger.addAll(wallets[node].requests());
                admitted += (int) wallets[node].decided().stream()
                        .filter(one -> one.decision() instanceof Decision.Held)
                        .count();
            }
            if (random.nextBoolean() && !toLedger.isEmpty()) {
                ledger.take(toLedger.removeFirst(), clock(NODES));
            }
            if (random.nextInt(4) == 0) {
                commit();
            }
            if (random.nextBoolean() && !toWallets.isEmpty()) {
                deliver(toWallets.removeFirst(), 0);
            }
        }
    }

    private void deliverAll() {
        while (!toLedger.isEmpty()) {
            ledger.take(toLedger.removeFirst(), clock(NODES));
        }
        while (ledger.behind()) {
            ledger.consume(clock(NODES));
        }
        commit();
        while (!toWallets.isEmpty()) {
            deliver(toWallets.removeFirst(), 0);
        }
        receipts.forEach(receipt -> wallets[receipt.node()].settle(receipt.requestId(), receipt.used(),
                clock(receipt.node())));
        receipts.clear();
    }

    private void wish() {
        int node = random.nextInt(NODES);
        String id = "r" + ids++;
        last = "node " + node + " wishes for " + id;
        List<String> accounts = random.nextBoolean() ? List.of(TENANT) : ACCOUNTS;
        LocalDate day = random.nextInt(20) == 0 ? MONDAY : today;
        Decision decision = wallets[node].hold(id, TENANT, accounts, day, 1 + random.nextInt(9), clock(node));
        waiting.put(id, day);
        decided(node, id, decision);
    }

    private void decided(int node, String id, Decision decision) {
        switch (decision) {
            case Decision.Held(var hold) -> {
                admitted++;
                long cost = random.nextInt((int) hold.getNanoUsd() + 1);
                LocalDate day = waiting.getOrDefault(id, today);
                boolean started = random.nextInt(10) > 0;
                var request = new Request(id, node, day, hold, cost, now + TERMS.life(), started);
                running.put(id, request);
                if (started) { // money is spent from here on
                    if (random.nextInt(8) > 0) {
                        log.add(new Attempt(id, day, hold, null, TERMS.life()));
                    }
                    hold.getFrom().forEach(from -> spent.merge(new Slot(from.getAccount(), day), cost, Long::sum));
                }
            }
            case Decision.Lacking _ -> refused++;
            case Decision.Unanswered _,Decision.Waiting _ -> {
            }
        }
    }

    private void endOne() {
        if (!running.isEmpty()) {
            List<Request> all = List.copyOf(running.values());
            end(all.get(random.nextInt(all.size())), false);
        }
    }

    /** Ends as it should, or is lost with its worker: then the ledger settles it, and its end may come late. */
    private void end(Request request, boolean resting) {
        last = "end of " + request.id();
        running.remove(request.id());
        if (!request.started()) {
            if (random.nextBoolean()) {
                receipts.add(new Receipt(request.node(), request.id(), 0));
            } else if (!resting) {
                tryAgain(request);
            }
            return;
        }
        boolean announced = log.stream().anyMatch(attempt -> attempt.id().equals(request.id()));
        if (announced && random.nextInt(10) == 0) {
            settleAtEnd(request, request.hold().getNanoUsd());
            if (!resting) {
                tryAgain(request);
            }
            return;
        }
        log.add(new Attempt(request.id(), request.day(), request.hold(), request.cost(), TERMS.life()));
        settleAtEnd(request, request.cost());
        if (resting || random.nextInt(8) > 0) {
            receipts.add(new Receipt(request.node(), request.id(), request.cost()));
        }
        Request first = again.remove(request.id());
        if (first != null) {
            receipts.add(new Receipt(first.node(), first.id(),
                    rules.usedOfFirst(request.cost(), first.hold().getNanoUsd())));
        }
    }

    /** Another worker takes the request of a dead one, asks for a hold of its own, and tells whoever held for the first. */
    private void tryAgain(Request first) {
        int node = random.nextInt(NODES);
        String id = first.id() + "'";
        again.put(id, first);
        waiting.put(id, first.day());
        decided(node, id, wallets[node].hold(id, TENANT,
                first.hold().getFrom().stream().map(HeldFrom::getAccount).toList(), first.day(),
                first.hold().getNanoUsd(), clock(node)));
    }

    private void settleAtEnd(Request request, long cost) {
        request.hold().getFrom().forEach(
                from -> settledAtEnd.merge(new Slot(from.getAccount(), request.day()), cost, Long::sum));
    }

    private void repeatAttempt() {
        if (!log.isEmpty()) {
            Attempt again = log.get(random.nextInt(log.size()));
            last = "attempt " + again.id() + " again";
            log.add(again);
        }
    }

    private void commit() {
        last = "ledger commits";
        for (Allowance allowance : ledger.commit()) {
            for (int node = 0; node < NODES; node++) {
                toWallets.add(new ToWallet(node, wallets[node], allowance));
            }
        }
        committedCeilings.putAll(ceilings);
    }

    private void deliver(ToWallet message, int ignored) {
        if (wallets[message.node()] == message.wallet()) {
            message.wallet().onAllowance(message.allowance(), clock(message.node()));
        }
    }

    private void pass(int ms) {
        last = ms + " ms pass";
        now += ms;
        List.copyOf(running.values()).stream().filter(request -> request.endsBy() <= now)
                .forEach(request -> end(request, false));
        for (int node = 0; node < NODES; node++) {
            wallets[node].tick(clock(node));
        }
        ledger.tick(clock(NODES));
    }

    private void restart(int node, boolean orderly) {
        last = "node " + node + (orderly ? " closes" : " crashes");
        if (orderly) {
            wallets[node].close(clock(node));
            collect(node);
        }
        begin(node);
    }

    private void begin(int node) {
        wallets[node] = new Wallet(rules.restarted("n" + node, incarnations++), TERMS);
        offsets[node] = random.nextInt(1_000_000);
    }

    private void changeCap() {
        String account = ACCOUNTS.get(random.nextInt(2));
        last = "another cap for " + account;
        caps.put(account, randomCap(caps.get(account).daily() != null));
        for (int node = 0; node < NODES; node++) {
            if (random.nextInt(4) > 0) {
                wallets[node].onCapChange(account, clock(node));
            }
        }
    }

    private Cap randomCap(boolean capped) {
        Long daily = capped ? Long.valueOf(10 + random.nextInt(120)) : null;
        Long weekly = capped && random.nextInt(3) == 0 ? Long.valueOf(10 + random.nextInt(200)) : null;
        return new Cap(daily, weekly, null, Cap.Mode.HARD, List.of());
    }

    /** A message that is on its way arrives, is lost, or arrives and will arrive again; in any order. */
    private <T> void act(String what, List<T> messages, BiConsumer<T, Integer> arrives) {
        last = what;
        if (messages.isEmpty()) {
            return;
        }
        int which = random.nextInt(4) == 0 ? random.nextInt(messages.size()) : 0;
        int luck = random.nextInt(20);
        T message = luck == 0 ? messages.get(which) : messages.remove(which);
        if (luck != 1) {
            arrives.accept(message, which);
        }
    }

    private void collect(int node) {
        toLedger.addAll(wallets[node].requests());
        wallets[node].decided().forEach(one -> decided(node, one.requestId(), one.decision()));
    }

    private void check() {
        for (String account : ACCOUNTS) {
            Cap cap = caps.get(account);
            for (Period period : List.of(Period.DAY, Period.WEEK)) {
                Long limit = cap.limit(period);
                for (LocalDate day : List.of(MONDAY, MONDAY.plusDays(1))) {
                    check(account, period, day, limit == null ? Long.MAX_VALUE : limit);
                }
            }
        }
    }

    private void check(String account, Period period, LocalDate day, long limit) {
        long truth = 0;
        long settled = 0;
        long granted = 0;
        for (LocalDate d : period == Period.DAY ? List.of(day) : List.of(MONDAY, MONDAY.plusDays(1))) {
            truth += spent.getOrDefault(new Slot(account, d), 0L);
            settled += ledger.settled(account, d);
            granted += ledger.outstanding(account, d);
        }
        long exposure = settled + granted;
        verify(truth <= exposure, truth + " spent, but only " + settled + " settled and " + granted + " granted of "
                + account + " in the " + period + " of " + day);
        // A cap that was lowered below what is granted already is kept from there on: nothing more is granted.
        Bound bound = new Bound(account + Periods.first(period, day), period);
        long ceiling = Math.max(limit, Math.min(ceilings.getOrDefault(bound, limit), exposure));
        if (ceilings.containsKey(bound)) {
            verify(exposure <= Math.max(limit, ceilings.get(bound)), exposure + " settled and granted of " + account
                    + " in the " + period + " of " + day + ", over the cap of " + limit);
        }
        ceilings.put(bound, ceiling);
    }

    private void verify(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise + " (after: " + last + ")");
        }
    }

    private long clock(int who) {
        return offsets[who] + (long) (now * rates[who]);
    }
}
