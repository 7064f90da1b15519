package dev.penstock.deploy.bench;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request and its answer, timed and checked. Lives on the bench's event loop. */
final class Call {
    private final Plan plan;
    private final long dueNanos;
    private final Findings findings;
    private final Consumer<Call> ended;
    private final StreamCheck check = new StreamCheck();
    private @Nullable HttpClientRequest request;
    private long firstTokenNanos;
    private long lastTokenNanos;
    private boolean over;

    /** To be made when the request leaves; tells once that it has ended, when its findings are in. */
    Call(Plan plan, long dueNanos, Findings findings, Consumer<Call> ended) {
        this.plan = plan;
        this.dueNanos = dueNanos;
        this.findings = findings;
        this.ended = ended;
        findings.lag.recordValue(micros(dueNanos, System.nanoTime()));
    }

    void sent(HttpClientRequest request) {
        this.request = request;
    }

    void answered(HttpClientResponse response) {
        response.exceptionHandler(_ -> lose());
        if (response.statusCode() != 200) {
            end(Verdict.REFUSED, 0);
        } else if (plan.stream()) {
            response.handler(this::part).endHandler(_ -> end(check.verdict(plan.tokens()), check.tokens()));
        } else {
            response.body().onSuccess(this::whole);
        }
    }

    /** Gives the answer up. */
    void lose() {
        if (!over && request != null) {
            request.reset();
        }
        end(Verdict.LOST, check.tokens());
    }

    private void part(Buffer part) {
        int texts = check.take(part.getBytes());
        if (texts == 0) {
            return;
        }
        long now = System.nanoTime();
        if (firstTokenNanos == 0) {
            firstTokenNanos = now;
        } else {
            findings.gap.recordValue(micros(lastTokenNanos, now));
        }
        findings.gap.recordValueWithCount(0, texts - 1L);
        lastTokenNanos = now;
    }

    private void whole(Buffer body) {
        var answer = new AnswerCheck();
        answer.take(body.getBytes(), 0, body.length());
        end(answer.verdict(plan.tokens()), answer.tokens());
    }

    private void end(Verdict verdict, long tokens) {
        if (over) {
            return;
        }
        over = true;
        if (verdict == Verdict.WHOLE) {
            findings.total.recordValue(micros(dueNanos, System.nanoTime()));
            if (plan.stream()) {
                findings.ttft.recordValue(micros(dueNanos, firstTokenNanos));
            }
        }
        findings.count(verdict, tokens);
        ended.accept(this);
    }

    private static long micros(long fromNanos, long toNanos) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMicros(toNanos - fromNanos));
    }
}
