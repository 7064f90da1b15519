package dev.penstock.dispatcher.policy;

import static dev.penstock.schemas.event.Lane.BATCH;
import static dev.penstock.schemas.event.Lane.INTERACTIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.dispatcher.policy.SimulatedPenstock.Results;
import dev.penstock.dispatcher.policy.SimulatedProvider.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The policies under providers that misbehave and tenants that flood, in virtual time. What came out is kept beside this
 * test, so that a change of behaviour shows in a diff; {@code -Dsimulation=accept} renews it.
 */
class SimulationTest {
    private static final Path KEPT = Path
            .of("src/test/resources/dev/penstock/dispatcher/policy/simulation.txt");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final StringBuilder text = new StringBuilder();

    @Test
    void keepsQuotasAndFairnessAndLosesNothing() throws IOException {
        steady();
        oneTenantFloods();
        calmBesideAFlood();
        batchFloods();
        quotasWhilePartitionsMove();
        slotsWhilePartitionsMove();
        allOnOneWorker();
        lessRoomThanConfigured();
        randomRefusals();
        fewRefusals();
        alwaysDown();
        flapping();
        blackHole();
        diesMidStream();
        diesMidStreamAndAnotherGoesOn();
        bothDownForAWhile();
        if ("accept".equals(System.getProperty("simulation"))) {
            Files.createDirectories(KEPT.getParent());
            Files.writeString(KEPT, text);
        }
        assertThat(text.toString()).isEqualTo(Files.readString(KEPT));
    }

