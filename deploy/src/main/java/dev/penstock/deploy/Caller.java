package dev.penstock.deploy;

import java.io.InputStream;
import java.util.Map;
import java.util.Objects;

/**
 * Who runs a client command, and from where.
 *
 * @param environment its variables
 * @param in its standard input
 * @param terminal whether its output is read by a person, not a program
 */
record Caller(Map<String, String> environment, InputStream in, boolean terminal) {
    /** Of this process; there has been a console object in every one since JDK 22. */
    static Caller here() {
        return new Caller(System.getenv(), System.in, Objects.requireNonNull(System.console()).isTerminal());
    }
}
