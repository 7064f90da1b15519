package dev.penstock.ingress.routing;

import dev.penstock.ingress.admission.Bound;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Estimate;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.admission.TextTokens;
import dev.penstock.schemas.bus.ApiError;
import java.util.ArrayList;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What a request may cost, whoever of its route answers: what is held covers the dearest, so no fallback escapes a cap. */
public sealed interface Quote {
    /**
     * It cannot cost more.
     *
     * @param plan with a limit of output for each candidate that has a bound
     */
    record Bounded(Bound dearest, RoutePlan plan) implements Quote {}

    /** No candidate's cost has a bound; why that of the first has none. */
    record Unbounded(ApiError why) implements Quote {}

    /**
     * Quotes a request.
     *
     * @param usual the most tokens of an answer where the request does not say; or null
     * @param strict whether candidates without a bound are passed over
     */
    static Quote of(ChatRequest request, RoutePlan plan, @Nullable Integer usual, boolean strict) {
        return of(request, plan, usual, strict, _ -> request.prompt().bytes());
    }

    /** Whether {@link #counted} may come to less. */
    static boolean canBeCounted(ChatRequest request, RoutePlan plan) {
        return plan.choices().stream().anyMatch(choice -> TextTokens.canCount(request, choice.published()));
    }

    /** The same, with the text counted by the tokenizers of the models: far closer, and nothing for an event loop. */
    static Quote counted(ChatRequest request, RoutePlan plan, @Nullable Integer usual, boolean strict) {
        return of(request, plan, usual, strict, choice -> TextTokens.canCount(request, choice.published())
                ? TextTokens.most(request, choice.published())
                : request.prompt().bytes());
    }

    private static Quote of(ChatRequest request, RoutePlan plan, @Nullable Integer usual, boolean strict,
            ToLongFunction<Choice> textTokens) {
        var kept = new ArrayList<Choice>();
        var dropped = new ArrayList<Choice>();
        Bound dearest = null;
        ApiError why = null;
        for (Choice choice : plan.choices()) {
            String name = choice.model().name();
            ApiError against = switch (Estimate.of(request.askingFor(choice.maxOutputTokens()), choice.model(),
                    choice.published(), usual, textTokens.applyAsLong(choice))) {
                case Estimate.Bounded(var bound, int limit) -> {
                    dearest = dearest == null || bound.total() > dearest.total() ? bound : dearest;
                    kept.add(choice.limitedTo(limit));
                    yield null;
                }
                case Estimate.Unpriced _ -> Refusals.priceUnknown(name);
                case Estimate.Unbounded _ -> Refusals.outputUnbounded(name);
                case Estimate.Unforeseeable(String parameter) -> Refusals.costUnforeseeable(parameter, name);
            };
            if (against != null) {
                why = why == null ? against : why;
                if (strict) {
                    dropped.add(choice.because(Reason.COST_UNBOUNDED));
                } else {
                    kept.add(choice);
                }
            }
        }
        return dearest == null
                ? new Unbounded(Objects.requireNonNull(why, "a plan has a choice"))
                : new Bounded(dearest, plan.with(kept, dropped));
    }
}
