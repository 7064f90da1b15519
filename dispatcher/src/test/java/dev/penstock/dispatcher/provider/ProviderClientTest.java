package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import io.vertx.core.Promise;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;

/** How calls end, against a server that behaves and misbehaves as providers do. */
class ProviderClientTest extends WithLocalProvider {
    @Test
    void streams() throws Exception {
        var received = Promise.<String>promise();
        Outcome outcome = outcome(Samples.streaming(), (request, body) -> {
            received.complete(request.path() + " " + request.getHeader("authorization") + " "
                    + request.getHeader("accept-encoding") + " " + body);
            stream(request).write(CHUNK);
            vertx.setTimer(20, _ -> request.response().end(CHUNK + END));
        });
        assertThat(await(received.future())).isEqualTo("/v1/chat/completions Bearer sk-secret null "
                + "{\"model\":\"acme-1\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":[]}");
        assertThat(seen()).contains("\"content\":\"Hi\"").endsWith("\"finish_reason\":\"stop\"}],\"usage\":null}\n\n");
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Completed.class, completed -> {
            assertThat(completed.consumption()).isEqualTo(new Consumption(new Usage(7, 2, 0, 0, 0), false));
            assertThat(new String(completed.rest(), StandardCharsets.UTF_8))
                    .endsWith(",\"cost\":0.00000225}}\n\ndata: [DONE]\n\n");
        });
    }

    @Test
    void answersInOnePiece() throws Exception {
        Outcome outcome = outcome(Samples.whole(), (request, _) -> request.response()
                .putHeader("content-type", "application/json")
                .end("{\"created\":5,\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}"));
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Completed.class,
                completed -> assertThat(new String(completed.rest(), StandardCharsets.UTF_8)).startsWith(
                        "{\"id\":\"chatcmpl-abc123\",\"object\":\"chat.completion\",\"created\":5,\"model\":\"m\","
                                + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\",\"refusal\":null}"));
        assertThat(seen.size()).isZero();
    }

    @Test
    void keepsTheConnectionAfterAnAnswer() throws Exception {
        var connections = new ConcurrentSkipListSet<String>();
        for (int i = 0; i < 3; i++) {
            Outcome outcome = outcome(Samples.streaming(), (request, _) -> {
                connections.add(request.connection().remoteAddress().toString());
                stream(request).write(CHUNK + END);
                vertx.setTimer(50, _ -> request.response().end());
            });
            assertThat(outcome).isInstanceOf(Outcome.Completed.class);
        }
        assertThat(connections).hasSize(1);
    }

    @Test
    void tellsRefusalsFromRejections() throws Exception {
        assertThat(status(429, "{\"error\":{\"message\":\"slow down\"}}"))
                .isEqualTo(new Outcome.Refused(new ApiError(429,
                        "requests", "rate_limit_exceeded", null, "The provider's rate limit is reached.", 3)));
        assertThat(status(503, "")).isInstanceOf(Outcome.Refused.class);
        assertThat(status(401, "{}")).isEqualTo(new Outcome.Refused(Failures.AUTHENTICATION));
        assertThat(status(400, "{\"error\":{\"message\":\"Bad\",\"param\":\"seed\"}}")).isEqualTo(new Outcome.Rejected(
                new ApiError(400, "invalid_request_error", null, "seed", "Bad", null)));
    }

    private Outcome status(int status, String body) throws Exception {
        return outcome(Samples.streaming(), (request, _) -> request.response().setStatusCode(status)
                .putHeader("retry-after", "3").putHeader("content-type", "application/json").end(body));
    }

    @Test
    void isRefusedWhenNobodyAnswersTheDoor() throws Exception {
        try (var bound = new Socket()) { // and not listening, so that nobody else gets the port meanwhile
            bound.bind(new InetSocketAddress("127.0.0.1", 0));
            client = client(bound.getLocalPort(), Provider.Timeouts.DEFAULT);
            assertThat(await(send(Samples.streaming()).outcome()))
                    .isEqualTo(new Outcome.Refused(Failures.UNREACHABLE));
        }
    }

    @Test
    void isRefusedWhenTheConnectionBreaksBeforeTheFirstToken() throws Exception {
        assertThat(outcome(Samples.streaming(), (request, _) -> request.connection().close()))
                .isEqualTo(new Outcome.Refused(Failures.CONNECTION_LOST));
        assertThat(outcome(Samples.streaming(), (request, _) -> stream(request).write(": hello\n\n")
                .onSuccess(_ -> request.connection().close())))
                .isEqualTo(new Outcome.Refused(Failures.CONNECTION_LOST));
    }

    @Test
    void isBrokenWhenTheConnectionBreaksAfter() throws Exception {
        Outcome outcome = outcome(Samples.streaming(),
                (request, _) -> stream(request).write(CHUNK).onSuccess(_ -> request.connection().close()));
        assertThat(outcome).isEqualTo(
                new Outcome.Broken(Failures.CONNECTION_LOST, new Consumption(new Usage(4, 1, 0, 0, 0), true), null));
        assertThat(seen()).contains("Hi");
    }

    @Test
    void isBrokenOrRefusedWhenAWholeAnswerIsCut() throws Exception {
        Behaviour cut = (request, _) -> request.response().putHeader("content-length", "100").write("{\"choices\":")
                .onSuccess(_ -> request.connection().close());
        assertThat(outcome(Samples.whole(), cut)).isInstanceOf(Outcome.Broken.class);
        Behaviour nothing = (request, _) -> request.response().putHeader("content-length", "100").write("\n")
                .onSuccess(_ -> request.connection().close());
        assertThat(outcome(Samples.whole(), nothing)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void runsOutOfPatience() throws Exception {
        client = client(new Provider.Timeouts(Duration.ofSeconds(5), Duration.ofMillis(100), Duration.ofMillis(100)));
        var closed = Promise.<Void>promise();
        assertThat(outcome(Samples.streaming(), (request, _) -> request.connection().closeHandler(closed::complete)))
                .isEqualTo(new Outcome.Refused(Failures.TIMEOUT));
        await(closed.future());
        assertThat(outcome(Samples.streaming(), (request, _) -> stream(request).write(CHUNK)))
                .isInstanceOfSatisfying(Outcome.Broken.class,
                        broken -> assertThat(broken.error()).isEqualTo(Failures.TIMEOUT));
    }

    @Test
    void waitsNoLongerForAConnectionThanConfigured() throws Exception {
        behaviour = (_, _) -> {};
        ProviderCall first = send(Samples.streaming());
        assertThat(await(send(Samples.streaming()).outcome())).isEqualTo(new Outcome.Refused(Failures.TIMEOUT));
        assertThat(first.outcome().isComplete()).isFalse();
    }

    @Test
    void findsGarbageAndErrorsWithinA200() throws Exception {
        assertThat(outcome(Samples.streaming(), (request, _) -> stream(request).end("data: {\u0001\n\n")))
                .isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        assertThat(outcome(Samples.whole(), (request, _) -> request.response().end("<html>")))
                .isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        Behaviour error = (request, _) -> request.response().putHeader("content-type", "application/json")
                .end("{\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\"}}");
        assertThat(outcome(Samples.streaming(), error)).isInstanceOf(Outcome.Rejected.class);
        assertThat(outcome(Samples.whole(), error)).isInstanceOf(Outcome.Rejected.class);
        assertThat(seen.size()).isZero();
    }
}
