package dev.penstock.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Provider.Timeouts;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageEvent;
import dev.penstock.schemas.event.UsageSource;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeteringTopologyTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 24);
    private static final Topics TOPICS = new Topics("test");

    @TempDir
    Path folder;

    private TopologyTestDriver driver;
    private TestInputTopic<String, SpecificRecord> attempts;
    private TestOutputTopic<String, UsageEvent> usage;
    private TestOutputTopic<String, Spend> spend;

    @BeforeEach
    void start() {
        var provider = new Provider("acme", ProviderKind.OPENAI_COMPATIBLE, URI.create("http://acme.test/v1"), null, 1,
                Timeouts.DEFAULT);
        var priced = new Model("priced", "acme", "p-1", new Price(150_000_000, 600_000_000, 75_000_000L, null),
                Limits.UNKNOWN,
                0);
        var unpriced = new Model("unpriced", "acme", "u-1", null, Limits.UNKNOWN, 0);
        var properties = new Properties();
        properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
        driver = new TopologyTestDriver(
                MeteringTopology.of(TOPICS, Catalog.of("v7", List.of(provider), List.of(priced, unpriced), List.of())),
                properties);
        Topic<String, SpecificRecord> in = TOPICS.attempts();
        attempts = driver.createInputTopic(in.name(), in.keys().serializer(), in.values().serializer());
        usage = output(TOPICS.usage());
        spend = output(TOPICS.spend());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void anAttemptThatComesTwiceIsUsedOnce() {
        pipe(ended("a", "priced", tokens(1000, 500, 0)));
        pipe(ended("a", "priced", tokens(1000, 500, 0)));

        assertThat(usage.readValuesToList()).singleElement()
                .satisfies(event -> assertThat(event.getCostNanoUsd()).isEqualTo(1000 * 150 + 500 * 600));
        assertThat(totals()).containsEntry("test-tenant|2026-11-24|k|acme|INTERACTIVE|priced", 450_000L);
    }

    @Test
    void cachedTokensHaveTheirOwnPrice() {
        pipe(ended("a", "priced", tokens(1000, 0, 400)));

        assertThat(usage.readValue().getCostNanoUsd()).isEqualTo(600 * 150 + 400 * 75);
    }

    @Test
    void anUnknownPriceIsUnknownAndNotZero() {
        pipe(ended("a", "unpriced", tokens(10, 10, 0)));

        assertThat(usage.readValue().getCostNanoUsd()).isNull();
        assertThat(spend.readValuesToList()).allSatisfy(total -> assertThat(total.getUnpricedAttempts()).isEqualTo(1));
    }

    @Test
    void anAttemptThatUsedNothingCostsNothing() {
        pipe(ended("a", "unpriced", null));

        assertThat(usage.readValue().getCostNanoUsd()).isZero();
    }

    @Test
    void eachKeyModelProviderAndLaneOfADayHasItsSum() {
        pipe(ended("a", "priced", tokens(1000, 500, 400)));
        pipe(ended("b", "unpriced", tokens(7, 5, 0)));
        pipe(AttemptEnded.newBuilder(ended("c", "priced", tokens(10, 0, 0))).setLane(Lane.BATCH).build());
        pipe(AttemptEnded.newBuilder(ended("d", "priced", tokens(10, 0, 0))).setKeyId("other").build());

        assertThat(spend.readValuesToList()).extracting(Topics::spendKey).containsExactly(
                "test-tenant|2026-11-24|k|acme|INTERACTIVE|priced",
                "test-tenant|2026-11-24|k|acme|INTERACTIVE|unpriced", "test-tenant|2026-11-24|k|acme|BATCH|priced",
                "test-tenant|2026-11-24|other|acme|INTERACTIVE|priced");
    }

    @Test
    void madeUpModelsThatUseNothingShareASum() {
        for (int i = 0; i < 3; i++) {
            pipe(ended("a" + i, "acme/no-such-" + i, null));
        }
        pipe(ended("b", "acme/real", tokens(1, 1, 0)));
        pipe(ended("c", "priced", null));

        assertThat(spend.readKeyValuesToList().stream().map(sum -> sum.value.getModel()).distinct())
                .containsExactly("acme/*", "acme/real", "priced");
    }

    @Test
    void aUsageEventIsACloudEvent() {
        pipe(ended("a", "priced", tokens(1, 1, 0)));

        var headers = usage.readRecord().headers();
        assertThat(new String(headers.lastHeader("ce_id").value(), StandardCharsets.UTF_8)).isEqualTo("a");
        assertThat(new String(headers.lastHeader("ce_specversion").value(), StandardCharsets.UTF_8)).isEqualTo("1.0");
    }

    @Test
    void theSpendIsTheSumOfTheUsageWhateverIsRepeated() {
        var random = new Random(7);
        for (int i = 0; i < 500; i++) {
            pipe(ended("a" + random.nextInt(200), "priced", tokens(random.nextInt(5000), random.nextInt(5000), 0)));
        }

        long sum = usage.readValuesToList().stream().mapToLong(UsageEvent::getCostNanoUsd).sum();
        assertThat(totals()).containsEntry("test-tenant|2026-11-24|k|acme|INTERACTIVE|priced", sum);
    }

    private Map<String, Long> totals() {
        var totals = new java.util.HashMap<String, Long>();
        spend.readKeyValuesToList().forEach(total -> totals.put(total.key, total.value.getCostNanoUsd()));
        return totals;
    }

    private void pipe(AttemptEnded event) {
        attempts.pipeInput(event.getTenant(), event);
    }

    private <V> TestOutputTopic<String, V> output(Topic<String, V> topic) {
        return driver.createOutputTopic(topic.name(), topic.keys().deserializer(), topic.values().deserializer());
    }

    private static Tokens tokens(long input, long output, long cacheRead) {
        return Tokens.newBuilder().setInput(input).setOutput(output).setCacheRead(cacheRead)
                .setSource(UsageSource.PROVIDER).build();
    }

    static AttemptEnded ended(String id, String model, @Nullable Tokens tokens) {
        return AttemptEnded.newBuilder().setAttemptId(id).setRequestId("r").setAttempt(1).setTenant("test-tenant")
                .setKeyId("k").setLane(Lane.INTERACTIVE).setBillingDay(DAY).setModel(model).setProvider("acme")
                .setProviderModel("p-1").setStartedAt(Instant.EPOCH).setEndedAt(Instant.EPOCH)
                .setEnd(AttemptEnd.COMPLETED)
                .setTokens(tokens).build();
    }
}
