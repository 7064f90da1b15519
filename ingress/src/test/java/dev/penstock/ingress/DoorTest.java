package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.Door.Guest;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Tenant;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DoorTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Instant NOW = Instant.EPOCH;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Door door = new Door(2, task -> loop.runOnContext(_ -> task.run()));
    private final List<Guest> inside = new CopyOnWriteArrayList<>();
    private final List<ApiError> turnedAway = new CopyOnWriteArrayList<>();
    private final HttpClient client = vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(20));
    private int port;

    @BeforeEach
    void open() {
        var listening = Promise.<HttpServer>promise();
        loop.runOnContext(_ -> vertx.createHttpServer().requestHandler(this::come).listen(0, "127.0.0.1")
                .onComplete(listening));
        port = listening.future().await().actualPort();
    }

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private void come(HttpServerRequest request) {
        door.come(request, caller(request.path().substring(1)), NOW, PATIENCE, inside::add, error -> {
            turnedAway.add(error);
            Responses.error(request.response(), error);
        });
    }

    @Test
    void letsTheNextInWhenOneIsOver() {
        asks("a", 4);
        await().until(() -> inside.size() == 2);
        onLoop(() -> inside.getFirst().http.response().end());
        await().until(() -> inside.size() == 3);
        onLoop(() -> {
            inside.get(1).leave(); // a provider has begun with it
            inside.get(1).leave();
        });
        await().until(() -> inside.size() == 4);
        assertThat(turnedAway).isEmpty();
    }

    @Test
    void oneTenantsCrowdKeepsNobodyElseOut() {
        asks("a", 5);
        await().until(() -> inside.size() == 2);
        asks("b", 1);
        await().untilAsserted(() -> assertThat(inside).extracting(guest -> guest.caller.tenant().name())
                .containsExactly("a", "a", "b"));
    }

    @Test
    void whoGoesAwayOutsideIsForgotten() {
        asks("a", 2);
        await().until(() -> inside.size() == 2);
        asks("a", 3);
        HttpClient other = vertx.createHttpClient();
        send(other, "a");
        await().until(() -> outside() == 4);
        other.close().await();
        await().until(() -> outside() == 3);
    }

    @Test
    void whoHasAnAnswerBeforeItsWorkIsDoneCountsUntilThen() {
        asks("a", 3);
        await().until(() -> inside.size() == 2);
        onLoop(() -> {
            inside.getFirst().stay();
            inside.getFirst().http.response().end();
        });
        assertThat(outside()).isEqualTo(1);
        onLoop(() -> inside.getFirst().leave());
        await().until(() -> inside.size() == 3);
    }

    @Test
    void nobodyWaitsBeyondItsDeadlineOrTheEnd() {
        asks("a", 3);
        await().until(() -> outside() == 1);
        onLoop(() -> door.onTick(NOW.plus(PATIENCE).minusMillis(1)));
        assertThat(turnedAway).isEmpty();
        onLoop(() -> door.onTick(NOW.plus(PATIENCE)));
        assertThat(turnedAway).extracting(ApiError::status).containsExactly(504);
        asks("a", 1);
        await().until(() -> outside() == 1);
        onLoop(door::close);
        assertThat(turnedAway).extracting(ApiError::status).containsExactly(504, 503);
        assertThat(outside()).isZero();
    }

    @Test
    void theTimeOutsideIsPartOfWhatACallerWaits() {
        asks("a", 1);
        await().until(() -> inside.size() == 1);
        assertThat(inside.getFirst().left(Duration.ofSeconds(5), NOW.plusSeconds(2))).hasSeconds(3);
        assertThat(inside.getFirst().left(Duration.ofSeconds(5), NOW.plusSeconds(9))).isZero();
    }

    private int outside() {
        var count = new AtomicInteger();
        onLoop(() -> count.set(door.outside("a")));
        return count.get();
    }

    private void onLoop(Runnable task) {
        Future.<Void>future(done -> loop.runOnContext(_ -> {
            task.run();
            done.complete();
        })).await();
    }

    private void asks(String tenant, int count) {
        IntStream.range(0, count).forEach(_ -> send(client, tenant));
    }

    private void send(HttpClient from, String tenant) {
        from.request(HttpMethod.POST, port, "127.0.0.1", "/" + tenant).compose(HttpClientRequest::send);
    }

    private static Caller caller(String tenant) {
        return new Caller(new Tenant(tenant, List.of(), 1, ZoneOffset.UTC, Cap.NONE, null), "main");
    }
}
