package dev.penstock.metering;

import java.util.ArrayList;
import java.util.List;

/** What an {@link Audit} has found; differences are named up to {@value #MOST_NAMED}. Confined to one thread. */
public final class Findings {
    private static final int MOST_NAMED = 50;

    long attempts;
    long repetitions;
    long waiting;
    long usage;
    long otherPrices;
    long sums;
    private long differences;
    private final List<String> named = new ArrayList<>();

    Findings() {}

    void differs(String what) {
        differences++;
        if (named.size() < MOST_NAMED) {
            named.add(what);
        }
    }

    /** Attempts that have ended. */
    public long attempts() {
        return attempts;
    }

    /** Ends that were written again. */
    public long repetitions() {
        return repetitions;
    }

    /** Attempts that metering has yet to take in. */
    public long waiting() {
        return waiting;
    }

    /** Published usage events. */
    public long usage() {
        return usage;
    }

    /** Usage events that were priced by another version of the catalog, so that their cost could not be checked. */
    public long otherPrices() {
        return otherPrices;
    }

    /** Published sums of spend. */
    public long sums() {
        return sums;
    }

    /** How often what is published is not what follows from the attempts. */
    public long differences() {
        return differences;
    }

    /** The differences, or the first of them, in words. */
    public List<String> named() {
        return List.copyOf(named);
    }
}
