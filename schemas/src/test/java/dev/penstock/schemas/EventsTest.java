package dev.penstock.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.BusMessage;
import dev.penstock.schemas.bus.BusWire;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Receipt;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.bus.WorkerStatus;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.Spend;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class EventsTest {
    private static final Topics TOPICS = new Topics("test");
    private static final Spend SPEND = new Spend("tenant", LocalDate.of(2026, 11, 24), "key", "a|b", "acme", Lane.BATCH,
            1L, 2L, 3L, 4L, 5L, 6L, 7L, 0L);

    @Test
    void anEventIsWrittenInTheConfluentWireFormatAndReadBack() {
        byte[] bytes = TOPICS.spend().record("key", SPEND).value();

        assertThat(bytes[0]).isZero();
        assertThat(ByteBuffer.wrap(bytes, 1, 4).getInt()).isEqualTo(5);
        assertThat(TOPICS.spend().value(bytes)).isEqualTo(SPEND);
    }

    @Test
    void theKeyOfASumSaysWhatItIsOf() {
        assertThat(Topics.spendKey(SPEND)).isEqualTo("tenant|2026-11-24|key|acme|BATCH|a|b")
                .startsWith(Topics.spendKey("tenant", SPEND.getDay()));
    }

    @Test
    void whatIsNoEventIsUnreadable() {
        byte[] bytes = TOPICS.spend().record("key", SPEND).value();
        byte[] unknownId = bytes.clone();
        unknownId[4] = 99;

        for (byte[] bad : List.of(new byte[0], new byte[]{1, 2, 3, 4, 5, 6}, unknownId,
                Arrays.copyOf(bytes, bytes.length - 3))) {
            assertThatThrownBy(() -> TOPICS.spend().value(bad)).isInstanceOf(UnreadableEventException.class);
        }
        assertThatThrownBy(() -> TOPICS.usage().value(bytes)).isInstanceOf(UnreadableEventException.class);
    }

    @Test
    void everySchemaIsFoundByItsIdAndSaysWhatItIs() {
        for (Schema schema : SchemaCatalog.current()) {
            assertThat(SchemaCatalog.byId(SchemaCatalog.id(schema))).isEqualTo(schema);
            assertThat(SchemaCatalog.versions(schema.getFullName())).endsWith(schema);
            assertThat(schema.getDoc()).isNotBlank();
        }
        assertThat(SchemaCatalog.versions("dev.penstock.schemas.event.Lane")).isEmpty();
    }

    @Test
    void everyBusMessageSurvivesTheWire() {
        var error = new ApiError(429, "requests", null, "messages[0]", "slow down \ud83d\ude00", 7);
        List<BusMessage> messages = List.of(new Frame.Begun("r", 1, "worker", 0, List.of("seed"), 3),
                new Signal.Credit("r", 9),
                new Signal.Cancel("r"), new Inquiry("r", 2), new Standing("r", Standing.State.ANSWERING),
                new Frame.Failed("r", 1, 2, error), new Receipt("r", 1L << 40),
                new WorkerStatus("w", List.of(new WorkerStatus.Seen("p", "", 8, 3, 2, -1, true))));
        for (BusMessage message : messages) {
            assertThat(BusWire.decode(BusWire.encode(message))).isEqualTo(message);
        }
        var delta = (Frame.Delta) BusWire.decode(BusWire.encode(new Frame.Delta("r", 1, 2, new byte[]{1, 2, 3})));
        assertThat(delta.data()).containsExactly(1, 2, 3);
        for (Long cost : new Long[]{null, 0L, 1L << 40}) {
            var done = (Frame.Done) BusWire.decode(BusWire.encode(new Frame.Done("r", 1, 2, new byte[]{4, 5}, cost)));
            assertThat(done.cost()).isEqualTo(cost);
            assertThat(done.data()).containsExactly(4, 5);
        }
        assertThatThrownBy(() -> BusWire.decode(new byte[]{1})).isInstanceOf(IllegalArgumentException.class);
    }
}
