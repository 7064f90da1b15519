package dev.penstock.ingress.routing;

import dev.penstock.schemas.catalog.Route.Strategy;
import dev.penstock.schemas.event.FallbackCause;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Puts candidates in the order they are to be tried. */
final class Order {
    /** One request in so many goes to a candidate that is not the best known, or nobody would learn that it has recovered. */
    static final int EXPLORE_ONE_IN = 20;

    private final Strategy strategy;
    private final RandomGenerator random;

    /**
     * @param sticky the same order for the same text; null for a new one each time
     */
    static List<Choice> of(Strategy strategy, List<Choice> choices, @Nullable String sticky,
            RandomGenerator random) {
        return new Order(strategy, random).order(choices, sticky);
    }

    private Order(Strategy strategy, RandomGenerator random) {
        this.strategy = strategy;
        this.random = random;
    }

    private List<Choice> order(List<Choice> choices, @Nullable String sticky) {
        List<Choice> able = new ArrayList<>(choices.stream().filter(choice -> rank(choice) == null).toList());
        List<Choice> ordered = new ArrayList<>(best(able, sticky));
        // Those that cannot now come after those that can, and among themselves in the same way.
        for (Reason reason : List.of(Reason.FULL, Reason.NOT_HEARD_OF, Reason.BREAKER_OPEN)) {
            List<Choice> rest = best(choices.stream().filter(choice -> rank(choice) == reason).toList(), sticky);
            boolean none = ordered.isEmpty();
            for (int i = 0; i < rest.size(); i++) {
                ordered.add(none && i == 0 ? rest.get(i) : rest.get(i).because(reason));
            }
        }
        return ordered;
    }

    /** Why one has to stand back, or null. An experiment goes on when an arm is full. */
    private @Nullable Reason rank(Choice choice) {
        Sight sight = choice.sight();
        if (sight.open()) {
            return Reason.BREAKER_OPEN;
        }
        if (!sight.isHeard()) {
            return Reason.NOT_HEARD_OF;
        }
        return sight.isFull() && strategy != Strategy.WEIGHTED ? Reason.FULL : null;
    }

    private List<Choice> best(List<Choice> choices, @Nullable String sticky) {
        if (choices.isEmpty()) {
            return choices;
        }
        return switch (strategy) {
            case PRIORITY -> reasoned(choices, Reason.PRIORITY);
            case COST -> reasoned(sorted(choices,
                    choice -> choice.expectedCost() == null ? Double.MAX_VALUE : choice.expectedCost()), Reason.COST);
            case CAPACITY -> reasoned(ofTwo(choices, choice -> choice.sight().load()), Reason.CAPACITY);
            case LATENCY -> latency(choices);
            case WEIGHTED -> reasoned(sorted(choices, choice -> Deal.score(sticky, choice.target(), random)),
                    sticky == null ? Reason.WEIGHT : Reason.STICKY);
        };
    }

    /**
     * By the time to the first token, which grows with what a candidate has to do; one of which it is unknown is taken
     * for as good as the best.
     */
    private List<Choice> latency(List<Choice> choices) {
        int best = choices.stream().mapToInt(choice -> choice.sight().firstTokenMs()).filter(ms -> ms >= 0).min()
                .orElse(1);
        List<Choice> ordered = ofTwo(choices, choice -> {
            int ms = choice.sight().firstTokenMs();
            return Math.max(1, ms < 0 ? best : ms) * (1 + choice.sight().load());
        });
        if (ordered.size() > 1 && random.nextInt(EXPLORE_ONE_IN) == 0) {
            var explored = new ArrayList<>(ordered);
            explored.addFirst(explored.remove(1 + random.nextInt(ordered.size() - 1)));
            return reasoned(explored, Reason.EXPLORED);
        }
        return reasoned(ordered, Reason.LATENCY);
    }

    /**
     * The power of two choices: all who look at the same old figures would run to the same candidate, so each looks at
     * two of them only.
     *
     * @see <a href="https://www.eecs.harvard.edu/~michaelm/postscripts/tpds2001.pdf">Mitzenmacher, 2001</a>
     */
    private List<Choice> ofTwo(List<Choice> choices, ToDoubleFunction<Choice> score) {
        List<Choice> shuffled = new ArrayList<>(choices);
        for (int i = shuffled.size() - 1; i > 0; i--) { // so that ties fall by chance too
            shuffled.set(i, shuffled.set(random.nextInt(i + 1), shuffled.get(i)));
        }
        Choice first = shuffled.get(0);
        Choice better = shuffled.size() > 1 && score.applyAsDouble(shuffled.get(1)) < score.applyAsDouble(first)
                ? shuffled.get(1)
                : first;
        shuffled.remove(better);
        List<Choice> ordered = new ArrayList<>(sorted(shuffled, score));
        ordered.addFirst(better);
        return ordered;
    }

    private static List<Choice> sorted(List<Choice> choices, ToDoubleFunction<Choice> score) {
        record Scored(Choice choice, double score) {}
        return choices.stream().map(choice -> new Scored(choice, score.applyAsDouble(choice)))
                .sorted(Comparator.comparingDouble(Scored::score)).map(Scored::choice).toList();
    }

    private static List<Choice> reasoned(List<Choice> ordered, Reason first) {
        var reasoned = new ArrayList<Choice>();
        for (Choice choice : ordered) {
            reasoned.add(choice.because(reasoned.isEmpty() ? first : Reason.FALLBACK));
        }
        return reasoned;
    }

    /** How one is told of that waits for a special failure. */
    static Reason of(FallbackCause cause) {
        return switch (cause) {
            case FAILURE -> Reason.FALLBACK;
            case CONTEXT_LENGTH -> Reason.AFTER_CONTEXT_LENGTH;
            case CONTENT_FILTER -> Reason.AFTER_CONTENT_FILTER;
        };
    }
}
