package dev.penstock.schemas.catalog;

import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A name that callers use for several models.
 *
 * @param name what callers say; it may be a model's, which is then reached through the route only
 * @param usual how to choose where no rule applies
 * @param rules how to choose for some requests; the first that applies counts
 * @param shadow a model that gets copies of some requests; or null
 * @param afterFirstToken what becomes of an answer that breaks off
 */
public record Route(String name, Choosing usual, List<Rule> rules, @Nullable Shadow shadow,
        AfterFirstToken afterFirstToken) {
    public Route {
        Checks.notBlank("name", name);
        rules = List.copyOf(rules);
    }

    /** A route whose answers end where they break off. */
    public Route(String name, Choosing usual, List<Rule> rules, @Nullable Shadow shadow) {
        this(name, usual, rules, shadow, AfterFirstToken.END);
    }

    /** What becomes of an answer that breaks off when its caller may have seen, and its account paid, some of it. */
    public enum AfterFirstToken {
        /** The caller is told. */
        END,
        /** The next candidate goes on with it, for which the account pays again. */
        CONTINUE
    }

    /** How the candidates of a route are put in order. Those that cannot take a request now come last in any case. */
    public enum Strategy {
        /** As they are listed; one that is full comes after those with room. */
        PRIORITY,
        /** The one that answers sooner, of two at random; now and then another, to see how it does. */
        LATENCY,
        /** The one whose answer is expected to cost least. */
        COST,
        /** The one that is less busy, of two at random. */
        CAPACITY,
        /** Dealt by weight: an experiment, whose arms are recorded. */
        WEIGHTED
    }

    /** What makes a weighted route deal the same way again. */
    public enum Sticky {
        /** {@code safety_identifier}, or else {@code user}. */
        USER,
        /** The header {@code x-session-id}, or else {@code session_id} of the metadata. */
        SESSION
    }

    /**
     * Candidates, and how to choose between them.
     *
     * @param sticky null: each request is dealt anew
     */
    public record Choosing(Strategy strategy, @Nullable Sticky sticky, List<Target> candidates) {
        public Choosing {
            candidates = List.copyOf(candidates);
            if (candidates.stream().noneMatch(target -> target.after() == FallbackCause.FAILURE)) {
                throw new IllegalArgumentException("candidates: at least one must not wait for a special failure");
            }
            if (sticky != null && strategy != Strategy.WEIGHTED) {
                throw new IllegalArgumentException("sticky: goes with strategy: weighted only");
            }
            Set<String> arms = new HashSet<>();
            for (Target target : candidates) {
                if (strategy == Strategy.WEIGHTED && !arms.add(target.arm())) {
                    throw new IllegalArgumentException(
                            "candidates: two are called '" + target.arm() + "'; an arm tells them apart");
                }
            }
        }
    }

    /**
     * A candidate.
     *
     * @param model one of the catalog's models, or {@code PROVIDER/MODEL}
     * @param weight its share of a weighted route; 0: only after the others
     * @param arm what usage calls it in a weighted route
     * @param overrides what is asked of it otherwise than the caller asks
     * @param after what has to have gone wrong with others for it to be tried
     */
    public record Target(String model, int weight, String arm, Overrides overrides, FallbackCause after) {
        public Target {
            Checks.notBlank("model", model);
            Checks.notBlank("arm", arm);
            Checks.notNegative("weight", weight);
        }

        /** A model that is asked as the caller asks. */
        public static Target of(String model) {
            return new Target(model, 1, model, Overrides.NONE, FallbackCause.FAILURE);
        }
    }

    /**
     * Parameters that take the place of the caller's.
     *
     * @param json an object without white space around it, in which the limit of output is not
     * @param maxOutputTokens or null
     */
    public record Overrides(String json, @Nullable Integer maxOutputTokens) {
        /** None. */
        public static final Overrides NONE = new Overrides("{}", null);
    }

    /** A condition, and how to choose where it is met. */
    public record Rule(Condition when, Choosing choosing) {}

    /**
     * What a request has to be like; null and empty where it may be like anything.
     *
     * @param metadata values that the request's metadata has
     * @param minInputTokens the prompt is at least so long, by estimate
     * @param maxInputTokens the prompt is at most so long, by estimate
     */
    public record Condition(@Nullable Lane lane, Map<String, String> metadata, @Nullable Integer minInputTokens,
            @Nullable Integer maxInputTokens) {
        public Condition {
            metadata = Map.copyOf(metadata);
        }

        /** Whether a request is like that. */
        public boolean isMet(Lane its, Map<String, String> itsMetadata, long inputTokens) {
            return (lane == null || lane == its) && itsMetadata.entrySet().containsAll(metadata.entrySet())
                    && (minInputTokens == null || inputTokens >= minInputTokens)
                    && (maxInputTokens == null || inputTokens <= maxInputTokens);
        }
    }

    /**
     * A model that answers copies of requests, for nobody to see.
     *
     * @param percent of the requests
     * @param tenant whose account pays for it
     */
    public record Shadow(Target target, int percent, String tenant) {
        public Shadow {
            if (percent < 1 || percent > 100) {
                throw new IllegalArgumentException("percent: " + percent + " must be from 1 to 100");
            }
        }
    }
}
