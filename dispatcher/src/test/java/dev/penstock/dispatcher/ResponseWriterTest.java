package dev.penstock.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A log that acknowledges when it is told to. */
class ResponseWriterTest {
    private final Vertx vertx = Vertx.vertx();
    private final List<ResponsePart> parts = new CopyOnWriteArrayList<>();
    private final Queue<Promise<Void>> unacknowledged = new ConcurrentLinkedQueue<>();
    private final Semaphore appended = new Semaphore(0);
    private final AtomicInteger rooms = new AtomicInteger();
    private ResponseWriter writer;

    @BeforeEach
    void open() {
        var envelope = RequestEnvelope.newBuilder().setRequestId("r").setAttempt(1).setTenant("acme").setKeyId("k")
                .setLane(Lane.INTERACTIVE).setModel("m").setRoute(List.of()).setAcceptedAt(Instant.EPOCH)
                .setDeadline(Instant.EPOCH).setBillingDay(LocalDate.EPOCH).setReplyTo("").setStream(true)
                .setIncludeUsage(false).setBody(ByteBuffer.allocate(0)).setFormat(Format.CHAT_COMPLETIONS).build();
        writer = new ResponseWriter(vertx, this::append, envelope, "a", rooms::incrementAndGet);
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void whatComesWhileAPartIsUnderWayGoesTogether() throws InterruptedException {
        writer.begun("w");
        writer.add(bytes("data: 1\n\n"));
        writer.add(bytes("data: 2\n\ndata: 3\n\n"));
        assertThat(parts).extracting(ResponsePart::getKind).containsExactly(PartKind.BEGUN);
        acknowledge();
        awaitParts(2);
        assertThat(text(parts.get(1))).isEqualTo("data: 1\n\ndata: 2\n\ndata: 3\n\n");
        writer.add(bytes("data: 4\n\n"));
        acknowledge();
        awaitParts(3);
        assertThat(parts.get(2).getFirst()).isEqualTo(3);
    }

    @Test
    void theEndComesAfterAllThatWasAddedAndIsNotDoneBeforeItIsAcknowledged() {
        writer.begun("w");
        writer.add(bytes("data: 1\n\n"));
        Future<Void> done = writer.done(bytes("data: [DONE]\n\n"), bytes("{}"), 7L);
        acknowledge();
        assertThat(parts).extracting(ResponsePart::getKind).containsExactly(PartKind.BEGUN, PartKind.DONE);
        assertThat(text(parts.getLast())).isEqualTo("data: 1\n\ndata: [DONE]\n\n");
        assertThat(done.isComplete()).isFalse();
        acknowledge();
        assertThat(done.succeeded()).isTrue();
    }

    @Test
    void aFailureComesAfterTheEventsBeforeIt() {
        writer.add(bytes("data: 1\n\n"));
        writer.add(bytes("data: 2\n\n"));
        Future<Void> ended = writer.end(ResponsePart.newBuilder().setRequestId("r").setTenant("acme")
                .setKind(PartKind.CANCELLED).setAt(Instant.EPOCH));
        acknowledge();
        acknowledge();
        acknowledge();
        assertThat(parts).extracting(ResponsePart::getKind).containsExactly(PartKind.EVENTS, PartKind.EVENTS,
                PartKind.CANCELLED);
        assertThat(ended.succeeded()).isTrue();
    }

    @Test
    void aLogThatDoesNotKeepUpHasTheProviderWait() {
        writer.begun("w");
        byte[] event = bytes("data: " + "x".repeat(100_000) + "\n\n");
        assertThat(writer.add(event)).isTrue();
        assertThat(writer.add(event)).isTrue();
        assertThat(writer.add(event)).isFalse();
        assertThat(rooms).hasValue(0);
        acknowledge();
        assertThat(rooms).hasValue(1);
        assertThat(parts.getLast().getData().remaining()).isEqualTo(3 * event.length);
    }

    private Future<Void> append(ResponsePart part) {
        parts.add(part);
        Promise<Void> promise = Promise.promise();
        unacknowledged.add(promise);
        appended.release();
        return promise.future();
    }

    private void awaitParts(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            assertThat(appended.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
        }
        appended.release(count);
    }

    private void acknowledge() {
        unacknowledged.remove().complete();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ResponsePart part) {
        return StandardCharsets.UTF_8.decode(part.getData().duplicate()).toString();
    }
}
