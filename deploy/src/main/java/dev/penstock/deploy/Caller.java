package dev.penstock.deploy;

import java.io.Console;
import java.io.InputStream;
import java.util.Map;

/**
 * Who runs a client command, and from where.
 *
 * @param environment its variables
 * @param in its standard input
 * @param terminal whether its output is read by a person, not a program
 */
record Caller(Map<String, String> environment, InputStream in, boolean terminal) {
    /** Of this process. */
    @SuppressWarnings("SystemConsoleNull") // It was never null in JDK 22 to 24, and is again since 25 where there is no terminal.
    static Caller here() {
        Console console = System.console();
        return new Caller(System.getenv(), System.in, console != null && console.isTerminal());
    }
}
