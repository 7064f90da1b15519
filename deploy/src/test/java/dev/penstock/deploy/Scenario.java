package dev.penstock.deploy;

import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * A run of {@link LedgerTest}.
 *
 * @param request the body of a client's request, by the client's number; all of a scenario have the same hold
 * @param hangsUp whether every other client goes away in the middle of its answers
 * @param disturbance what happens when about half of the cap is spent
 */
record Scenario(String name, IntFunction<String> request, boolean hangsUp, Consumer<LedgerBed> disturbance) {
    @Override
    public String toString() {
        return name;
    }
}
