package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.TimeUnit;

/**
 * One chat request being answered: its clock, its end and its place in the statistics. It is used on its connection's
 * event loop only. Whatever is scheduled here runs there too, and no more once the exchange is over.
 */
final class Exchange {
    private final Vertx vertx;
    private final HttpServerResponse response;
    private final Stats stats;
    private final boolean stream;
    private final long started = System.nanoTime();
    private long timer = -1;
    private boolean over;

    Exchange(Vertx vertx, HttpServerResponse response, boolean stream, Stats stats) {
        this.vertx = vertx;
        this.response = response;
        this.stream = stream;
        this.stats = stats;
        stats.opened();
        response.exceptionHandler(_ -> gone());
        response.closeHandler(_ -> gone());
    }

    HttpServerResponse response() {
        return response;
    }

    /** Runs a step when it is due, in nanoseconds after the request came, to the nearest millisecond; never at once. */
    void at(long dueNanos, Runnable step) {
        long millis = TimeUnit.NANOSECONDS.toMillis(dueNanos - elapsed() + 500_000);
        if (millis < 1) {
            vertx.runOnContext(_ -> runUnlessOver(step));
        } else {
            timer = vertx.setTimer(millis, _ -> runUnlessOver(step));
        }
    }

    boolean isDue(long dueNanos) {
        return dueNanos - elapsed() < 500_000;
    }

    void refuse(int status, ObjectNode error) {
        response.setStatusCode(status);
        end(error);
    }

    void end(ObjectNode json) {
        response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        end(Buffer.buffer(json.toString()));
    }

    void end(Buffer last) {
        close();
        response.end(last);
    }

    /** Ends a stream that lacks nothing. */
    void complete(Buffer last) {
        stats.streamsCompleted.increment();
        end(last);
    }

    /** Breaks the connection off (HTTP/1) or the stream (HTTP/2). */
    void drop() {
        close();
        response.reset();
    }

    private void gone() {
        if (!over && stream) {
            stats.streamsAborted.increment();
        }
        close();
    }

    private void close() {
        if (!over) {
            over = true;
            stats.open.decrementAndGet();
            vertx.cancelTimer(timer);
        }
    }

    private void runUnlessOver(Runnable step) {
        if (!over) {
            step.run();
        }
    }

    private long elapsed() {
        return System.nanoTime() - started;
    }
}
