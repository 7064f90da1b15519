package dev.penstock.ingress.routing;

import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.schemas.catalog.Route.Shadow;
import dev.penstock.schemas.catalog.Route.Strategy;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.Lane;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is to become of one request.
 *
 * @param name that the caller asked for
 * @param strategy null if that is no route but a model
 * @param choices in the order they are to be tried; at least one
 * @param passedOver the candidates that are not tried
 * @param shadow what gets copies of some requests; or null
 * @param goesOn whether an answer that breaks off is gone on with by the next choice
 */
public record RoutePlan(String name, @Nullable Strategy strategy, List<Choice> choices, List<Choice> passedOver,
        @Nullable Shadow shadow, boolean goesOn) {
    public RoutePlan {
        choices = List.copyOf(choices);
        passedOver = List.copyOf(passedOver);
    }

    /** The one to be tried first. */
    public Choice first() {
        return choices.getFirst();
    }

    /** Whether that can be done with the answer to a request: one that is not streamed is begun again. */
    boolean canGoOn(ChatRequest request, Lane lane) {
        return goesOn && lane == Lane.INTERACTIVE && (!request.stream() || request.traits().plain());
    }

    /** Which arm of an experiment the request was dealt to; null if it is none. */
    public @Nullable String arm() {
        return strategy == Strategy.WEIGHTED ? first().target().arm() : null;
    }

    /**
     * The request as its body is to be: with the limit of the first choice, if the caller gave none. What others are to
     * be asked otherwise goes with them.
     */
    public ChatRequest limited(ChatRequest request) {
        Integer limit = first().maxOutputTokens();
        return limit == null ? request : request.limitedTo(limit);
    }

    /** The route for the envelope of a request that {@link #limited} made. */
    public List<Candidate> candidates(ChatRequest limited) {
        return choices.stream().map(choice -> choice.candidate(limited)).toList();
    }

    /** The same with other choices, the rest of them being passed over for a reason. */
    RoutePlan with(List<Choice> kept, List<Choice> dropped) {
        return new RoutePlan(name, strategy, kept, Stream.concat(passedOver.stream(), dropped.stream()).toList(),
                shadow, goesOn);
    }
}
