package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.deploy.DispatcherBed.End;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.Lane;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers notice of a provider that is slow, full or down: real dispatchers, real Kafka, simulated providers. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class CapacityTest {
    /** As long as a real provider takes. */
    private static final String SLOW = "ttft=200 itl=0 tokens=2";
    /** Rounds of a flood and of none; {@code -Dfloods=10} is the long form. */
    private static final int FLOODS = Integer.getInteger("floods", 2);
    private static final String QUICK = "ttft=5 itl=0 tokens=3";

    /** How long all providers are down; {@code -Doutage=30} is the long form. */
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("outage", 3));

    @TempDir
    private Path folder;
    private DispatcherBed bed;

    @BeforeEach
    void start() throws Exception {
        bed = new DispatcherBed(folder, "maxConcurrentCalls: 10", 4);
        assertThat(ask(5, QUICK, "acme", "spare")).allMatch(End::answered);
    }

    @AfterEach
    void stop() {
        bed.close();
    }

    @Test
    void aProviderThatIsDownCostsNoRequestAndFewMilliseconds() throws Exception {
        bed.acme.strike(Map.of("503", 100.0));
        List<End> opening = ask(20, QUICK, "acme", "spare");
        long before = bed.simulated(bed.acme, "requests");
        var healthy = new ArrayList<End>();
        var open = new ArrayList<End>();
        for (int i = 0; i < 250; i++) { // in turns, so that whatever else the machine does is in both
            open.addAll(ask(1, QUICK, "acme", "spare"));
            healthy.addAll(ask(1, QUICK, "spare"));
        }

        System.out.printf("a provider down: p99 %d ms healthy, %d ms where it would have been first%n",
                DispatcherBed.p99(healthy), DispatcherBed.p99(open));
        assertThat(opening).allMatch(End::answered);
        assertThat(open).allMatch(End::answered);
        assertThat(bed.simulated(bed.acme, "requests") - before).isLessThan(20);
        assertThat(DispatcherBed.p99(open)).isLessThanOrEqualTo(DispatcherBed.p99(healthy) + 50);
    }

    @Test
    void refusalsForWantOfRoomReachNoCallerWhileACandidateHasRoom() throws Exception {
        bed.acme.strike(Map.of("429@1", 30.0));
        var ends = new ArrayList<CompletableFuture<End>>();
        for (int i = 0; i < 200; i++) {
            ends.add(bed.ask("t" + i % 3, "ttft=50 itl=0 tokens=3", "acme", "spare"));
        }
        assertThat(ends.stream().map(CompletableFuture::join)).allMatch(End::answered);
        assertThat(bed.simulated(bed.acme, "most_open")).isLessThanOrEqualTo(10);
        assertThat(bed.simulated(bed.spare, "most_open")).isLessThanOrEqualTo(10);
    }

    @Test
    void batchLosesNothingWhileAllProvidersAreDownAndFinishesAfter() {
        bed.acme.strike(Map.of("503", 100.0));
        bed.spare.strike(Map.of("503", 100.0));
        Set<String> ids = IntStream.range(0, 60).mapToObj(i -> "batch-" + i).collect(Collectors.toSet());
        ids.forEach(id -> bed.batch(id, "jobs", QUICK, "acme", "spare"));
        long until = System.nanoTime() + OUTAGE.toNanos();
        await().atMost(OUTAGE.plusSeconds(60)).until(() -> System.nanoTime() > until && refused() >= 12);
        bed.acme.strike(Map.of());
        bed.spare.strike(Map.of());

        await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> assertThat(
                ended(AttemptEnd.COMPLETED)).containsExactlyInAnyOrderElementsOf(ids));
        assertThat(TestBed.read(bed.kafka, bed.settings.topics().deadLetters())).isEmpty();
    }

    @Test
    void twoDispatchersUseAllSlotsOfAProviderAndNoneMore() throws Exception {
        assertThat(slotsOfTwoDispatchers(4)).isGreaterThanOrEqualTo(9);
    }

    @Test
    void slotsOfADispatcherWithoutWorkAreUsedByOneWithTooMuch() throws Exception {
        assertThat(slotsOfTwoDispatchers(1)).isGreaterThanOrEqualTo(9);
    }

    /** How many of 10 are in use on average, of requests of one tenant that lie on so many partitions. */
    private double slotsOfTwoDispatchers(int partitions) throws Exception {
        var ends = new ArrayList<CompletableFuture<End>>();
        for (int i = 0; i < 200; i++) {
            ends.add(bed.askOn(i % partitions, "one", "ttft=1000 itl=0 tokens=2", "acme"));
        }
        await().until(() -> ends.stream().filter(CompletableFuture::isDone).count() > 20);
        bed.addDispatcher();
        var open = new ArrayList<Long>();
        while (ends.stream().filter(CompletableFuture::isDone).count() < 180) {
            open.add(bed.simulated(bed.acme, "open"));
            Thread.sleep(20);
        }
        double average = open.stream().mapToLong(Long::longValue).average().orElseThrow();
        System.out.printf("two dispatchers, %d partitions with work: %.2f of 10 slots in use on average%n", partitions,
                average);
        assertThat(ends.stream().map(CompletableFuture::join)).allMatch(End::answered);
        assertThat(bed.simulated(bed.acme, "most_open")).isEqualTo(10);
        return average;
    }

    @Test
    void partitionsThatStayGoOnWhileADispatcherComesAndGoes() throws Exception {
        long calls = bed.simulated(bed.acme, "requests");
        List<CompletableFuture<End>> across = IntStream.range(0, 4)
                .mapToObj(partition -> bed.askOn(partition, "long", "ttft=50 itl=100 tokens=80", "acme")).toList();
        var goOn = new AtomicBoolean(true);
        List<CompletableFuture<List<End>>> lines = IntStream.range(0, 4).mapToObj(
                partition -> CompletableFuture.<List<End>>supplyAsync(() -> {
                    var ends = new ArrayList<End>();
                    while (goOn.get()) {
                        ends.add(bed.askOn(partition, "calm", QUICK, "acme").join());
                    }
                    return ends;
                }, Thread::startVirtualThread)).toList();
        bed.addDispatcher();
        Thread.sleep(1000); // with both at work
        bed.removeDispatcher();
        assertThat(across.stream().map(CompletableFuture::join)).allMatch(End::answered);
        goOn.set(false);
        List<List<End>> quick = lines.stream().map(CompletableFuture::join).toList();

        List<Long> worst = quick.stream()
                .map(ends -> ends.stream().mapToLong(End::ms).max().orElseThrow()).sorted().toList();
        System.out.printf("a dispatcher comes and goes: longest wait on each partition %s ms%n", worst);
        assertThat(quick).allSatisfy(ends -> assertThat(ends).allMatch(End::answered));
        assertThat(worst.get(1)).as("on the two that stayed").isLessThan(1500);
        assertThat(bed.simulated(bed.acme, "requests") - calls).as("none is made twice")
                .isEqualTo(4 + quick.stream().mapToInt(List::size).sum());
    }

    @Test
    void aTenantThatFloodsDoesNotDelayAnother() {
        var alone = new ArrayList<End>();
        var beside = new ArrayList<End>();
        for (int round = 0; round < FLOODS; round++) {
            alone.addAll(ask(15, SLOW, "acme"));
            var flooding = new AtomicBoolean(true);
            List<CompletableFuture<Void>> flood = IntStream.range(0, 100).mapToObj(_ -> flood(flooding)).toList();
            beside.addAll(ask(15, SLOW, "acme"));
            flooding.set(false);
            flood.forEach(CompletableFuture::join);
        }
        System.out.printf("one tenant floods: another's p50 %d ms alone, %d ms beside it; p99 %d ms and %d ms%n",
                DispatcherBed.p(50, alone), DispatcherBed.p(50, beside), DispatcherBed.p99(alone),
                DispatcherBed.p99(beside));
        assertThat(beside).allMatch(End::answered);
        assertThat(DispatcherBed.p(50, beside)).isLessThanOrEqualTo(DispatcherBed.p(50, alone) * 12 / 10);
    }

    /** One request more as soon as one has ended; completes when none is open. */
    private CompletableFuture<Void> flood(AtomicBoolean goOn) {
        return bed.ask("flood", SLOW, "acme")
                .thenCompose(_ -> goOn.get() ? flood(goOn) : CompletableFuture.completedFuture(null));
    }

    @Test
    void whatNobodyCouldAnswerIsADeadLetterWithAWayBack() {
        bed.acme.strike(Map.of("503", 100.0));
        End end = bed.ask("calm", QUICK, "acme").join();
        assertThat(end.answered()).isFalse();
        assertThat(end.error()).isNotNull();
        assertThat(end.error().status()).isEqualTo(503);
        assertThat(run("list")).contains("exhausted").contains("interactive");

        bed.acme.strike(Map.of());
        assertThat(run("replay", "--all", "--reason", "exhausted")).contains("1 sent");
        assertThat(run("list")).isEmpty();
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(
                TestBed.read(bed.kafka, bed.settings.topics().attempts())).anySatisfy(
                        event -> assertThat(event).isInstanceOfSatisfying(AttemptEnded.class, ended -> {
                            assertThat(ended.getLane()).isEqualTo(Lane.BATCH);
                            assertThat(ended.getEnd()).isEqualTo(AttemptEnd.COMPLETED);
                        })));
    }

    private String run(String... arguments) {
        var out = new StringWriter();
        var line = new ArrayList<>(List.of("dead-letters"));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--kafka", bed.kafka, "--config", folder.resolve("test.yaml").toString()));
        assertThat(Main.commands(Caller.here()).setOut(new PrintWriter(out)).execute(line.toArray(String[]::new)))
                .isZero();
        return out.toString();
    }

    /** One after the other, by one tenant. */
    private List<End> ask(int count, String directive, String... route) {
        return IntStream.range(0, count).mapToObj(_ -> bed.ask("calm", directive, route).join()).toList();
    }

    private long refused() {
        return TestBed.read(bed.kafka, bed.settings.topics().attempts()).stream()
                .filter(event -> event instanceof AttemptEnded ended && ended.getEnd() == AttemptEnd.REFUSED).count();
    }

    private List<String> ended(AttemptEnd how) {
        return TestBed.read(bed.kafka, bed.settings.topics().attempts()).stream()
                .filter(event -> event instanceof AttemptEnded ended && ended.getEnd() == how)
                .map(event -> ((AttemptEnded) event).getRequestId()).filter(id -> id.startsWith("batch-")).toList();
    }
}
