package dev.penstock.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.BusMessage;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Loan;
import dev.penstock.schemas.bus.Receipt;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.bus.Traffic;
import dev.penstock.schemas.bus.WorkerStatus;
import io.vertx.core.Vertx;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BusCodecTest {
    private static final byte[] DATA = "data: {\"ünïcode\": \"\ud83d\ude00\"}\n\n".getBytes(UTF_8);
    private static final List<BusMessage> MESSAGES = List.of(
            new Frame.Begun("r", 1, "worker", 2, List.of("seed", "n"), 3),
            new Frame.Delta("r", 1, 2, DATA), new Frame.Done("r", 1, 3, DATA, null),
            new Frame.Failed("r", 1, 4, new ApiError(429, "requests", null, "messages[0]", "slow down", 7)),
            new Frame.Failed("r", 1, 4, ApiError.of(500, "server_error", "code", "")), new Signal.Credit("r", 9),
            new Signal.Cancel("r"), new Inquiry("r", 3), new Standing("r", Standing.State.GONE),
            new Receipt("r", 12),
            new Traffic("i", List.of(new Traffic.Used("team/main", 3, 4_000, 2))),
            new Loan("w", "p", true, 5, 3, 2),
            new WorkerStatus("w", List.of(new WorkerStatus.Seen("p", "m", 8, 3, 2, 250, false))));

    private final BlockingQueue<BusMessage> arrived = new LinkedBlockingQueue<>();

    @Test
    void everyKindOfMessageIsTried() {
        assertThat(MESSAGES).extracting(message -> (Object) message.getClass())
                .containsAll(kinds(BusMessage.class).toList());
    }

    @Test
    void everyMessageCrossesACluster() throws Exception {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        var cluster = new EventBus.Cluster("127.0.0.1", port, List.of("127.0.0.1:" + port));
        Vertx here = EventBus.clustered(1, cluster).await();
        Vertx there = EventBus.clustered(1, cluster).await();
        try {
            there.eventBus().<BusMessage>consumer("there", message -> arrived.add(message.body())).completion().await();
            for (BusMessage sent : MESSAGES) {
                here.eventBus().send("there", sent);
                BusMessage received = arrived.poll(10, TimeUnit.SECONDS);
                assertThat(received).isNotSameAs(sent).usingRecursiveComparison().isEqualTo(sent);
            }
        } finally {
            here.close().await();
            there.close().await();
        }
    }

    @Test
    void withinAProcessMessagesAreHandedOverAsTheyAre() throws Exception {
        Vertx vertx = EventBus.local(1);
        try {
            vertx.eventBus().<BusMessage>consumer("here", message -> arrived.add(message.body()));
            for (BusMessage sent : MESSAGES) {
                vertx.eventBus().send("here", sent);
                assertThat(arrived.poll(10, TimeUnit.SECONDS)).isSameAs(sent);
            }
        } finally {
            vertx.close().await();
        }
    }

    private static Stream<Class<?>> kinds(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(BusCodecTest::kinds)
                : Stream.of(type);
    }
}