    private void steady() {
        var acme = new SimulatedProvider("acme", 10, null, null, 4, well(1, 500));
        var penstock = new SimulatedPenstock(1, MINUTE, acme);
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE, 12, "acme");
        penstock.load("b", INTERACTIVE, Duration.ZERO, MINUTE, 4, "acme");
        penstock.run(MINUTE.multipliedBy(2));
        tell("steady: one worker, 10 slots of 0.5 s, 16 requests a second", penstock);
        assertThat(acme.mostOpen).isLessThanOrEqualTo(10);
        assertThat(penstock.results("a").answered).isEqualTo(penstock.results("a").sent);
    }

    private void oneTenantFloods() {
        var acme = new SimulatedProvider("acme", 10, null, null, 4, well(2, 500));
        var penstock = new SimulatedPenstock(2, Duration.ofHours(1), acme);
        penstock.at(SECOND, () -> IntStream.range(0, 10_000)
                .forEach(_ -> penstock.send("flood", INTERACTIVE, "acme")));
        for (String tenant : List.of("a", "b", "c")) {
            penstock.load(tenant, INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(3), 8, "acme");
        }
        penstock.run(MINUTE.multipliedBy(3));
        double jain = jain(List.of("flood", "a", "b", "c").stream().map(penstock::results).toList());
        tell("one tenant of four equal ones sends 10,000 at once; two workers", penstock);
        line("  Jain's index of the four: %.3f", jain);
        assertThat(jain).isGreaterThanOrEqualTo(0.95);
        assertThat(acme.openNanos).isGreaterThan((long) (9.0 * MINUTE.multipliedBy(3).toNanos()));
    }

    private void calmBesideAFlood() {
        long alone = calmBeside(0);
        long beside = calmBeside(10_000);
        line("  interactive p99 wait of the calm tenant: %d ms alone, %d ms beside the flood", alone, beside);
        assertThat(beside).as("of calls of 250 to 750 ms, a fifth").isLessThanOrEqualTo(alone + 100);
    }

    private long calmBeside(int flood) {
        var acme = new SimulatedProvider("acme", 10, null, null, 4, well(17, 500));
        var penstock = new SimulatedPenstock(1, Duration.ofHours(1), acme);
        penstock.at(Duration.ofSeconds(20), () -> IntStream.range(0, flood)
                .forEach(_ -> penstock.send("flood", INTERACTIVE, "acme")));
        for (int i = 0; i < 400; i++) {
            penstock.at(Duration.ofMillis(10_000L + 1000 * i), () -> penstock.send("calm", INTERACTIVE, "acme"));
        }
        penstock.run(Duration.ofSeconds(400));
        tell("one request a second over 10 slots of 0.5 s, beside " + flood + " at once of another tenant", penstock);
        assertThat(acme.openNanos).isGreaterThan(flood == 0 ? 0 : (long) (9.0 * Duration.ofSeconds(380).toNanos()));
        return penstock.results("calm").p99Millis();
    }

    private void batchFloods() {
        long alone = interactiveBeside(0);
        long beside = interactiveBeside(20_000);
        line("  interactive p99 wait: %d ms without batch, %d ms with it", alone, beside);
        assertThat(beside).isLessThanOrEqualTo((long) (alone * 1.2));
    }

    private long interactiveBeside(int batch) {
        var acme = new SimulatedProvider("acme", 10, null, null, 4, well(3, 500));
        var penstock = new SimulatedPenstock(1, MINUTE, acme);
        IntStream.range(0, batch).forEach(_ -> penstock.send("jobs", BATCH, "acme"));
        penstock.load("a", INTERACTIVE, Duration.ofSeconds(20), MINUTE.multipliedBy(10), 14, "acme");
        penstock.run(MINUTE.multipliedBy(10).plus(SECOND));
        tell("interactive, 14 a second over 10 slots of 0.5 s, beside " + batch + " of batch", penstock);
        assertThat(penstock.results("a").answered).isEqualTo(penstock.results("a").sent);
        assertThat(penstock.results("jobs").answered).isGreaterThanOrEqualTo(Math.min(batch, 60));
        return penstock.results("a").p99Millis();
    }

    private void quotasWhilePartitionsMove() {
        var acme = new SimulatedProvider("acme", 50, 600, 150_000, 8, well(4, 300));
        var penstock = new SimulatedPenstock(5, Duration.ofMinutes(20), acme);
        for (String tenant : List.of("a", "b", "c")) {
            penstock.load(tenant, INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(5), 10, "acme");
        }
        moveEvery(penstock, Duration.ofSeconds(13), MINUTE.multipliedBy(5));
        penstock.run(MINUTE.multipliedBy(5));
        tell("600 requests and 150,000 tokens (500 requests) a minute, 30 a second wanted, one to five workers",
                penstock);
        assertThat(acme.mostInAMinute()).isBetween(350, 500);
    }

    private void slotsWhilePartitionsMove() {
        var acme = new SimulatedProvider("acme", 10, null, null, 8, well(5, 2000));
        var penstock = new SimulatedPenstock(5, Duration.ofHours(1), acme);
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(5), 20, "acme");
        moveEvery(penstock, Duration.ofSeconds(7), MINUTE.multipliedBy(5));
        penstock.run(MINUTE.multipliedBy(5));
        tell("10 slots of 2 s, one tenant, one to five workers", penstock);
        assertThat(acme.mostOpen).isLessThanOrEqualTo(10);
    }

    private static void moveEvery(SimulatedPenstock penstock, Duration interval, Duration until) {
        int[] counts = {2, 5, 3, 1, 4};
        for (int i = 0; interval.multipliedBy(i + 1).compareTo(until) < 0; i++) {
            int count = counts[i % counts.length];
            penstock.at(interval.multipliedBy(i + 1), () -> penstock.deal(count));
        }
    }

    private void allOnOneWorker() {
        var acme = new SimulatedProvider("acme", 10, null, null, 8, well(16, 2000));
        var penstock = new SimulatedPenstock(2, Duration.ofHours(1), acme);
        penstock.spread = 1;
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(5), 20, "acme");
        penstock.run(MINUTE.multipliedBy(5));
        tell("10 slots of 2 s, two workers, one tenant with all it wants on one of them", penstock);
        assertThat(acme.mostOpen).isEqualTo(10);
        assertThat(acme.openNanos).isGreaterThan((long) (9.5 * MINUTE.multipliedBy(5).toNanos()));
    }

    private void lessRoomThanConfigured() {
        var draw = new Random(6);
        SimulatedProvider[] self = new SimulatedProvider[1];
        self[0] = new SimulatedProvider("acme", 20, null, null, 4,
                _ -> self[0].open > 8 ? new Way.Full(SECOND) : new Way.Answer(random(draw, 500)));
        var spare = new SimulatedProvider("spare", 20, null, null, 4, well(7, 500));
        var penstock = new SimulatedPenstock(2, MINUTE, self[0], spare);
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(3), 25, "acme", "spare");
        penstock.run(MINUTE.multipliedBy(4));
        tell("a provider with 8 slots instead of 20 says 429 with Retry-After: 1; another has room", penstock);
        assertThat(penstock.results("a").answered).isEqualTo(penstock.results("a").sent);
    }

    private void randomRefusals() {
        var draw = new Random(8);
        var acme = new SimulatedProvider("acme", 20, null, null, 4,
                _ -> draw.nextInt(10) < 3 ? new Way.Full(SECOND) : new Way.Answer(random(draw, 500)));
        var spare = new SimulatedProvider("spare", 20, null, null, 4, well(9, 500));
        var penstock = new SimulatedPenstock(1, MINUTE, acme, spare);
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(3), 20, "acme", "spare");
        penstock.run(MINUTE.multipliedBy(4));
        tell("30 % of a provider's answers are 429 with Retry-After: 1; another has room", penstock);
        assertThat(penstock.results("a").answered).isEqualTo(penstock.results("a").sent);
    }

    private void fewRefusals() {
        var draw = new Random(18);
        var acme = new SimulatedProvider("acme", 20, null, null, 4,
                _ -> draw.nextInt(20) == 0 ? new Way.Full(SECOND) : new Way.Answer(random(draw, 500)));
        var penstock = new SimulatedPenstock(1, MINUTE, acme);
        IntStream.range(0, 5_000).forEach(_ -> penstock.send("jobs", BATCH, "acme"));
        penstock.run(MINUTE.multipliedBy(4));
        tell("5 % of a provider's answers are 429 with Retry-After: 1 for no reason; 5,000 of batch, half of 20 slots",
                penstock);
        assertThat(acme.openNanos).as("a refusal costs its own retry")
                .isGreaterThan((long) (0.9 * 10 * MINUTE.multipliedBy(4).toNanos()));
    }

    private void alwaysDown() {
        var acme = new SimulatedProvider("acme", 20, null, null, 4, _ -> new Way.Refusal(Duration.ofMillis(5)));
        var spare = new SimulatedProvider("spare", 20, null, null, 4, well(10, 500));
        var penstock = new SimulatedPenstock(1, MINUTE, acme, spare);
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(3), 20, "acme", "spare");
        penstock.run(MINUTE.multipliedBy(4));
        tell("a provider answers every call with 503; another is well", penstock);
        assertThat(penstock.results("a").answered).isEqualTo(penstock.results("a").sent);
        assertThat(penstock.results("a").p99Millis()).isLessThanOrEqualTo(50);
        assertThat(acme.calls).isLessThan(50);
    }

    private void flapping() {
        var draw = new Random(11);
        var acme = new SimulatedProvider("acme", 20, null, null, 4,
                now -> now / (10 * SECOND.toNanos()) % 2 == 1
                        ? new Way.Refusal(Duration.ofMillis(20))
                        : new Way.Answer(random(draw, 500)));
        var spare = new SimulatedProvider("spare", 20, null, null, 4, well(12, 500));
        var penstock = new SimulatedPenstock(3, MINUTE, acme, spare);
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(3), 20, "acme", "spare");
        penstock.run(MINUTE.multipliedBy(4));
        tell("a provider is down for 10 s of every 20 s; another is well; three workers", penstock);
        assertThat(penstock.results("a").answered).isEqualTo(penstock.results("a").sent);
    }

    private void blackHole() {
        var acme = new SimulatedProvider("acme", 20, null, null, 4, _ -> new Way.Refusal(Duration.ofSeconds(5)));
        var spare = new SimulatedProvider("spare", 20, null, null, 4, well(13, 500));
        var penstock = new SimulatedPenstock(1, MINUTE, acme, spare);
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE.multipliedBy(3), 10, "acme", "spare");
        penstock.run(MINUTE.multipliedBy(4));
        tell("a provider says nothing until the time-out of 5 s; another is well", penstock);
        assertThat(penstock.results("a").answered).isEqualTo(penstock.results("a").sent);
    }

    private void diesMidStream() {
        var draw = new Random(14);
        var acme = new SimulatedProvider("acme", 20, null, null, 4,
                _ -> draw.nextInt(10) < 2 ? new Way.Death(SECOND) : new Way.Answer(random(draw, 500)));
        var penstock = new SimulatedPenstock(1, MINUTE, acme);
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE, 10, "acme");
        penstock.run(MINUTE.multipliedBy(2));
        tell("a provider dies in the middle of 20 % of its answers", penstock);
        assertThat(penstock.results("a").failed).isZero();
        assertThat(penstock.results("a").ended()).isEqualTo(penstock.results("a").sent);
    }

    private void diesMidStreamAndAnotherGoesOn() {
        var draw = new Random(16);
        LongFunction<Way> frail = _ -> draw.nextInt(10) < 2 ? new Way.Death(SECOND) : new Way.Answer(random(draw, 500));
        var acme = new SimulatedProvider("acme", 20, null, null, 4, frail);
        var spare = new SimulatedProvider("spare", 20, null, null, 4, frail);
        var penstock = new SimulatedPenstock(2, MINUTE, acme, spare);
        penstock.goesOn = true;
        penstock.load("a", INTERACTIVE, Duration.ZERO, MINUTE, 10, "acme", "spare");
        penstock.run(MINUTE.multipliedBy(2));
        tell("two providers die in the middle of 20 % of their answers, and the second goes on with those of the first",
                penstock);
        assertThat(penstock.results("a").failed).isZero();
        assertThat(penstock.results("a").broken).isLessThan(penstock.results("a").sent / 10);
    }

    private void bothDownForAWhile() {
        var draw = new Random(15);
        LongFunction<Way> down = now -> now > 5 * SECOND.toNanos() && now < 35 * SECOND.toNanos()
                ? new Way.Refusal(Duration.ofMillis(10))
                : new Way.Answer(random(draw, 500));
        var acme = new SimulatedProvider("acme", 20, null, null, 4, down);
        var spare = new SimulatedProvider("spare", 20, null, null, 4, down);
        var penstock = new SimulatedPenstock(2, MINUTE, acme, spare);
        IntStream.range(0, 1000).forEach(_ -> penstock.send("jobs", BATCH, "acme", "spare"));
        penstock.load("a", INTERACTIVE, Duration.ZERO, Duration.ofSeconds(50), 5, "acme", "spare");
        penstock.run(MINUTE.multipliedBy(10));
        tell("both providers are down for 30 s; 1,000 of batch and some interactive", penstock);
        assertThat(penstock.results("jobs").answered).isEqualTo(1000);
        assertThat(penstock.results("a").ended()).isEqualTo(penstock.results("a").sent);
    }

    private void tell(String scenario, SimulatedPenstock penstock) {
        line("%s", scenario);
        penstock.results.forEach((tenant, results) -> {
            line("  %-6s %6d sent, %6d answered, %4d broken, %4d failed, p99 wait %6d ms", tenant, results.sent,
                    results.answered, results.broken, results.failed, results.p99Millis());
        });
        assertThat(penstock.results.values().stream().mapToInt(Results::ended).sum() + penstock.alive())
                .as("none is lost").isEqualTo(penstock.results.values().stream().mapToInt(one -> one.sent).sum());
        penstock.providers.forEach((name, one) -> line(
                "  %-6s %6d calls, %5d refused, %3d open at most, %4.1f on average, %5d in a minute at most", name,
                one.calls, one.refused, one.mostOpen, (double) one.openNanos / penstock.now(), one.mostInAMinute()));
        line("  %d diverted without a call", penstock.diverted);
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static LongFunction<Way> well(int seed, int millis) {
        var draw = new Random(seed);
        return _ -> new Way.Answer(random(draw, millis));
    }

    private static Duration random(Random draw, int millis) {
        return Duration.ofMillis(millis / 2 + draw.nextInt(millis));
    }

    private static double jain(List<Results> results) {
        double sum = results.stream().mapToDouble(one -> one.answered).sum();
        return sum * sum
                / (results.size() * results.stream().mapToDouble(one -> (double) one.answered * one.answered).sum());
    }
}
