package dev.penstock.metering.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.penstock.metering.ledger.Account.Answer;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.Grant;
import dev.penstock.schemas.event.Grants;
import java.time.LocalDate;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.DynamicTest;

/**
 * The allowance protocol under everything that may go wrong: {@code -Dledger.histories=N} histories (100,000), beginning
 * with the seed {@code -Dledger.seed=S} (1). A failure tells its seed and the shortest prefix of the history that fails.
 */
class ModelCheckTest {
    private static final int STEPS = 150;

    private record Failure(long seed, int steps, String what) {}

    @Test
    void noHistoryExceedsACapAndAllThatIsNotSpentComesBack() {
        long seed = Long.getLong("ledger.seed", 1);
        long histories = Long.getLong("ledger.histories",
                Long.parseLong(System.getenv().getOrDefault("LEDGER_HISTORIES", "10000")));
        long[] admitted = new long[2];

        for (long s = seed; s < seed + histories; s++) {
            World world = new World(s, new Rules() {});
            Failure failure = run(s, world);
            assertThat(failure).as("histories that fail").isNull();
            admitted[0] += world.admitted;
            admitted[1] += world.refused;
        }
        System.out.printf("%,d histories of %d steps: %,d requests admitted, %,d refused%n", histories, STEPS,
                admitted[0], admitted[1]);
        assertThat(admitted[0]).isGreaterThan(histories * 10);
        assertThat(admitted[1]).isGreaterThan(histories / 10);
    }

    @Test
    void whoWaitsForTheRestGetsItThoughOthersHadPartsOfIt() {
        for (long seed = 1; seed <= 1000; seed++) {
            long number = seed;
            assertThatCode(() -> new World(number, new Rules() {}).contend()).as("seed " + seed)
                    .doesNotThrowAnyException();
        }
    }

    @TestFactory
    Iterable<DynamicTest> theCheckFindsABrokenRule() {
        Map<String, Rules> broken = Map.of(
                "grants are not counted", new Rules() {
                    @Override
                    public @Nullable Answer ask(Account account, AllowanceRequest request, long now) {
                        return new Account(account.cap(), new Days() {
                            @Override
                            public long settled(LocalDate day) {
                                return account.days().settled(day);
                            }

                            @Override
                            public Grants grants(LocalDate day) {
                                Grants all = account.days().grants(day);
                                return new Grants(all.getRecall(), 0L, all.getParties().stream()
                                        .filter(one -> one.getParty().equals(request.getParty())).toList());
                            }
                        }).ask(request, now);
                    }
                },
                "a repeated request is granted again", new Rules() {
                    @Override
                    public @Nullable Answer ask(Account account, AllowanceRequest request, long now) {
                        Grant known = Granted.find(account.days().grants(request.getDay()), request.getParty());
                        long sum = known == null ? 0 : known.getGranted();
                        return account.ask(AllowanceRequest.newBuilder(request)
                                .setSequence(known == null ? 1 : known.getSequence() + 1)
                                .setReturned(sum).build(), now);
                    }
                },
                "a silent party is closed at once", new Rules() {
                    @Override
                    public Grants closeSilent(Grants grants, long now, long since, Predicate<String> running) {
                        return Granted.closeSilent(grants, now + 6_000, since, running);
                    }
                },
                "a party with a running attempt is closed", new Rules() {
                    @Override
                    public Grants closeSilent(Grants grants, long now, long since, Predicate<String> running) {
                        return Granted.closeSilent(grants, now, since, _ -> false);
                    }
                },
                "the whole hold counts as used", new Rules() {
                    @Override
                    public Grants use(Grants grants, String party, long used, long amount) {
                        return Granted.use(grants, party, amount);
                    }
                },
                "the hold of a lost attempt is settled by what the second used of its own", new Rules() {
                    @Override
                    public long usedOfFirst(long usedBySecond, long amount) {
                        return usedBySecond;
                    }
                },
                "an attempt counts each time it comes", new Rules() {
                    @Override
                    public boolean isNews(boolean seen) {
                        return true;
                    }
                },
                "a restarted spender keeps its name", new Rules() {
                    @Override
                    public String restarted(String node, int incarnation) {
                        return node;
                    }
                });
        return broken.entrySet().stream().map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
            Failure found = LongStream.range(0, 20_000)
                    .mapToObj(seed -> run(seed, new World(seed, one.getValue())))
                    .filter(failure -> failure != null).findFirst().orElse(null);
            assertThat(found).as("what the check finds when " + one.getKey()).isNotNull();
            System.out.println(one.getKey() + ": " + found);
        })).toList();
    }

    private static @Nullable Failure run(long seed, World world) {
        int step = 0;
        try {
            while (step < STEPS) {
                step++;
                world.step();
            }
            world.rest();
            return null;
        } catch (AssertionError e) {
            return new Failure(seed, step, String.valueOf(e.getMessage()));
        }
    }
}
