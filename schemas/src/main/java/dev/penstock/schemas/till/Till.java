package dev.penstock.schemas.till;

import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.ledger.Decision;
import dev.penstock.schemas.ledger.Terms;
import dev.penstock.schemas.ledger.Wallet;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where one event loop takes its holds and settles them. Lives on that loop. */
public final class Till implements LedgerLine.Listener {
    private static final long POLL_MS = 50;
    private static final long TICK_MS = 1_000;

    /** The event loop that owns a till. */
    public interface Loop {
        /** Runs a task on the loop, soon; may be called from any thread. */
        void run(Runnable task);

        /** Runs a task on the loop after so many ms. */
        void later(long ms, Runnable task);
    }

    private final LedgerLine line;
    private final Loop loop;
    private final Wallet wallet;
    private final Map<String, Consumer<Decision>> waiting = new HashMap<>();
    private boolean closed;

    /**
     * A till, to be made on its loop.
     *
     * @param name of the spender, for people; a restart has another identity all the same
     */
    public Till(LedgerLine line, Loop loop, String name, Terms terms) {
        this.line = line;
        this.loop = loop;
        this.wallet = new Wallet(name + "." + UUID.randomUUID(), terms);
        line.listen(this);
        tick();
    }

    /**
     * Takes a hold from each of the accounts or from none.
     *
     * @param decided called once on the loop, before this returns or later; never with {@link Decision.Waiting}
     */
    public void hold(String requestId, String tenant, List<String> accounts, LocalDate day, long amount,
            Consumer<Decision> decided) {
        Decision decision = wallet.hold(requestId, tenant, accounts, day, amount, now());
        if (decision instanceof Decision.Waiting) {
            if (waiting.isEmpty()) {
                loop.later(POLL_MS, this::poll);
            }
            waiting.put(requestId, decided);
        } else {
            decided.accept(decision);
        }
        carryOut();
    }

    /** As {@link Wallet#remaining}; asks nobody. */
    public @Nullable Long remaining(List<String> accounts, LocalDate day) {
        return wallet.remaining(accounts, day, now());
    }

    /**
     * A request is over and used up so much of its hold, in nano-US-dollars. One that has no hold is passed over; one that
     * waits for its hold gets none, and no decision.
     */
    public void settle(String requestId, long used) {
        if (waiting.remove(requestId) != null) {
            wallet.forget(requestId);
        }
        wallet.settle(requestId, used, now());
        carryOut();
    }

    /** Gives back what no open request may need. */
    public void close() {
        closed = true;
        wallet.close(now());
        carryOut();
        line.unlisten(this);
    }

    @Override
    public void onAllowance(Allowance allowance) {
        loop.run(() -> {
            wallet.onAllowance(allowance, now());
            carryOut();
        });
    }

    @Override
    public void onCapChange(String account) {
        loop.run(() -> {
            wallet.onCapChange(account, now());
            carryOut();
        });
    }

    private void tick() {
        if (!closed) {
            wallet.tick(now());
            carryOut();
            loop.later(TICK_MS, this::tick);
        }
    }

    private void poll() {
        if (!closed && !waiting.isEmpty()) {
            wallet.tick(now());
            carryOut();
            loop.later(POLL_MS, this::poll);
        }
    }

    private void carryOut() {
        wallet.requests().forEach(line::tell);
        for (Wallet.Decided one : wallet.decided()) {
            @Nullable
            Consumer<Decision> decided = waiting.remove(one.requestId());
            if (decided != null) {
                decided.accept(one.decision());
            }
        }
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
