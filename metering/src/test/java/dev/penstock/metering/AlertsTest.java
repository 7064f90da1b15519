package dev.penstock.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Provider.Timeouts;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.AccountCap;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.AlertKind;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.Period;
import dev.penstock.schemas.event.SpendHistory;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageSource;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Properties;
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

/** Alerts on the topology. A token of the cheap model costs a nano-US-dollar, one of the dear model a thousand. */
class AlertsTest {
    private static final Instant START = Instant.parse("2026-11-24T12:00:00Z");
    private static final LocalDate DAY = LocalDate.of(2026, 11, 24);
    private static final Topics TOPICS = new Topics("test");
    private static final long DOLLAR = 1_000_000_000;

    @TempDir
    Path folder;

    private Instant now = START;
    private TopologyTestDriver driver;
    private TestInputTopic<String, SpecificRecord> attempts;
    private TestInputTopic<String, AllowanceRequest> requests;
    private TestInputTopic<String, AccountCap> caps;
    private TestOutputTopic<String, Alert> alerts;
    private int ids;
    private long sequence;

    @BeforeEach
    void start() {
        var provider = new Provider("acme", ProviderKind.OPENAI_COMPATIBLE, URI.create("http://acme.test/v1"), null, 1,
                Timeouts.DEFAULT);
        var cheap = new Model("cheap", "acme", "c-1", new Price(1_000_000, 1_000_000, null, null), Limits.UNKNOWN, 0);
        var dear = new Model("dear", "acme", "d-1", new Price(1_000_000_000, 1_000_000_000, null, null),
                Limits.UNKNOWN, 0);
        var key = new Tenant.Key("k", "0".repeat(64), Cap.NONE);
        var capped = new Tenant("capped", List.of(key), 1, ZoneOffset.UTC,
                new Cap(1000L, 3000L, null, Cap.Mode.HARD, Cap.DEFAULT_ALERTS), null);
        var properties = new Properties();
        properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
        driver = new TopologyTestDriver(MeteringTopology.of(TOPICS,
                Catalog.of("v7", List.of(provider), List.of(cheap, dear), List.of(capped))), properties, START);
        attempts = input(TOPICS.attempts());
        requests = input(TOPICS.allowanceRequests());
        caps = input(TOPICS.caps());
        alerts = driver.createOutputTopic(TOPICS.alerts().name(), TOPICS.alerts().keys().deserializer(),
                TOPICS.alerts().values().deserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void eachThresholdOfEachCapIsToldOnceWhenItIsReached() {
        spend(499, null);
        assertThat(alerts.isEmpty()).isTrue();
        spend(1, null);
        spend(100, null);
        Alert half = alerts.readValue();
        assertThat(alerts.isEmpty()).isTrue();
        spend(400, null);

        assertThat(half.getKind()).isEqualTo(AlertKind.CAP_THRESHOLD);
        assertThat(half.getAccount()).isEqualTo("capped");
        assertThat(half.getPeriod()).isEqualTo(Period.DAY);
        assertThat(half.getPercent()).isEqualTo(50);
        assertThat(half.getCap()).isEqualTo(1000);
        assertThat(half.getSettled()).isEqualTo(500);
        assertThat(alerts.readValuesToList()).extracting(Alert::getPercent).containsExactly(80, 100);
        for (int i = 0; i < 5; i++) {
            spend(100, null);
        }
        assertThat(alerts.readValuesToList()).singleElement()
                .satisfies(week -> assertThat(week.getPeriod()).isEqualTo(Period.WEEK));
    }

    @Test
    void anAlertIsACloudEventWhoseIdIsTheSameForTheSameThing() {
        spend(500, null);
        var told = alerts.readRecord();

        assertThat(new String(told.headers().lastHeader("ce_id").value(), StandardCharsets.UTF_8))
                .isEqualTo(told.value().getId()).isEqualTo(Alerts.id("capped|DAY|2026-11-24|1000|50"));
        assertThat(told.key()).isEqualTo("capped");
    }

    @Test
    void spendThatACorrectionTakesDownIsNotToldOfAgain() {
        request(600);
        var hold = new Hold(600L, List.of(new HeldFrom("capped", "a")));
        attempts.pipeInput("capped", AttemptStarted.newBuilder().setAttemptId("lost").setRequestId("r").setAttempt(1)
                .setTenant("capped").setKeyId("k").setBillingDay(DAY).setModel("cheap").setProvider("acme")
                .setProviderModel("c-1").setWorker("w").setStartedAt(now).setDeadline(now).setHold(hold).build());
        pass(Duration.ofMinutes(4));
        Alert half = alerts.readValue();
        attempts.pipeInput("capped", AttemptEnded.newBuilder(ended("cheap", 100, hold)).setAttemptId("lost").build());
        spend(500, null);

        assertThat(half.getSettled()).isEqualTo(600);
        assertThat(alerts.isEmpty()).isTrue();
    }

    @Test
    void aCapOfAnotherAmountIsToldOfAnew() {
        spend(500, null);
        caps.pipeInput("capped", new AccountCap("capped", 2000L, null, null, false, List.of(10, 50), START));
        spend(1, null);
        spend(499, null);
        caps.pipeInput("capped", null);
        spend(1, null);

        assertThat(alerts.readValuesToList()).extracting(Alert::getCap, Alert::getPercent).containsExactly(
                tuple(1000L, 50), tuple(2000L, 10),
                tuple(2000L, 50), tuple(1000L, 80),
                tuple(1000L, 100));
    }

    @Test
    void theFirstRefusalOfAPeriodIsTold() {
        request(1001);
        request(1002);

        assertThat(alerts.readValuesToList()).singleElement().satisfies(refusal -> {
            assertThat(refusal.getKind()).isEqualTo(AlertKind.CAP_REFUSAL);
            assertThat(refusal.getCap()).isEqualTo(1000);
        });
    }

    @Test
    void nothingIsToldOfAPeriodThatIsLongOver() {
        attempts.pipeInput("capped", AttemptEnded.newBuilder(ended("cheap", 2000, null))
                .setBillingDay(DAY.minusDays(20)).build());

        assertThat(alerts.isEmpty()).isTrue();
    }

    @Test
    void whatIsNotNeededAnyMoreIsForgotten() {
        spend(500, null);
        assertThat(size(CapAlerts.STORE)).isEqualTo(1);
        driver.advanceWallClockTime(Duration.ofDays(20));

        assertThat(size(CapAlerts.STORE)).isZero();
        driver.advanceWallClockTime(SpendAlerts.RETENTION);
        assertThat(size(SpendAlerts.STORE)).isZero();
    }

    @Test
    void anHourOfManyTimesTheUsualIsToldForTenantAndKeyOnce() {
        usualHours(80);
        dollars(3, "cheap", now);
        assertThat(alerts.isEmpty()).isTrue();
        dollars(3, "cheap", now);
        dollars(3, "cheap", now);

        assertThat(alerts.readValuesToList()).allSatisfy(told -> {
            assertThat(told.getKind()).isEqualTo(AlertKind.SPEND_ANOMALY);
            assertThat(told.getHour()).isEqualTo(now);
            assertThat(told.getExpected()).isEqualTo(2 * DOLLAR);
            assertThat(told.getSeen()).isGreaterThan(6 * DOLLAR);
        }).extracting(Alert::getAccount).containsExactly("free", "free/k");
    }

    @Test
    void theDearestModelForAllIsToldWhenTheHourIsOver() {
        usualHours(80);
        dollars(2, "dear", now);
        pass(Duration.ofMinutes(59));
        assertThat(alerts.isEmpty()).isTrue();
        pass(Duration.ofMinutes(3));
        pass(Duration.ofHours(1));

        assertThat(alerts.readValuesToList()).allSatisfy(told -> {
            assertThat(told.getKind()).isEqualTo(AlertKind.MODEL_MIX_ANOMALY);
            assertThat(told.getModel()).isEqualTo("dear");
            assertThat(told.getExpected()).isZero();
            assertThat(told.getSeen()).isEqualTo(2 * DOLLAR);
        }).extracting(Alert::getAccount).containsExactlyInAnyOrder("free", "free/k");
    }

    /** Days of attempts that metering reads at once, long after. */
    @Test
    void aReplayLearnsAndTellsOnlyWhatIsFresh() {
        Instant first = START.minus(Duration.ofHours(200));
        for (int hour = 0; hour < 200; hour++) {
            boolean odd = hour == 150 || hour == 198;
            dollars(odd ? 20 : 1, odd ? "dear" : "cheap", first.plus(Duration.ofHours(hour)));
        }
        pass(Duration.ofMinutes(2));

        assertThat(alerts.readValuesToList()).extracting(Alert::getKind, Alert::getAccount).containsExactlyInAnyOrder(
                tuple(AlertKind.SPEND_ANOMALY, "free"),
                tuple(AlertKind.SPEND_ANOMALY, "free/k"),
                tuple(AlertKind.MODEL_MIX_ANOMALY, "free"),
                tuple(AlertKind.MODEL_MIX_ANOMALY, "free/k"));
        assertThat(driver.<String, SpendHistory>getKeyValueStore(SpendAlerts.STORE).get("free").getHours())
                .isEqualTo(200);
    }

    private void usualHours(int hours) {
        for (int i = 0; i < hours; i++) {
            dollars(1, "cheap", now);
            dollars(1, "cheap", now);
            pass(Duration.ofHours(1));
        }
    }

    private void dollars(long dollars, String model, Instant at) {
        long tokens = dollars * DOLLAR / (model.equals("dear") ? 1000 : 1);
        attempts.pipeInput("free", AttemptEnded.newBuilder(ended(model, tokens, null)).setTenant("free")
                .setStartedAt(at).setEndedAt(at).build(), at);
    }

    private void spend(long nano, @Nullable Hold hold) {
        attempts.pipeInput("capped", ended("cheap", nano, hold), now);
    }

    private void request(long needed) {
        requests.pipeInput("capped", new AllowanceRequest("capped", "capped", DAY, "a", ++sequence, needed, needed, 0L,
                0L, 1L, Duration.ofMinutes(10).toMillis()));
    }

    private void pass(Duration time) {
        for (long s = 0; s < time.toSeconds(); s += 60) {
            driver.advanceWallClockTime(Duration.ofSeconds(60));
        }
        now = now.plus(time);
    }

    private int size(String store) {
        int size = 0;
        try (var all = driver.<String, Object>getKeyValueStore(store).all()) {
            for (; all.hasNext(); all.next()) {
                size++;
            }
        }
        return size;
    }

    private <V> TestInputTopic<String, V> input(Topic<String, V> topic) {
        return driver.createInputTopic(topic.name(), topic.keys().serializer(), topic.values().serializer(), START,
                Duration.ZERO);
    }

    private AttemptEnded ended(String model, long tokens, @Nullable Hold hold) {
        return AttemptEnded.newBuilder().setAttemptId("a" + ++ids).setRequestId("r").setAttempt(1).setTenant("capped")
                .setKeyId("k").setLane(Lane.INTERACTIVE).setBillingDay(DAY).setModel(model).setProvider("acme")
                .setProviderModel("p-1").setStartedAt(now).setEndedAt(now).setEnd(AttemptEnd.COMPLETED)
                .setTokens(Tokens.newBuilder().setInput(tokens).setOutput(0).setSource(UsageSource.PROVIDER).build())
                .setHold(hold)
                .setHoldUsed(hold == null ? 0 : tokens).build();
    }
}
