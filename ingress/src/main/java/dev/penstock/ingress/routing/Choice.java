package dev.penstock.ingress.routing;

import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Estimate;
import dev.penstock.ingress.admission.Published;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Route.Target;
import dev.penstock.schemas.event.Candidate;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A candidate of a route for one request.
 *
 * @param published what is known of how the model counts a prompt
 * @param expectedCost in nano-US-dollars; null if the price is unknown
 * @param maxOutputTokens the most that it is to write; null: nobody says
 */
public record Choice(Target target, Model model, Published published, Sight sight, @Nullable Long expectedCost,
        @Nullable Integer maxOutputTokens, Reason reason) {
    /**
     * @param usual the most tokens of an answer where the request does not say; or null
     * @param clamped whether it is better to ask for less than the request does than to be refused
     */
    static Choice of(ChatRequest request, Target target, Model model, Published published, Sight sight,
            @Nullable Integer usual, boolean clamped) {
        Integer asked = target.overrides().maxOutputTokens() == null
                ? request.maxOutputTokens()
                : target.overrides().maxOutputTokens();
        Integer most = model.limits().output();
        Integer limit = asked;
        if (asked == null) {
            limit = usual == null ? null : most == null ? usual : Integer.valueOf(Math.min(usual, most));
        } else if (clamped && most != null) {
            limit = Math.min(asked, most);
        }
        return new Choice(target, model, published, sight, Estimate.expected(request, model, published, limit), limit,
                Reason.ONLY);
    }

    /** Whether the prompt, by estimate, is none too long for it. */
    boolean fits(ChatRequest request) {
        Integer longest = model.limits().input();
        return longest == null || request.prompt().expectedTokens() <= longest;
    }

    /** The same for another reason. */
    public Choice because(Reason other) {
        return new Choice(target, model, published, sight, expectedCost, maxOutputTokens, other);
    }

    /** The same with a limit. */
    Choice limitedTo(int tokens) {
        return new Choice(target, model, published, sight, expectedCost, tokens, reason);
    }

    /** As the envelope tells the dispatcher, with what is to be asked otherwise than in the body of the request. */
    Candidate candidate(ChatRequest request) {
        boolean limited = maxOutputTokens != null && !maxOutputTokens.equals(request.maxOutputTokens());
        String others = target.overrides().json();
        String json = others;
        if (limited) {
            json = "{\"" + request.limitField() + "\":" + maxOutputTokens + (others.equals("{}") ? "" : ",")
                    + others.substring(1);
        }
        return Candidate.newBuilder().setProvider(model.provider()).setModel(model.providerModel())
                .setName(model.name()).setAfter(target.after()).setParameters(json.equals("{}")
                        ? null
                        : ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)))
                .build();
    }
}
