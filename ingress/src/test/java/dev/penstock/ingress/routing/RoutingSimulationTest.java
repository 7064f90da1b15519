package dev.penstock.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.bus.WorkerStatus;
import dev.penstock.schemas.bus.WorkerStatus.Seen;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Route.Strategy;
import dev.penstock.schemas.event.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Ingresses that choose by what the workers told them up to a second ago, in virtual time: several ingresses, providers
 * with a quota and a latency that may change, and requests at random times.
 */
class RoutingSimulationTest {
    private static final int QUOTA = 10;

    @Test
    void trafficLeavesAProviderThatBecameFiveTimesSlowerAndComesBack() {
        var world = new World(Strategy.LATENCY, 2, 2, 20);
        world.latency = (provider, now) -> provider == 0 ? now < 30_000 || now >= 60_000 ? 100 : 500 : 150;
        world.run(100_000);

        double before = world.share(0, 20_000, 30_000);
        double slow = world.share(0, 40_000, 60_000);
        double after = world.share(0, 70_000, 100_000);
        System.out.printf(
                "share of the quicker provider: %.2f before it slowed down, %.2f from 10 s after, %.2f from 10 s"
                        + " after it recovered%n",
                before, slow, after);
        assertThat(before).isGreaterThan(0.6);
        assertThat(slow).isLessThan(0.1);
        assertThat(after).isGreaterThan(0.6);
    }

    @Test
    void noHerdRunsToTheProviderThatLookedFreeASecondAgo() {
        var two = new World(Strategy.CAPACITY, 8, 10, 400);
        two.latency = (_, _) -> 150;
        two.run(60_000);
        var best = new World(Strategy.CAPACITY, 8, 10, 400);
        best.latency = two.latency;
        best.herd = true;
        best.run(60_000);

        System.out.printf(
                "the most that one of ten providers got of a second's requests: %.2f, a herd %.2f; waited at the"
                        + " 99th percentile: %d ms, a herd %d ms%n",
                two.largestShare(), best.largestShare(), two.wait99(),
                best.wait99());
        assertThat(two.largestShare()).isLessThan(0.3);
        assertThat(best.largestShare()).isGreaterThan(0.8);
        assertThat(two.wait99()).isLessThan(best.wait99() / 2);
    }

    private interface Latency {
        int at(int provider, long now);
    }

    private static final class World {
        final Random random = new Random(3);
        final int providers;
        final int perSecond;
        final ModelRouter router;
        final Routing setting = new Routing();
        final List<Sights> ingresses = new ArrayList<>();
        final List<Integer> chosen = new ArrayList<>();
        final List<Long> chosenAt = new ArrayList<>();
        final List<Long> waits = new ArrayList<>();
        final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong(Event::at));
        final int[] open;
        final List<Queue<Job>> queues;
        final double[] ewma;
        Latency latency = (_, _) -> 100;
        boolean herd;
        long now;

        record Job(Sights from, int provider, long at) {}

        record Event(long at, Runnable what) {}

        World(Strategy strategy, int ingresses, int providers, int perSecond) {
            this.providers = providers;
            this.perSecond = perSecond;
            this.open = new int[providers];
            this.ewma = new double[providers];
            Arrays.fill(ewma, -1);
            this.queues = IntStream.range(0, providers).<Queue<Job>>mapToObj(_ -> new ArrayDeque<>()).toList();
            String[] names = IntStream.range(0, providers).mapToObj(i -> "m" + i).toArray(String[]::new);
            for (String name : names) {
                setting.model(name, Limits.UNKNOWN);
            }
            setting.route(strategy, Routing.targets(names));
            router = setting.router();
            for (int i = 0; i < ingresses; i++) {
                this.ingresses.add(new Sights());
            }
        }

        void run(long until) {
            events.add(new Event(0, this::status));
            events.add(new Event(1, this::arrival));
            while (!events.isEmpty() && events.peek().at() < until) {
                Event event = events.poll();
                now = event.at();
                event.what().run();
            }
        }

        void status() {
            var seen = new ArrayList<Seen>();
            for (int i = 0; i < providers; i++) {
                seen.add(new Seen("p-m" + i, "", QUOTA, QUOTA - open[i], queues.get(i).size(), (int) ewma[i], false));
            }
            ingresses.forEach(ingress -> ingress.heard(new WorkerStatus("w", seen), now));
            events.add(new Event(now + 1_000, this::status));
        }

        void arrival() {
            Sights ingress = ingresses.get(random.nextInt(ingresses.size()));
            int provider = herd ? freest() : routed(ingress);
            chosen.add(provider);
            chosenAt.add(now);
            ingress.sent("p-m" + provider, "m" + provider + "-1");
            var job = new Job(ingress, provider, now);
            if (open[provider] < QUOTA) {
                begin(job);
            } else {
                queues.get(provider).add(job);
            }
            events.add(new Event(now + 1 + (long) (-Math.log1p(-random.nextDouble()) * 1_000 / perSecond),
                    this::arrival));
        }

        int routed(Sights ingress) {
            var routed = (ModelRouter.Routing.Routed) router.route(Routing.request("route", ""),
                    Format.CHAT_COMPLETIONS, setting.tenant,
                    Lane.INTERACTIVE, null, ingress, now);
            return Integer.parseInt(routed.plan().first().model().name().substring(1));
        }

        /** What everybody does who takes the best of what was told. */
        int freest() {
            return IntStream.range(0, providers).boxed().min(Comparator.comparingInt(i -> -ingresses.getFirst()
                    .of("p-m" + i, "", now).free())).orElseThrow();
        }

        void begin(Job job) {
            open[job.provider()]++;
            waits.add(now - job.at());
            int first = latency.at(job.provider(), now);
            events.add(new Event(now + first, () -> {
                double old = ewma[job.provider()];
                ewma[job.provider()] = old < 0 ? first : old + 0.2 * (first - old);
            }));
            events.add(new Event(now + first + 50, () -> {
                open[job.provider()]--;
                job.from().over("p-m" + job.provider(), "m" + job.provider() + "-1");
                Job next = queues.get(job.provider()).poll();
                if (next != null) {
                    begin(next);
                }
            }));
        }

        double share(int provider, long from, long to) {
            int all = 0;
            int its = 0;
            for (int i = 0; i < chosen.size(); i++) {
                if (chosenAt.get(i) >= from && chosenAt.get(i) < to) {
                    all++;
                    its += chosen.get(i) == provider ? 1 : 0;
                }
            }
            return (double) its / all;
        }

        double largestShare() {
            double largest = 0;
            for (long second = 5_000; second < now - 1_000; second += 1_000) {
                for (int i = 0; i < providers; i++) {
                    largest = Math.max(largest, share(i, second, second + 1_000));
                }
            }
            return largest;
        }

        long wait99() {
            return waits.stream().sorted().skip(waits.size() * 99L / 100).findFirst().orElseThrow();
        }
    }
}
