package dev.penstock.metering.ledger;

import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.Grants;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The ledger as Kafka Streams runs it: what it took in, its state and what it said are committed together; after a
 * crash it begins again where it last committed, and what it had said since was never heard.
 */
final class LedgerModel {
    /** On the log of attempts; {@code cost} is null for a start. */
    record Attempt(String id, LocalDate day, Hold hold, @org.jspecify.annotations.Nullable Long cost, long life) {}

    record Slot(String account, LocalDate day) {}

    private record Running(Hold hold, LocalDate day, long lostAt) {}

    private record State(Map<Slot, Long> settled, Map<Slot, Grants> grants, Set<String> ended, Map<String, Long> lost,
            Map<String, Running> running, int consumed) {
        State copy() {
            return new State(new HashMap<>(settled), new HashMap<>(grants), new HashSet<>(ended), new HashMap<>(lost),
                    new HashMap<>(running), consumed);
        }
    }

    private final Rules rules;
    private final Map<String, Cap> caps;
    private final List<Attempt> log;
    private final long margin;
    private State committed = new State(new HashMap<>(), new HashMap<>(), new HashSet<>(), new HashMap<>(),
            new HashMap<>(), 0);
    private State state = committed.copy();
    private int consumed;
    private List<AllowanceRequest> takenIn = new ArrayList<>();
    private List<Allowance> said = new ArrayList<>();
    private long startedAt;

    LedgerModel(Rules rules, Map<String, Cap> caps, List<Attempt> log, long margin) {
        this.rules = rules;
        this.caps = caps;
        this.log = log;
        this.margin = margin;
    }

    void take(AllowanceRequest request, long now) {
        takenIn.add(request);
        var answer = rules.ask(account(request.getAccount()), request, now);
        if (answer != null) {
            state.grants().put(new Slot(request.getAccount(), request.getDay()), answer.grants());
            said.add(answer.allowance());
        }
    }

    /** Takes in the next attempt of the log, if there is one. */
    void consume(long now) {
        if (consumed == log.size()) {
            return;
        }
        Attempt attempt = log.get(consumed++);
        boolean seen = state.ended().contains(attempt.id());
        if (attempt.cost() == null) {
            if (!seen) {
                state.running().put(attempt.id(), new Running(attempt.hold(), attempt.day(),
                        now + attempt.life() + margin));
            }
        } else if (state.lost().containsKey(attempt.id())) {
            settle(attempt.hold(), attempt.day(), attempt.cost() - state.lost().remove(attempt.id()));
        } else if (rules.isNews(seen)) {
            state.running().remove(attempt.id());
            state.ended().add(attempt.id());
            settle(attempt.hold(), attempt.day(), attempt.cost());
            use(attempt.hold(), attempt.day(), attempt.cost());
        }
    }

    boolean behind() {
        return consumed < log.size();
    }

    /** What is done every now and then: lost attempts are settled, silent parties closed, unless the log is behind. */
    void tick(long now) {
        if (consumed < log.size()) {
            return;
        }
        for (var entry : List.copyOf(state.running().entrySet())) {
            Running lost = entry.getValue();
            if (lost.lostAt() < now) {
                state.running().remove(entry.getKey());
                state.ended().add(entry.getKey());
                state.lost().put(entry.getKey(), lost.hold().getNanoUsd());
                settle(lost.hold(), lost.day(), lost.hold().getNanoUsd());
                use(lost.hold(), lost.day(), lost.hold().getNanoUsd());
            }
        }
        Set<String> running = new HashSet<>();
        state.running().values().forEach(attempt -> attempt.hold().getFrom()
                .forEach(from -> running.add(from.getParty())));
        state.grants().replaceAll((_, grants) -> rules.closeSilent(grants, now, startedAt, running::contains));
    }

    /** Returns what is heard of it from now on. */
    List<Allowance> commit() {
        List<Allowance> heard = said;
        said = new ArrayList<>();
        takenIn = new ArrayList<>();
        committed = new State(state.settled(), state.grants(), state.ended(), state.lost(), state.running(), consumed)
                .copy();
        return heard;
    }

    /** Returns the requests that will come again. */
    List<AllowanceRequest> crash(long now) {
        List<AllowanceRequest> again = takenIn;
        takenIn = new ArrayList<>();
        said = new ArrayList<>();
        state = committed.copy();
        consumed = committed.consumed();
        startedAt = now;
        return again;
    }

    long settled(String account, LocalDate day) {
        return state.settled().getOrDefault(new Slot(account, day), 0L);
    }

    long outstanding(String account, LocalDate day) {
        return Granted.outstanding(state.grants().getOrDefault(new Slot(account, day), Granted.NONE));
    }

    private Account account(String name) {
        return new Account(caps.getOrDefault(name, Cap.NONE), new Days() {
            @Override
            public long settled(LocalDate day) {
                return LedgerModel.this.settled(name, day);
            }

            @Override
            public Grants grants(LocalDate day) {
                return state.grants().getOrDefault(new Slot(name, day), Granted.NONE);
            }
        });
    }

    private void settle(Hold hold, LocalDate day, long cost) {
        for (HeldFrom from : hold.getFrom()) {
            state.settled().merge(new Slot(from.getAccount(), day), cost, Long::sum);
        }
    }

    private void use(Hold hold, LocalDate day, long used) {
        for (HeldFrom from : hold.getFrom()) {
            state.grants().computeIfPresent(new Slot(from.getAccount(), day),
                    (_, grants) -> rules.use(grants, from.getParty(), used, hold.getNanoUsd()));
        }
    }
}
