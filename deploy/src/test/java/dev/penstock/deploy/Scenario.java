package dev.penstock.deploy;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * A run of {@link LedgerTest}.
 *
 * @param request the body of a client's request, by its number; all of a scenario have the same hold
 * @param models those that are called for it
 * @param hangsUp whether a quarter of the clients goes away in the middle of its answers
 * @param disturbance what happens when about half of the cap is spent
 */
record Scenario(String name, IntFunction<String> request, List<String> models, boolean hangsUp,
        Consumer<LedgerBed> disturbance) {
    /** One of sim-small. */
    Scenario(String name, IntFunction<String> request, boolean hangsUp, Consumer<LedgerBed> disturbance) {
        this(name, request, List.of("sim-small"), hangsUp, disturbance);
    }

    @Override
    public String toString() {
        return name;
    }
}
