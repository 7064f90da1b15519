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
    private static final String QUICK = "ttft=5 itl=0 tokens=3";

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
        List<End> healthy = ask(150, QUICK, "acme", "spare");
        bed.acme.strike(Map.of("503", 100.0));
        List<End> opening = ask(20, QUICK, "acme", "spare");
        long before = bed.simulated(bed.acme, "requests");
        List<End> open = ask(150, QUICK, "acme", "spare");

        System.out.printf("acme down: p99 %d ms healthy, %d ms open%n", DispatcherBed.p99(healthy),
                DispatcherBed.p99(open));
        assertThat(opening).allMatch(End::answered);
        assertThat(open).allMatch(End::answered);
        assertThat(bed.simulated(bed.acme, "requests") - before).isLessThan(20);
        assertThat(DispatcherBed.p99(open)).isLessThan(DispatcherBed.p99(healthy) + 500); // 50 on a quiet machine
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
        await().atMost(Duration.ofSeconds(60)).until(() -> refused() >= 12);
        bed.acme.strike(Map.of());
        bed.spare.strike(Map.of());

        await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> assertThat(
                ended(AttemptEnd.COMPLETED)).containsExactlyInAnyOrderElementsOf(ids));
        assertThat(TestBed.read(bed.kafka, bed.settings.topics().deadLetters())).isEmpty();
    }

    @Test
    void twoDispatchersUseAllSlotsOfAProviderAndNoneMore() throws Exception {
        var ends = new ArrayList<CompletableFuture<End>>();
        for (int i = 0; i < 200; i++) {
            ends.add(bed.ask("one", "ttft=1000 itl=0 tokens=2", "acme"));
        }
        await().until(() -> ends.stream().filter(CompletableFuture::isDone).count() > 20);
        bed.addDispatcher();
        var open = new ArrayList<Long>();
        while (ends.stream().filter(CompletableFuture::isDone).count() < 180) {
            open.add(bed.simulated(bed.acme, "open"));
            Thread.sleep(20);
        }
        System.out.printf("two dispatchers: %.1f of 10 slots in use on average%n",
                open.stream().mapToLong(Long::longValue).average().orElseThrow());
        assertThat(ends.stream().map(CompletableFuture::join)).allMatch(End::answered);
        assertThat(bed.simulated(bed.acme, "most_open")).isEqualTo(10);
        assertThat(open.stream().mapToLong(Long::longValue).average().orElseThrow()).isGreaterThan(8);
    }

    @Test
    void aTenantThatFloodsDoesNotDelayAnother() {
        List<End> alone = ask(40, "ttft=40 itl=0 tokens=2", "acme");
        var flooding = new AtomicBoolean(true);
        for (int i = 0; i < 500; i++) {
            flood(flooding);
        }
        List<End> beside = ask(40, "ttft=40 itl=0 tokens=2", "acme");
        flooding.set(false);

        System.out.printf("one tenant floods: another's p99 %d ms alone, %d ms beside it%n", DispatcherBed.p99(alone),
                DispatcherBed.p99(beside));
        assertThat(beside).allMatch(End::answered);
        assertThat(DispatcherBed.p99(beside)).isLessThan(DispatcherBed.p99(alone) + 500);
    }

    /** One request more as soon as one has ended. */
    private void flood(AtomicBoolean goOn) {
        bed.ask("flood", "ttft=40 itl=0 tokens=2", "acme").thenRun(() -> {
            if (goOn.get()) {
                flood(goOn);
            }
        });
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
