package dev.penstock.ingress.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.ingress.replay.Replay.Event;
import dev.penstock.ingress.replay.Replay.Status;
import dev.penstock.schemas.event.Failure;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.ResponseHead;
import dev.penstock.schemas.event.ResponsePart;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplayTest {
    private static final Instant T0 = Instant.ofEpochSecond(1_800_000_000);

    private final Replay replay = new Replay();

    @Test
    void anAnswerIsItsTenantsUntilItIsDeleted() {
        assertThat(replay.isOf("acme")).isFalse();
        head(Format.CHAT_COMPLETIONS);
        assertThat(replay.isOf("acme")).isTrue();
        assertThat(replay.isOf("other")).isFalse();
        tell(part(PartKind.DELETED, ""));
        assertThat(replay.isOf("acme")).isFalse();
    }

    @Test
    void itIsQueuedThenInProgressThenAtItsFirstEnd() {
        head(Format.CHAT_COMPLETIONS);
        assertThat(replay.status(T0)).isEqualTo(Status.QUEUED);
        tell(part(PartKind.BEGUN, "a"));
        assertThat(replay.status(T0)).isEqualTo(Status.IN_PROGRESS);
        tell(part(PartKind.CANCELLED, ""));
        tell(part(PartKind.DONE, "a"));
        assertThat(replay.status(T0)).isEqualTo(Status.CANCELLED);
    }

    @Test
    void whatNothingHasEndedIsLostSomeTimeAfterItsDeadline() {
        head(Format.CHAT_COMPLETIONS);
        assertThat(replay.isLost(T0.plusSeconds(60))).isFalse();
        assertThat(replay.isLost(T0.plusSeconds(80))).isTrue();
        assertThat(replay.status(T0.plusSeconds(80))).isEqualTo(Status.FAILED);
    }

    @Test
    void eventsAreNumberedThroughAllParts() {
        head(Format.CHAT_COMPLETIONS);
        tell(part(PartKind.BEGUN, "a"));
        assertThat(texts(tell(events("a", "data: 1\n\ndata: 2\n\n")))).containsExactly("id: 0\ndata: 1\n\n",
                "id: 1\ndata: 2\n\n");
        assertThat(texts(tell(events("a", "data: 3\n\n")))).containsExactly("id: 2\ndata: 3\n\n");
        assertThat(replay.next()).isEqualTo(3);
    }

    @Test
    void anotherAttemptSaysThatItBeginsAnewIfTheOneBeforeWasHeard() {
        head(Format.RESPONSES);
        tell(part(PartKind.BEGUN, "a"));
        assertThat(tell(part(PartKind.BEGUN, "b"))).isEmpty();
        tell(events("b", "event: x\ndata: {\"type\":\"x\",\"sequence_number\":0,\"delta\":\"\"}\n\n"));
        List<Event> marker = tell(part(PartKind.BEGUN, "c"));
        assertThat(marker).hasSize(1);
        assertThat(texts(marker).getFirst()).startsWith("id: 1\n").contains("response.restarted",
                "\"sequence_number\":1",
                "\"attempt\":3");
        assertThat(texts(tell(events("c",
                "event: x\ndata: {\"type\":\"x\",\"sequence_number\":0,\"delta\":\"\\\"sequence_number\\\":7\"}\n\n"))))
                .containsExactly(
                        "id: 2\nevent: x\ndata: {\"type\":\"x\",\"sequence_number\":2,\"delta\":\"\\\"sequence_number\\\":7\"}\n\n");
    }

    @Test
    void whatAnAttemptSaysAfterAnotherHasBegunIsNotHeard() {
        head(Format.CHAT_COMPLETIONS);
        tell(part(PartKind.BEGUN, "a"));
        tell(part(PartKind.BEGUN, "b"));
        assertThat(tell(events("a", "data: late\n\n"))).isEmpty();
        tell(part(PartKind.DONE, "a"));
        assertThat(replay.end()).isNull();
        tell(ResponsePart.newBuilder(part(PartKind.FAILED, "b")).setError(new Failure("t", null, null, "m")).build());
        assertThat(replay.status(T0)).isEqualTo(Status.FAILED);
    }

    @Test
    void chunksOfTextThatBeginAnewSayItWithoutAChoice() {
        head(Format.CHAT_COMPLETIONS);
        tell(part(PartKind.BEGUN, "a"));
        tell(events("a", "data: 1\n\n"));
        assertThat(texts(tell(part(PartKind.BEGUN, "b"))).getFirst()).contains("chat.completion.chunk",
                "\"choices\":[]", "\"restarted\":true", "\"model\":\"m\\\"\"");
    }

    private void head(Format format) {
        tell(ResponsePart.newBuilder(part(PartKind.HEAD, "")).setHead(ResponseHead.newBuilder().setKeyId("k")
                .setFormat(format).setStream(true).setModel("m\"").setDeadline(T0.plusSeconds(60)).build()).build());
    }

    private List<Event> tell(ResponsePart part) {
        return replay.accept(part);
    }

    private static ResponsePart events(String attempt, String text) {
        return ResponsePart.newBuilder(part(PartKind.EVENTS, attempt))
                .setData(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))).build();
    }

    private static ResponsePart part(PartKind kind, String attempt) {
        return ResponsePart.newBuilder().setRequestId("chatcmpl-1").setTenant("acme").setKind(kind).setAt(T0)
                .setAttemptId(attempt).build();
    }

    private static List<String> texts(List<Event> events) {
        return events.stream().map(event -> new String(event.bytes(), StandardCharsets.UTF_8)).toList();
    }
}
