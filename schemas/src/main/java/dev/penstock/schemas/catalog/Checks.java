package dev.penstock.schemas.catalog;

import java.time.Duration;

/** The rules that several records of the catalog share; each failure names the component, the value and the rule. */
final class Checks {
    private Checks() {}

    static void name(String component, String value) {
        if (!value.matches("[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    component + ": '" + value + "' must be 1 to 64 lower-case letters, digits and inner hyphens");
        }
    }

    static void notBlank(String component, String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(component + ": must not be blank");
        }
    }

    static void positive(String component, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(component + ": " + value + " must be positive");
        }
    }

    static void positive(String component, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(component + ": " + value + " must be positive");
        }
    }

    static void notNegative(String component, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(component + ": " + value + " must not be negative");
        }
    }
}
