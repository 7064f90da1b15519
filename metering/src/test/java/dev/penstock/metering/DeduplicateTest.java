package dev.penstock.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.event.UsageEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of attempts, and for how long, in virtual time. */
class DeduplicateTest {
    private static final Topics TOPICS = new Topics("test");

    @TempDir
    Path folder;

    private TopologyTestDriver driver;
    private TestInputTopic<String, SpecificRecord> attempts;
    private TestOutputTopic<String, UsageEvent> usage;

    @BeforeEach
    void start() {
        var properties = new Properties();
        properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
        driver = new TopologyTestDriver(
                MeteringTopology.of(TOPICS, Catalog.of("v", List.of(), List.of(), List.of())), properties);
        var in = TOPICS.attempts();
        attempts = driver.createInputTopic(in.name(), in.keys().serializer(), in.values().serializer());
        var out = TOPICS.usage();
        usage = driver.createOutputTopic(out.name(), out.keys().deserializer(), out.values().deserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void anIdIsRememberedForTheWholeRetention() {
        end("a");
        driver.advanceWallClockTime(Deduplicate.RETENTION);
        end("a");

        assertThat(usage.readValuesToList()).hasSize(1);
    }

    @Test
    void whatIsOldIsForgottenAndWhatIsYoungIsNot() {
        end("old");
        driver.advanceWallClockTime(Deduplicate.RETENTION.minusHours(1));
        end("young");
        driver.advanceWallClockTime(Duration.ofHours(2));

        assertThat(remembered()).containsExactly("young");
    }

    @Test
    void repetitionsDoNotKeepAnIdAlive() {
        end("a");
        driver.advanceWallClockTime(Deduplicate.RETENTION);
        end("a");
        driver.advanceWallClockTime(Deduplicate.PRUNE_EVERY);

        assertThat(remembered()).isEmpty();
    }

    @Test
    void moreThanABatchIsForgottenRunByRun() {
        int count = Deduplicate.PRUNE_BATCH * 2 + 1;
        for (int i = 0; i < count; i++) {
            end("a" + i);
        }
        driver.advanceWallClockTime(Deduplicate.RETENTION.minus(Deduplicate.PRUNE_EVERY));
        // The runs up to now began somewhere in the middle: one round more has looked at each id.
        for (int run = 0; run <= count / Deduplicate.PRUNE_BATCH + 1; run++) {
            int before = remembered().size();
            driver.advanceWallClockTime(Deduplicate.PRUNE_EVERY);
            assertThat(before - remembered().size()).isLessThanOrEqualTo(Deduplicate.PRUNE_BATCH);
        }
        driver.advanceWallClockTime(Deduplicate.PRUNE_EVERY);

        assertThat(remembered()).isEmpty();
    }

    private void end(String attemptId) {
        var event = MeteringTopologyTest.ended(attemptId, "model", null);
        attempts.pipeInput(event.getTenant(), event);
    }

    private Set<String> remembered() {
        KeyValueStore<String, Long> store = driver.getKeyValueStore(Deduplicate.STORE);
        var ids = new HashSet<String>();
        try (var all = store.all()) {
            all.forEachRemaining(entry -> ids.add(entry.key));
        }
        return ids;
    }
}
