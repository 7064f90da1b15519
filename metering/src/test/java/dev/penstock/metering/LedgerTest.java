package dev.penstock.metering;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.Period;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageEvent;
import dev.penstock.schemas.event.UsageSource;
import dev.penstock.schemas.event.Verdict;
import java.net.URI;
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

/** The ledger on the topology. Its one model costs a nano-US-dollar a token. */
class LedgerTest {
    private static final Instant START = Instant.parse("2026-11-24T12:00:00Z");
    private static final LocalDate DAY = LocalDate.of(2026, 11, 24);
    private static final Topics TOPICS = new Topics("test");
    private static final long CLOSE_AFTER = Duration.ofMinutes(10).toMillis();

    @TempDir
    Path folder;

    private TopologyTestDriver driver;
    private TestInputTopic<String, SpecificRecord> attempts;
    private TestInputTopic<String, AllowanceRequest> requests;
    private TestInputTopic<String, AccountCap> caps;
    private TestOutputTopic<String, Allowance> allowances;
    private TestOutputTopic<String, UsageEvent> usage;
    private long sequence;

    @BeforeEach
    void start() {
        var provider = new Provider("acme", ProviderKind.OPENAI_COMPATIBLE, URI.create("http://acme.test/v1"), null, 1,
                Timeouts.DEFAULT);
        var priced = new Model("priced", "acme", "p-1", new Price(1_000_000, 1_000_000, null, null),
                Limits.UNKNOWN, 0);
        var unpriced = new Model("unpriced", "acme", "u-1", null, Limits.UNKNOWN, 0);
        var key = new Tenant.Key("k", "0".repeat(64), cap(400L, null));
        var tenant = new Tenant("capped", List.of(key), 1, ZoneOffset.UTC, cap(1000L, 1500L), null);
        var properties = new Properties();
        properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
        driver = new TopologyTestDriver(
                MeteringTopology.of(TOPICS,
                        Catalog.of("v7", List.of(provider), List.of(priced, unpriced), List.of(tenant))),
                properties, START);
        attempts = input(TOPICS.attempts());
        requests = input(TOPICS.allowanceRequests());
        caps = input(TOPICS.caps());
        allowances = output(TOPICS.allowances());
        usage = output(TOPICS.usage());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void whatIsNeededIsGrantedAndAheadOfNeedAPartOfWhatIsLeft() {
        Allowance granted = ask("a", DAY, 200, 1000, 0);

        assertThat(granted.getVerdict()).isEqualTo(Verdict.GRANTED);
        assertThat(granted.getGranted()).isEqualTo(200 + 800 / 4);
        assertThat(granted.getRoom()).isEqualTo(600);
    }

    @Test
    void whatIsTooMuchIsRecalledFromOthersAndRefusedWhenTheyHaveObeyed() {
        ask("a", DAY, 900, 900, 0);
        Allowance recalling = ask("b", DAY, 300, 300, 0);
        assertThat(recalling.getVerdict()).isEqualTo(Verdict.RECALLING);
        assertThat(recalling.getRecall()).isEqualTo(1);

        tell("a", DAY, 0, 900, 700, 1);
        assertThat(ask("b", DAY, 300, 300, 0).getGranted()).isEqualTo(300);
        Allowance refused = ask("b", DAY, 900, 900, 0);

        assertThat(refused.getVerdict()).isEqualTo(Verdict.SHORT);
        assertThat(refused.getCap()).isEqualTo(1000);
        assertThat(refused.getRoom()).isEqualTo(500);
    }

    @Test
    void whatAnAttemptUsedMovesFromGrantedToSettled() {
        ask("a", DAY, 600, 600, 0);
        attempts.pipeInput("capped", ended("1", "priced", tokens(100, 150), hold("a", 600), 250));
        Allowance after = tell("a", DAY, 0, 600, 350, 0);

        assertThat(after.getSettled()).isEqualTo(250);
        assertThat(after.getRoom()).isEqualTo(750);
    }

    @Test
    void anUnknownCostCountsAsTheHold() {
        ask("a", DAY, 600, 600, 0);
        attempts.pipeInput("capped", ended("1", "unpriced", tokens(100, 150), hold("a", 600), 600));

        assertThat(tell("a", DAY, 0, 600, 0, 0).getSettled()).isEqualTo(600);
    }

    @Test
    void aWeeksCapHoldsOverItsDays() {
        for (int day = 0; day < 2; day++) {
            ask("a", DAY.plusDays(day), 700, 700, 0);
        }
        Allowance third = ask("a", DAY.plusDays(2), 200, 200, 0);

        assertThat(third.getVerdict()).isEqualTo(Verdict.SHORT);
        assertThat(third.getPeriod()).isEqualTo(Period.WEEK);
        assertThat(ask("a", DAY.plusDays(6), 200, 200, 0).getVerdict()).isEqualTo(Verdict.GRANTED);
    }

    @Test
    void aKeyHasItsOwnCap() {
        assertThat(request("capped/k", "a", DAY, 500, 500, 0, 0).getVerdict()).isEqualTo(Verdict.SHORT);
        assertThat(request("capped/k", "a", DAY, 400, 400, 0, 0).getVerdict()).isEqualTo(Verdict.GRANTED);
    }

    @Test
    void aCapThatIsSetAtRunTimeCountsFromThenOn() {
        ask("a", DAY, 600, 600, 0);
        caps.pipeInput("capped", new AccountCap("capped", 500L, null, null, false, List.of(50), START));
        Allowance lowered = ask("a", DAY, 700, 700, 0);
        caps.pipeInput("capped", new AccountCap("capped", 5000L, null, null, false, List.of(10), START));
        Allowance raised = ask("a", DAY, 700, 700, 0);

        assertThat(lowered.getVerdict()).isEqualTo(Verdict.SHORT);
        assertThat(lowered.getRoom()).isEqualTo(-100);
        assertThat(raised.getGranted()).isEqualTo(700);
    }

    @Test
    void aLostAttemptCostsItsHoldUntilItsEndComesAfterAll() {
        ask("a", DAY, 600, 600, 0);
        attempts.pipeInput("capped", started("1", START.plusSeconds(60), hold("a", 600)));
        pass(Duration.ofMinutes(4));
        UsageEvent lost = usage.readValue();
        attempts.pipeInput("capped", ended("1", "priced", tokens(100, 100), hold("a", 600), 200));
        attempts.pipeInput("capped", ended("1", "priced", tokens(100, 100), hold("a", 600), 200));

        assertThat(lost.getCostNanoUsd()).isEqualTo(600);
        assertThat(lost.getErrorCode()).isEqualTo("lost");
        assertThat(usage.readValuesToList()).singleElement().satisfies(late -> {
            assertThat(late.getCorrects()).isEqualTo("1");
            assertThat(late.getCostNanoUsd()).isEqualTo(-400);
        });
        Allowance after = tell("a", DAY, 0, 600, 0, 0);
        assertThat(after.getSettled()).isEqualTo(200);
        assertThat(after.getRoom()).isEqualTo(800);
    }

    @Test
    void aPartyThatIsSilentForLongIsClosedAndWhatItHadIsFree() {
        ask("a", DAY, 900, 900, 0);
        pass(Duration.ofMinutes(12));

        assertThat(ask("b", DAY, 1000, 1000, 0).getVerdict()).isEqualTo(Verdict.GRANTED);
        assertThat(ask("a", DAY, 0, 900, 0).getVerdict()).isEqualTo(Verdict.CLOSED);
    }

    @Test
    void aPartyWhoseAttemptStillRunsIsNotClosed() {
        ask("a", DAY, 900, 900, 0);
        attempts.pipeInput("capped", started("1", START.plus(Duration.ofHours(1)), hold("a", 900)));
        pass(Duration.ofMinutes(12));

        assertThat(ask("b", DAY, 1000, 1000, 0).getVerdict()).isEqualTo(Verdict.RECALLING);
    }

    private void pass(Duration time) {
        for (long s = 0; s < time.toSeconds(); s += 10) {
            driver.advanceWallClockTime(Duration.ofSeconds(10));
        }
    }

    private Allowance ask(String party, LocalDate day, long needed, long wanted, long returned) {
        return request("capped", party, day, needed, wanted, returned, 0);
    }

    private Allowance tell(String party, LocalDate day, long needed, long wanted, long returned, long recallSeen) {
        return request("capped", party, day, needed, wanted, returned, recallSeen);
    }

    private Allowance request(String account, String party, LocalDate day, long needed, long wanted, long returned,
            long recallSeen) {
        requests.pipeInput("capped", new AllowanceRequest("capped", account, day, party, ++sequence, wanted, needed,
                returned, recallSeen, 1L, CLOSE_AFTER));
        return allowances.readValue();
    }

    private <V> TestInputTopic<String, V> input(Topic<String, V> topic) {
        return driver.createInputTopic(topic.name(), topic.keys().serializer(), topic.values().serializer(), START,
                Duration.ZERO);
    }

    private <V> TestOutputTopic<String, V> output(Topic<String, V> topic) {
        return driver.createOutputTopic(topic.name(), topic.keys().deserializer(), topic.values().deserializer());
    }

    private static Cap cap(Long daily, @Nullable Long weekly) {
        return new Cap(daily, weekly, null, Cap.Mode.HARD, Cap.DEFAULT_ALERTS);
    }

    private static Hold hold(String party, long amount) {
        return new Hold(amount, List.of(new HeldFrom("capped", party)));
    }

    private static Tokens tokens(long input, long output) {
        return Tokens.newBuilder().setInput(input).setOutput(output).setSource(UsageSource.PROVIDER).build();
    }

    private static AttemptStarted started(String id, Instant deadline, Hold hold) {
        return AttemptStarted.newBuilder().setAttemptId(id).setRequestId("r").setAttempt(1).setTenant("capped")
                .setKeyId("k").setBillingDay(DAY).setModel("priced").setProvider("acme").setProviderModel("p-1")
                .setWorker("w").setStartedAt(START).setDeadline(deadline).setHold(hold).build();
    }

    private static AttemptEnded ended(String id, String model, Tokens tokens, Hold hold, long used) {
        return AttemptEnded.newBuilder().setAttemptId(id).setRequestId("r").setAttempt(1).setTenant("capped")
                .setKeyId("k").setLane(Lane.INTERACTIVE).setBillingDay(DAY).setModel(model).setProvider("acme")
                .setProviderModel("p-1").setStartedAt(START).setEndedAt(START).setEnd(AttemptEnd.COMPLETED)
                .setTokens(tokens).setHold(hold).setHoldUsed(used).build();
    }
}
