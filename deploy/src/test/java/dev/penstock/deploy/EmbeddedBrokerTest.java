package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.DeadLetter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    private static final Topics TOPICS = new Topics("test");

    @TempDir
    Path folder;

    @Test
    void aRestartKeepsWhatWasAcknowledged() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
            TopicSetup.ensure(clients(broker), TOPICS, List.of(), 1);
            write(broker.bootstrapServers(), "before");
        }
        String before = EmbeddedBroker.address(folder);
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
            assertThat(broker.bootstrapServers()).isEqualTo(before);
            write(broker.bootstrapServers(), "after");
            assertThat(TestBed.read(broker.bootstrapServers(), TOPICS.deadLetters())).extracting(DeadLetter::getReason)
                    .containsExactly("before", "after");
        }
    }

    @Test
    @Timeout(60)
    void whatWasAcknowledgedSurvivesAKill() throws Exception {
        Path output = folder.resolve("broker.log");
        Process doomed = Processes.start(output, "sk-test", "broker", "--data", folder.toString());
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> !Processes.line(output, "Kafka is ready").isEmpty());
            String kafka = Objects.requireNonNull(EmbeddedBroker.address(folder.resolve("kafka")));
            TopicSetup.ensure(Map.of("bootstrap.servers", kafka), TOPICS, List.of(), 1);
            write(kafka, "before");
        } finally {
            doomed.destroyForcibly().waitFor();
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
            write(broker.bootstrapServers(), "after");
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
            write(broker.bootstrapServers(), "unharmed");
        }
    }

    private static Map<String, String> clients(EmbeddedBroker broker) {
        return Map.of("bootstrap.servers", broker.bootstrapServers());
    }

    private static void write(String kafka, String reason) throws Exception {
        var letter = new DeadLetter(reason, "", Instant.EPOCH, "t", 0, 0L, ByteBuffer.allocate(0));
        try (var producer = new KafkaProducer<>(Map.of("bootstrap.servers", kafka), new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(TOPICS.deadLetters().record("tenant", letter)).get();
        }
    }
}
