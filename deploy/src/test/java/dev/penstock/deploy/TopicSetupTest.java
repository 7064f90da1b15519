package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Provider.Timeouts;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.event.Lane;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicSetupTest {
    private static final List<Provider> PROVIDERS = List.of(provider("large", 100), provider("small", 2));

    private static EmbeddedBroker broker;
    private static Admin admin;

    @BeforeAll
    static void start(@TempDir Path folder) {
        broker = EmbeddedBroker.start(folder, 0);
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        broker.close();
    }

    @Test
    void everyPartitionOfAQueueCarriesACall() throws Exception {
        var topics = new Topics("partitions");
        ensure(topics, 8);

        for (Lane lane : Lane.values()) {
            assertThat(partitions(topics.requests("large", lane).name())).isEqualTo(8);
            assertThat(partitions(topics.requests("small", lane).name())).isEqualTo(2);
        }
        assertThat(partitions(topics.attempts().name())).isEqualTo(8);
    }

    @Test
    void moneyIsKeptForEverAndTotalsAreCompacted() throws Exception {
        var topics = new Topics("retention");
        ensure(topics, 1);

        assertThat(setting(topics.attempts().name(), "retention.ms")).isEqualTo("-1");
        assertThat(setting(topics.usage().name(), "retention.ms")).isEqualTo("-1");
        assertThat(setting(topics.spend().name(), "cleanup.policy")).isEqualTo("compact");
        assertThat(setting(topics.requests("large", Lane.INTERACTIVE).name(), "retention.ms")).isEqualTo("604800000");
    }

    @Test
    void whatIsThereStaysAndWhatIsMissingComes() throws Exception {
        var topics = new Topics("again");
        TopicSetup.ensure(clients(), topics, PROVIDERS.subList(0, 1), 3);
        ensure(topics, 8);

        assertThat(partitions(topics.usage().name())).isEqualTo(3);
        assertThat(partitions(topics.requests("small", Lane.BATCH).name())).isEqualTo(2);
    }

    @Test
    void rolesThatStartTogetherDoNotDisturbEachOther() throws Exception {
        var topics = new Topics("together");
        Callable<Void> role = () -> {
            ensure(topics, 2);
            assertThat(partitions(topics.spend().name())).isEqualTo(2);
            return null;
        };
        try (var roles = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var done : roles.invokeAll(List.of(role, role, role))) {
                done.get();
            }
        }
    }

    @Test
    void aKafkaThatIsNotThereIsToldPlainly() {
        Map<String, String> nowhere = Map.of("bootstrap.servers", "127.0.0.1:1", "default.api.timeout.ms", "1000",
                "request.timeout.ms", "1000");
        assertThatThrownBy(() -> TopicSetup.ensure(nowhere, new Topics("nowhere"), PROVIDERS, 1))
                .isInstanceOf(IllegalStateException.class).hasMessageStartingWith("the topics cannot be made");
    }

    private static void ensure(Topics topics, int partitions) throws InterruptedException {
        TopicSetup.ensure(clients(), topics, PROVIDERS, partitions);
    }

    private static int partitions(String topic) throws Exception {
        TopicDescription description = admin.describeTopics(List.of(topic)).topicNameValues().get(topic).get();
        return description.partitions().size();
    }

    private static String setting(String topic, String name) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource)).values().get(resource).get().get(name).value();
    }

    private static Map<String, String> clients() {
        return Map.of("bootstrap.servers", broker.bootstrapServers());
    }

    private static Provider provider(String name, int calls) {
        return new Provider(name, ProviderKind.OPENAI_COMPATIBLE, URI.create("http://acme.test/v1"), null, calls,
                Timeouts.DEFAULT);
    }
}
