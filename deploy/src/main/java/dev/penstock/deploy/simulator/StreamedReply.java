package dev.penstock.deploy.simulator;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import java.util.function.IntConsumer;

/**
 * Says an answer as a stream of events at its pace. Each step writes what is due, one write at most, and says when the
 * next step is; a peer that does not read stops it by the full write queue, so an endless answer costs no memory.
 */
final class StreamedReply {
    /** Characters a step writes at most, so that an unpaced stream leaves its event loop to others. */
    private static final int MOST_AT_ONCE = 8 * 1024;

    private final Exchange exchange;
    private final Chat chat;
    private final Dialect dialect;
    private final Wording wording;
    private final Fault fault;
    private final Stats stats;
    /** Where the answer ends or the fault strikes. */
    private final long until;
    private long said;
    private boolean begun;
    private boolean waitsForDrain;

    StreamedReply(Exchange exchange, Dialect dialect, Chat chat, Fault fault, Stats stats) {
        this.exchange = exchange;
        this.chat = chat;
        this.dialect = dialect;
        this.wording = dialect.wording(chat);
        this.stats = stats;
        this.fault = fault;
        this.until = fault instanceof Fault.AfterTokens late ? Math.min(late.tokens(), chat.length()) : chat.length();
    }

    void start() {
        exchange.response().setChunked(true).putHeader(HttpHeaders.CONTENT_TYPE, dialect.streamType())
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache").drainHandler(_ -> drained());
        exchange.at(chat.pace().dueNanos(0), this::speak);
    }

    private void drained() {
        if (waitsForDrain) {
            waitsForDrain = false;
            exchange.at(chat.pace().dueNanos(said), this::speak);
        }
    }

    private void speak() {
        if (exchange.response().writeQueueFull()) {
            waitsForDrain = true;
            return;
        }
        var events = new StringBuilder();
        if (!begun) {
            begun = true;
            eachChoice(choice -> events.append(wording.head(choice)));
        }
        while (said < until && events.length() < MOST_AT_ONCE && exchange.isDue(chat.pace().dueNanos(said))) {
            eachChoice(choice -> events.append(wording.piece(choice, said)));
            said++;
            stats.tokens.add(chat.request().n());
        }
        if (said < until) {
            write(events);
            exchange.at(chat.pace().dueNanos(said), this::speak);
        } else {
            finish(events);
        }
    }

    private void finish(StringBuilder events) {
        if (fault instanceof Fault.AfterTokens late && late.tokens() <= chat.length()) {
            strike(late, events);
            return;
        }
        eachChoice(choice -> events.append(wording.finish(choice)));
        exchange.complete(dialect.encode(events.append(wording.end()).toString()));
    }

    private void strike(Fault.AfterTokens fault, StringBuilder events) {
        switch (fault) {
            case Fault.Stall _ -> write(events);
            case Fault.Drop _ -> write(events).onComplete(_ -> exchange.drop());
            case Fault.ErrorEvent _ -> exchange.end(
                    dialect.encode(events.append(dialect.failed(ApiFailure.ofStatus(500))).toString()));
        }
    }

    private Future<Void> write(StringBuilder events) {
        return exchange.response().write(dialect.encode(events.toString()));
    }

    private void eachChoice(IntConsumer action) {
        for (int choice = 0; choice < chat.request().n(); choice++) {
            action.accept(choice);
        }
    }
}
