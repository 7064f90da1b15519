package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Shows how far a batch is: a bar on a terminal, and nothing where a program reads. */
final class BatchProgress {
    private static final int WIDTH = 30;
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final boolean terminal;
    private final PrintWriter out;
    private final long startedAt = System.nanoTime();
    private int atStart = -1;

    BatchProgress(boolean terminal, PrintWriter out) {
        this.terminal = terminal;
        this.out = out;
    }

    /** How long to wait before the next look. */
    Duration pause() {
        return PAUSE;
    }

    void show(JsonNode batch) {
        if (!terminal) {
            return;
        }
        JsonNode counts = batch.path("request_counts");
        int total = counts.path("total").asInt();
        int done = counts.path("completed").asInt() + counts.path("failed").asInt();
        atStart = atStart < 0 ? done : atStart;
        double seconds = (System.nanoTime() - startedAt) / 1e9;
        double rate = (done - atStart) / Math.max(0.001, seconds);
        int filled = total == 0 ? 0 : (int) ((long) WIDTH * done / total);
        String left = rate > 0 ? time((long) ((total - done) / rate)) + " left" : batch.path("status").asText();
        out.print(String.format(Locale.ROOT, "\r\u001b[K[%s%s] %,d/%,d  %,.0f/s  $%s  %s", "#".repeat(filled),
                " ".repeat(WIDTH - filled), done, total, rate,
                batch.path("usage").path("cost").decimalValue().toPlainString(), left));
        out.flush();
    }

    void end(JsonNode batch) {
        if (terminal) {
            show(batch);
            out.println();
        }
    }

    private static String time(long seconds) {
        return String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
    }
}
