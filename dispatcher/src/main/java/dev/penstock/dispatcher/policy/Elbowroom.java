package dev.penstock.dispatcher.policy;

import java.util.HashMap;
import java.util.Map;

/**
 * Keeps some slots free of whoever has many calls open, for tenants that had use of them lately: in turns they would get
 * the next slot too, but only when a call ends, and calls last. As many as they had open at most within the last seconds,
 * of those who have fewer open now, so that one of any two may always go, and no more than one slot in {@value #ONE_IN}. Times are in
 * nanoseconds. Not thread-safe.
 */
final class Elbowroom {
    static final int ONE_IN = 10;
    private static final long SPAN = 5_000_000_000L;

    private final Map<String, Use> uses = new HashMap<>();
    private long spanBegan;

    private static final class Use {
        int open;
        int peak;
        int peakBefore;
    }

    void begun(String tenant, long now) {
        turn(now);
        Use use = uses.computeIfAbsent(tenant, _ -> new Use());
        use.open++;
        use.peak = Math.max(use.peak, use.open);
    }

    void ended(String tenant) {
        Use use = uses.get(tenant);
        if (use != null) {
            use.open--;
        }
    }

    /** How many of so many slots a tenant is to leave free. */
    int beside(String tenant, int slots, long now) {
        turn(now);
        Use own = uses.get(tenant);
        if (own == null) {
            return 0;
        }
        int most = slots / ONE_IN;
        int room = 0;
        for (Use use : uses.values()) {
            int unused = Math.max(use.peak, use.peakBefore) - use.open;
            if (room < most && unused > 0 && use.open < own.open) {
                room = Math.min(most, room + unused);
            }
        }
        return room;
    }

    private void turn(long now) {
        if (now - spanBegan >= SPAN) {
            boolean longAgo = now - spanBegan >= 2 * SPAN;
            uses.values().forEach(use -> {
                use.peakBefore = longAgo ? use.open : use.peak;
                use.peak = use.open;
            });
            uses.values().removeIf(use -> use.peakBefore == 0 && use.open == 0);
            spanBegan = now;
        }
    }
}
