package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.LedgerBed.Bill;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.UsageEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A hard cap on the running system: 64 clients ask three ingresses until the cap is reached, while something goes wrong.
 * Whatever it is, neither the usage nor what the provider would bill exceeds the cap, and when all has come to rest the
 * spend is within one request's hold of it. {@code -Dledger.runs=N} runs each case N times, {@code -Dledger.only=TEXT}
 * those that have it in their name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class LedgerTest {
    private static final int RUNS = Integer.getInteger("ledger.runs",
            Integer.parseInt(System.getenv().getOrDefault("LEDGER_RUNS", "1")));
    private static final Duration REST = Duration.ofMinutes(3);
    private static final Pattern ADVICE = Pattern.compile("Lower 'max_completion_tokens' to at most (\\d+)");

    /** What clients ask for, and what goes wrong when about half of the cap is spent. */
    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario("nothing", LedgerTest::request, false, _ -> {}),
            new Scenario("answers break off", LedgerTest::breakingOff, false, _ -> {}),
            new Scenario("clients hang up", LedgerTest::request, true, _ -> {}),
            new Scenario("streams of all dialects", LedgerTest::ofAnyKind, EveryKind.MODELS, true, _ -> {}),
            new Scenario("fallback to a dearer model", LedgerTest::ofDearer, LedgerBed.OF_DEARER, false,
                    LedgerBed::strike),
            new Scenario("kill -9 of an ingress", LedgerTest::request, false, LedgerBed::killAnIngress),
            new Scenario("kill -9 of metering", LedgerTest::request, false, LedgerBed::killMetering),
            new Scenario("kill -9 of the dispatcher", LedgerTest::request, false, LedgerBed::killTheDispatcher));

    private LedgerBed bed;

    @BeforeAll
    void start(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path folder) throws Exception {
        bed = new LedgerBed(folder, SCENARIOS.size() * RUNS + 3);
    }

    @AfterAll
    void stop() {
        bed.close();
    }

    static Stream<Scenario> runs() {
        String only = System.getProperty("ledger.only", "");
        return SCENARIOS.stream().filter(one -> one.name().contains(only))
                .flatMap(scenario -> IntStream.range(0, RUNS).mapToObj(_ -> scenario));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runs")
    @Order(1)
    void theSpendEndsUnderTheCapAndWithinOneHoldOfIt(Scenario scenario) throws Exception {
        String tenant = bed.nextTenant();
        bed.calm();
        Bill before = bed.bill();
        var clients = new LedgerClients(bed, tenant, scenario);
        long began = System.nanoTime();

        clients.askUntilRefused();
        long asked = System.nanoTime();
        long hold = hold(tenant);
        await().atMost(REST).pollInSameThread().pollInterval(Duration.ofMillis(500)).until(() -> {
            clients.askUntilRefused();
            return bed.spent(tenant) > LedgerBed.CAP - hold && isAtRest(tenant);
        });

        List<UsageEvent> usage = bed.usage(tenant);
        Bill bill = bed.bill().since(before);
        System.out.printf("%-26s %s; %,d spent, %,d billed of %,d nano-USD, hold %,d; %d lost; %.1f s and %.1f s%n",
                scenario, clients, spent(usage), bill.cost(), LedgerBed.CAP, hold,
                usage.stream().filter(one -> "lost".equals(one.getErrorCode())).count(), (asked - began) / 1e9,
                (System.nanoTime() - asked) / 1e9);
        assertThat(spent(usage)).as("published").isLessThanOrEqualTo(LedgerBed.CAP);
        assertThat(bill.cost()).as("billed by the provider").isLessThanOrEqualTo(LedgerBed.CAP);
        clients.verify(usage);
        clients.ask();
        assertThat(bed.bill().since(before).requests()).as("a refused request reaches no provider")
                .isEqualTo(bill.requests());
    }

    @Test
    @Order(2)
    void aRefusalTellsAllThatItTakesToDoBetter() throws Exception {
        String tenant = bed.nextTenant();
        Bill before = bed.bill();
        HttpResponse<String> refused = send(tenant, 1_000_000);

        assertThat(refused.statusCode()).isEqualTo(429);
        JsonNode error = ApiClient.parse(refused.body()).path("error");
        assertThat(error.path("type").asText()).isEqualTo("insufficient_quota");
        assertThat(error.path("code").asText()).isEqualTo("insufficient_quota");
        String message = error.path("message").asText();
        assertThat(message).contains("daily budget of account '" + tenant + "'", "the cap is $0.0045", "$0 is spent",
                "this request may cost up to $0.4");
        Instant reset = Instant.parse(message.replaceFirst(".* wait until (\\S+)\\.$", "$1"));
        assertThat(Duration.between(Instant.now(), reset)).isBetween(Duration.ofHours(10), Duration.ofHours(13));
        assertThat(Long.parseLong(refused.headers().firstValue("retry-after").orElseThrow()))
                .isCloseTo(Duration.between(Instant.now(), reset).toSeconds(),
                        org.assertj.core.api.Assertions.within(5L));
        assertThat(bed.bill()).as("nothing reached the provider").isEqualTo(before);

        Matcher advice = ADVICE.matcher(message);
        assertThat(advice.find()).as(message).isTrue();
        int most = Integer.parseInt(advice.group(1));
        assertThat(send(tenant, most + 1).statusCode()).isEqualTo(429);
        await().atMost(REST).until(() -> send(tenant, most).statusCode() == 200);
    }

    @Test
    @Order(3)
    void aCallWhoseIngressDiedEndsAtItsDeadlineAndGivesItsSlotBack() throws Exception {
        String tenant = bed.nextTenant();
        var answer = bed.http.send(bed.chat(tenant, 0, LedgerClients.body(true, 9_000, "tokens=9000 ttft=0 itl=2")),
                BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            assertThat(body.read()).isEqualTo('d');
            assertThat(bed.openCalls()).isEqualTo(1); // its credit is used up, and nobody gives more
            bed.killAnIngress();
        }

        await().atMost(REST).until(() -> bed.openCalls() == 0);
        await().atMost(REST).until(() -> bed.usage(tenant).size() == 1);
        assertThat(bed.usage(tenant).getFirst().getEnd()).isEqualTo(AttemptEnd.ABANDONED);
        assertThat(bed.usage(tenant).getFirst().getTokens()).isNotNull();
    }

    @Test
    @Order(4)
    void anAnswerInOnePieceThatNobodyWaitedForCountsAsItsHold() throws Exception {
        String tenant = bed.nextTenant();
        var answer = bed.http.sendAsync(bed.chat(tenant, 1, LedgerClients.body(false, 40, "tokens=40 ttft=3000")),
                BodyHandlers.ofString());
        await().atMost(REST).until(() -> bed.openCalls() == 1);
        answer.cancel(true);

        await().atMost(REST).until(() -> bed.usage(tenant).size() == 1);
        assertThat(bed.spent(tenant)).isEqualTo(hold(tenant));
    }

    @Test
    @Order(5)
    void allOfItFollowsFromTheAttempts() {
        var found = bed.audit();
        System.out.printf("%d attempts, %d usage events, %d differences%n", found.attempts(), found.usage(),
                found.differences());
        assertThat(found.named()).isEmpty();
    }

    private HttpResponse<String> send(String tenant, int maxTokens) throws IOException, InterruptedException {
        return bed.http.send(bed.chat(tenant, 0, LedgerClients.body(false, maxTokens, "tokens=2 ttft=0 itl=0")),
                BodyHandlers.ofString());
    }

    private static String request(int number) {
        return LedgerClients.body(number % 2 == 0, 40, "tokens=20 ttft=20 itl=1");
    }

    private static String ofAnyKind(int number) {
        String model = EveryKind.MODELS.get(number / 4 % EveryKind.MODELS.size());
        return LedgerClients.body(model, true, 40, "tokens=20 ttft=20 itl=1");
    }

    private static String ofDearer(int number) {
        return LedgerClients.body(LedgerBed.DEARER, number % 2 == 0, 40, "tokens=20 ttft=20 itl=1");
    }

    /** A third of the answers is gone on with, for a hold of its own. */
    private static String breakingOff(int number) {
        return LedgerClients.body("steady", true, 40,
                "tokens=20 ttft=20 itl=1 drop@" + (number % 3 == 0 ? "08" : "99"));
    }

    private static long spent(List<UsageEvent> usage) {
        return usage.stream().mapToLong(UsageEvent::getCostNanoUsd).sum();
    }

    private long hold(String tenant) {
        return bed.started(tenant).stream().mapToLong(started -> started.getHold().getNanoUsd()).max().orElse(0);
    }

    /** Whether every call that was announced has ended, or is taken for lost. */
    private boolean isAtRest(String tenant) {
        Set<String> ended = new HashSet<>();
        bed.usage(tenant).forEach(usage -> ended.add(usage.getAttemptId()));
        return bed.started(tenant).stream().map(AttemptStarted::getAttemptId).allMatch(ended::contains);
    }
}
