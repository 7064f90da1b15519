package dev.penstock.deploy.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** A process of {@link BurstCommand}. For one thread. */
final class Burst implements AutoCloseable {
    private final Process process;
    private final Writer to;
    private final BufferedReader from;

    /**
     * What became of requests that were sent at once.
     *
     * @param seconds from the first to the last answer
     * @param cpuMillis what their sender used
     */
    record Sent(long requests, long whole, double seconds, double cpuMillis) {
        static final Sent NOTHING = new Sent(0, 0, 0, 0);

        static Sent of(Findings found) {
            return new Sent(found.requests(), found.count(Verdict.WHOLE), found.seconds(), found.used().cpuMillis());
        }

        Sent plus(Sent other) {
            return new Sent(requests + other.requests, whole + other.whole, seconds + other.seconds,
                    cpuMillis + other.cpuMillis);
        }

        String line() {
            return requests + " " + whole + " " + seconds + " " + cpuMillis;
        }

        private static Sent read(String line) {
            String[] words = line.split(" ", -1);
            return new Sent(Long.parseLong(words[0]), Long.parseLong(words[1]), Double.parseDouble(words[2]),
                    Double.parseDouble(words[3]));
        }
    }

    /** Takes a process over that has said that it is ready. */
    Burst(Process process) {
        this.process = process;
        this.to = process.outputWriter(StandardCharsets.UTF_8);
        this.from = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Has it send so many; completes when all have ended. */
    CompletableFuture<Sent> send(int requests) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                to.write(requests + "\n");
                to.flush();
                String line = from.readLine();
                if (line == null) {
                    throw new IOException("it has ended");
                }
                return Sent.read(line);
            } catch (IOException e) {
                throw new UncheckedIOException("the sender of the flood has failed", e);
            }
        }, Thread::startVirtualThread);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
