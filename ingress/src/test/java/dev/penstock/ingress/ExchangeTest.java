package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.ingress.admission.Published;
import dev.penstock.ingress.routing.Choice;
import dev.penstock.ingress.routing.Reason;
import dev.penstock.ingress.routing.RoutePlan;
import dev.penstock.ingress.routing.Sight;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Route.Target;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a client gets of the frames of several attempts, over a real connection. */
class ExchangeTest {
    private static final ApiError BROKEN = ApiError.of(502, "server_error", "connection_lost", "It broke off.");

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> cancelled = new ArrayList<>();

    @AfterEach
    void stop() {
        http.close();
        vertx.close().await();
    }

    @Test
    void anAttemptThatGoesOnAfterAllThatWasSentIsOneStreamWithTheOneBefore() throws Exception {
        assertThat(stream(begun(1, "a", 0), delta(1, 1, "so "), delta(1, 2, "it "), begun(2, "b", 2),
                delta(2, 1, "goes "), begun(3, "c", 3), new Frame.Done("r", 3, 1, bytes("on"), null)))
                .isEqualTo("so it goes on");
        assertThat(cancelled).isEmpty();
    }

    @Test
    void anAttemptThatWouldRepeatWhatWasSentIsCalledOffAndTheOtherHeard() throws Exception {
        assertThat(stream(begun(1, "a", 0), delta(1, 1, "so "), delta(1, 2, "it "), begun(2, "b", 1),
                delta(2, 1, "it "), begun(2, "c", 0), delta(1, 3, "is"), new Frame.Done("r", 1, 4, bytes("!"), null)))
                .isEqualTo("so it is!");
        assertThat(cancelled).containsExactly("b", "c");
    }

    @Test
    void anAttemptThatGoesOnAfterMoreThanWasSentEndsTheStream() throws Exception {
        assertThat(stream(begun(1, "a", 0), delta(1, 1, "so "), begun(2, "b", 2)))
                .startsWith("so ").contains("worker_lost");
        assertThat(cancelled).containsExactly("b");
    }

    @Test
    void whoCannotGoOnEndsTheStream() throws Exception {
        assertThat(stream(begun(1, "a", 0), delta(1, 1, "so "), begun(2, "b", 1),
                new Frame.Failed("r", 2, 1, BROKEN))).startsWith("so ").contains("connection_lost");
    }

    private String stream(Frame... frames) throws Exception {
        var server = vertx.createHttpServer().requestHandler(request -> {
            Exchange exchange = exchange(request.response());
            for (Frame frame : frames) {
                exchange.onFrame(frame, 0);
            }
        }).listen(0, "127.0.0.1").await();
        return http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort())).build(),
                BodyHandlers.ofString()).body();
    }

    private Exchange exchange(HttpServerResponse response) {
        var model = new Model("m", "p", "m-1", null, Limits.UNKNOWN, 0);
        var choice = new Choice(Target.of("m"), model, Published.NOTHING, Sight.NONE, null, null, Reason.ONLY);
        var plan = new RoutePlan("m", null, List.of(choice, choice, choice), List.of(), null, true);
        Candidate candidate = Candidate.newBuilder().setProvider("p").setModel("m-1").setAfter(FallbackCause.FAILURE)
                .build();
        var envelope = RequestEnvelope.newBuilder().setRequestId("r").setAttempt(1).setTenant("t").setKeyId("k")
                .setLane(Lane.INTERACTIVE).setModel("m").setRoute(List.of(candidate)).setAcceptedAt(Instant.EPOCH)
                .setDeadline(Instant.EPOCH.plusSeconds(60)).setBillingDay(LocalDate.EPOCH).setReplyTo("")
                .setStream(true).setIncludeUsage(false).setBody(ByteBuffer.allocate(0)).build();
        return new Exchange(envelope, 0, response, new RouteHeaders(plan, () -> 0), (worker, signal) -> {
            if (signal instanceof Signal.Cancel) {
                cancelled.add(worker);
            }
        }, () -> {}, () -> {});
    }

    private static Frame begun(int attempt, String worker, int seen) {
        return new Frame.Begun("r", attempt, worker, attempt - 1, List.of(), seen);
    }

    private static Frame delta(int attempt, int sequence, String text) {
        return new Frame.Delta("r", attempt, sequence, bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
