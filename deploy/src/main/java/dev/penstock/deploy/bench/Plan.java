package dev.penstock.deploy.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Locale;

/**
 * The load of one round.
 *
 * @param stream whether answers are streamed
 * @param requests how many are sent
 * @param perSecond how many are sent in a second, at constant intervals
 * @param ttftMillis when the provider says the first token
 * @param itlMillis how long the provider takes from one token to the next
 * @param tokens how many tokens the provider says in an answer
 */
record Plan(boolean stream, int requests, double perSecond, long ttftMillis, double itlMillis, int tokens) {

    Plan {
        if (requests < 1 || !(perSecond > 0) || tokens < 1) {
            throw new IllegalArgumentException("a round needs requests, a rate and tokens");
        }
    }

    /** When a request leaves, in nanoseconds from the round's start. */
    long dueNanos(int request) {
        return (long) (request * 1e9 / perSecond);
    }

    /**
     * A like load for so many seconds, to be played before one that counts: it compiles the code, but is
     * neither heavier nor longer than that takes.
     */
    Plan warmup(int seconds) {
        double rate = Math.min(perSecond, 200);
        return new Plan(stream, (int) Math.ceil(rate * seconds), rate, ttftMillis, Math.min(itlMillis, 20), tokens);
    }

    /** The same load for so many seconds. */
    Plan lasting(double seconds) {
        return new Plan(stream, (int) Math.max(1, perSecond * seconds), perSecond, ttftMillis, itlMillis, tokens);
    }

    /** How long the provider takes for one answer, at the least. */
    double answerSeconds() {
        return (ttftMillis + (tokens - 1) * itlMillis) / 1e3;
    }

    /** How many answers are open at once when nothing is added to the provider's time; at least one. */
    int concurrent() {
        return Math.clamp((long) Math.ceil(answerSeconds() * perSecond), 1, requests);
    }

    /** The request, with the pace in its text: the simulator finds it there whatever is in between. */
    String body(String model) {
        var body = JsonNodeFactory.instance.objectNode().put("model", model).put("stream", stream);
        body.putArray("messages").addObject().put("role", "user").put("content", String.format(Locale.ROOT,
                "[[sim ttft=%d itl=%.3f tokens=%d]] Say the script.", ttftMillis, itlMillis, tokens));
        if (stream) {
            body.putObject("stream_options").put("include_usage", true);
        }
        return body.toString();
    }
}
