package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.DeadLetter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    private static final Topics TOPICS = new Topics("test");

    @TempDir
    Path folder;

    @Test
    void aRestartKeepsWhatWasAcknowledged() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
            TopicSetup.ensure(clients(broker), TOPICS, List.of(), 1);
            write(broker, "before");
        }
        String before = EmbeddedBroker.address(folder);
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
            assertThat(broker.bootstrapServers()).isEqualTo(before);
            write(broker, "after");
            assertThat(TestBed.read(broker.bootstrapServers(), TOPICS.deadLetters())).extracting(DeadLetter::getReason)
                    .containsExactly("before", "after");
        }
    }

    @Test
    void aFolderBelongsToOneBroker() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
            assertThatThrownBy(() -> EmbeddedBroker.start(folder, 0)).isInstanceOf(IllegalStateException.class)
                    .hasMessage("the broker's folder " + folder + " is in use by another broker: stop that one, or "
                            + "choose another folder with --data");
            TopicSetup.ensure(clients(broker), TOPICS, List.of(), 1);
            write(broker, "unharmed");
        }
    }

    private static Map<String, String> clients(EmbeddedBroker broker) {
        return Map.of("bootstrap.servers", broker.bootstrapServers());
    }

    private static void write(EmbeddedBroker broker, String reason) throws Exception {
        var letter = new DeadLetter(reason, "", Instant.EPOCH, "t", 0, 0L, ByteBuffer.allocate(0));
        try (var producer = new KafkaProducer<>(Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(TOPICS.deadLetters().record("tenant", letter)).get();
        }
    }
}
