package dev.penstock.deploy.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;

/** Says an answer in one piece, when its last token is due; one that has no last token never comes. */
final class WholeReply {
    private final Exchange exchange;
    private final Dialect dialect;
    private final Chat chat;
    private final Fault fault;
    private final Stats stats;

    WholeReply(Exchange exchange, Dialect dialect, Chat chat, Fault fault, Stats stats) {
        this.exchange = exchange;
        this.dialect = dialect;
        this.chat = chat;
        this.fault = fault;
        this.stats = stats;
    }

    void start() {
        if (!chat.endless()) {
            exchange.at(chat.pace().dueNanos(chat.length() - 1), this::speak);
        }
    }

    private void speak() {
        if (fault instanceof Fault.AfterTokens late && late.tokens() <= chat.length()) {
            strike(late);
            return;
        }
        stats.tokens.add(chat.completionTokens());
        exchange.end(dialect.wording(chat).whole());
    }

    private void strike(Fault.AfterTokens fault) {
        switch (fault) {
            case Fault.Stall _ -> {
            }
            case Fault.Drop _ -> {
                var body = Buffer.buffer(dialect.wording(chat).whole().toString());
                exchange.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()))
                        .write(body.slice(0, body.length() / 2)).onComplete(_ -> exchange.drop());
            }
            case Fault.ErrorEvent _ -> exchange.refuse(500, dialect.error(ApiFailure.ofStatus(500), 0));
        }
    }
}
