package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.UsageEvent;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger's proof on a running system, and that it finds what does not add up. */
class LedgerCommandTest {
    @TempDir
    Path folder;

    @Test
    void whatIsPublishedIsProvedAndWhatDiffersIsNamed() throws Exception {
        Topics topics;
        try (var bed = new TestBed(folder)) {
            topics = bed.settings.topics();
            for (int i = 0; i < 12; i++) {
                bed.post(EndToEndTest.body(i % 4 == 0 ? "[[sim fault=400]]" : "[[sim tokens=" + i + " ttft=0 itl=0]]",
                        i % 2 == 0));
            }
            AttemptEnded first = bed.read(topics.attempts()).stream().filter(AttemptEnded.class::isInstance)
                    .map(AttemptEnded.class::cast).findFirst().orElseThrow();
            write(bed, topics.attempts(), first.getTenant(), first); // as a dispatcher does that inherits a partition
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(bed.read(topics.usage())).hasSize(12));
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(verify("--kafka", bed.kafka))
                    .isEqualTo(new FakePenstock.Run(0, "12 attempts (1 written again, 0 not yet metered), 12 usage "
                            + "events, 1 sums: no difference" + System.lineSeparator(), "")));
        }
        // The same of the folder of an installation that has been stopped.
        assertThat(verify().out()).contains("no difference");

        var prices = Files.writeString(folder.resolve("prices.yaml"), "sim-small: {input: 1, output: 2}\n");
        assertThat(run("rerate", "--prices", prices.toString()).out().lines()).hasSize(2).element(1).asString()
                .startsWith("sim-small").contains(" 9 ");
        Files.writeString(prices, "sim-small: {input: cheap}\n");
        assertThat(run("rerate", "--prices", prices.toString()).exit()).isEqualTo(2);

        tamper(topics);
        FakePenstock.Run run = verify();
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out()).contains("usage made-up: no such attempt has ended", "is published twice",
                "nano-USD, which is not its price", "is not what the attempt was", "not in the usage", "1 attempts")
                .contains("differences");
    }

    /** Doubles a usage event, makes one up, changes a price and a count, loses one, and forges a sum. */
    private void tamper(Topics topics) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
            String kafka = broker.bootstrapServers();
            List<UsageEvent> usage = TestBed.read(kafka, topics.usage()).stream()
                    .filter(event -> event.getEnd() == AttemptEnd.COMPLETED).toList();
            List<AttemptEnded> ended = TestBed.read(kafka, topics.attempts()).stream()
                    .filter(AttemptEnded.class::isInstance).map(AttemptEnded.class::cast).toList();
            UsageEvent event = usage.getFirst();
            String tenant = event.getTenant();
            write(kafka, topics.usage(), tenant, event);
            write(kafka, topics.usage(), tenant, UsageEvent.newBuilder(event).setAttemptId("made-up").build());
            write(kafka, topics.attempts(), tenant,
                    AttemptEnded.newBuilder(ended.getFirst()).setAttemptId("priced-wrongly").build());
            write(kafka, topics.usage(), tenant, UsageEvent.newBuilder(event).setAttemptId("priced-wrongly").build());
            UsageEvent dear = UsageEvent.newBuilder(event).setAttemptId("dear").setCostNanoUsd(1L).build();
            write(kafka, topics.attempts(), tenant, AttemptEnded.newBuilder(ended.stream()
                    .filter(each -> each.getAttemptId().equals(event.getAttemptId())).findFirst().orElseThrow())
                    .setAttemptId("dear").build());
            write(kafka, topics.usage(), tenant, dear);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
                var partition = new TopicPartition(topics.usage().name(), partition(kafka, topics.usage()));
                admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(1))).all().get();
            }
            Spend sum = TestBed.read(kafka, topics.spend()).getLast();
            write(kafka, topics.spend(), Topics.spendKey(sum), Spend.newBuilder(sum).setAttempts(1)
                    .setCostNanoUsd(7).build());
        }
    }

    /** The one that has records. */
    private static int partition(String kafka, Topic<?, ?> topic) {
        try (var consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", kafka), new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> all = consumer.partitionsFor(topic.name()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
            return consumer.endOffsets(all).entrySet().stream().filter(end -> end.getValue() > 0).findFirst()
                    .orElseThrow().getKey().partition();
        }
    }

    private FakePenstock.Run verify(String... options) {
        return run("verify", options);
    }

    private FakePenstock.Run run(String command, String... options) {
        var line = new ArrayList<>(List.of("ledger", command, "--data", folder.toString()));
        line.addAll(List.of(options));
        return FakePenstock.run(new Caller(Map.of(), InputStream.nullInputStream(), false),
                line.toArray(String[]::new));
    }

    private static <V> void write(TestBed bed, Topic<String, V> topic, String key, V value) throws Exception {
        write(bed.kafka, topic, key, value);
    }

    private static <V> void write(String kafka, Topic<String, V> topic, String key, V value) throws Exception {
        try (var producer = new KafkaProducer<>(Map.of("bootstrap.servers", kafka), new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(topic.record(key, value)).get();
        }
    }
}
