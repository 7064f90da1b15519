package dev.penstock.dispatcher.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.Topics;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.junit.jupiter.api.Test;

class QueueConsumerTest {
    private static final Map<String, String> KAFKA = Map.of("bootstrap.servers", "127.0.0.1:1", "enable.auto.commit",
            "true");

    @Test
    void joinsTheGroupOfTheInstallation() {
        var consumer = QueueConsumer.open(KAFKA, new Topics("acme"));
        assertThat(consumer.groupMetadata().groupId()).isEqualTo("acme.dispatchers");
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }

    @Test
    void doesNotLetConfigurationCommitByItself() {
        assertThat(QueueConsumer.properties(KAFKA, new Topics("acme")))
                .containsEntry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false)
                .containsEntry("bootstrap.servers", "127.0.0.1:1");
    }
}
