package dev.penstock.dispatcher.policy;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** What one worker knows of a provider's models that were called. Times are in nanoseconds. Not thread-safe. */
final class Models {
    /** Callers may ask for any model of a provider by name; beyond so many they are taken for one. */
    private static final int MOST = 500;
    private static final String OTHERS = "*";

    private final Function<String, Gate> gates;
    private final Map<String, Seen> models = new TreeMap<>();
    private Set<Integer> partitions = Set.of();
    private int of = 1;

    /** What is known of a model. */
    static final class Seen {
        final Gate gate;
        final Breaker breaker = new Breaker();
        final Ewma firstToken = new Ewma();
        final Ewma duration = new Ewma();
        final Ewma output = new Ewma();

        Seen(Gate gate) {
            this.gate = gate;
        }
    }

    /** @param gates makes the gate of a model by its name, for a worker that owns nothing yet */
    Models(Function<String, Gate> gates) {
        this.gates = gates;
    }

    void own(Set<Integer> owned, int count, long now) {
        partitions = Set.copyOf(owned);
        of = count;
        models.values().forEach(seen -> seen.gate.own(partitions, of, now));
    }

    /** Of a model; it has been called from now on. */
    Seen get(String model, long now) {
        Seen seen = models.get(model);
        if (seen == null) {
            seen = models.computeIfAbsent(models.size() < MOST ? model : OTHERS, name -> begin(name, now));
        }
        return seen;
    }

    /** By the models' names, in their order. */
    Map<String, Seen> all() {
        return Collections.unmodifiableMap(models);
    }

    private Seen begin(String model, long now) {
        Gate gate = gates.apply(model);
        gate.own(partitions, of, now);
        return new Seen(gate);
    }
}
