package dev.penstock.dispatcher;

import dev.penstock.dispatcher.policy.Capacity;
import dev.penstock.dispatcher.policy.Fallback;
import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.dispatcher.policy.Step;
import dev.penstock.dispatcher.policy.Verdict;
import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.dispatcher.provider.Usage;
import dev.penstock.schemas.bus.ApiError;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the end of a call means: for the provider it came from, and for the request. */
final class Ends {
    /** When to come again to a provider that has no room and does not say. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private Ends() {}

    /** What it says about the provider. */
    static Verdict verdict(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Completed(_, var used) -> new Verdict.Well(tokens(used.usage()), used.usage().outputTokens());
            case Outcome.Refused refused when refused.ofKey() -> new Verdict.KeyRefused();
            case Outcome.Refused(var error) when error.status() == 429 -> new Verdict.Full(retry(error).toNanos());
            case Outcome.Refused refused when refused.unsaid() -> new Verdict.Nothing(0);
            case Outcome.Refused _ -> new Verdict.Failed(0);
            case Outcome.Rejected _ -> new Verdict.Nothing(0);
            case Outcome.Broken(_, var used, _) -> new Verdict.Failed(tokens(used.usage()));
            case Outcome.Abandoned(var used) -> new Verdict.Nothing(tokens(used.usage()));
        };
    }

    /** What comes next for the request, when the provider has been given the verdict. */
    static Step step(Job job, Outcome outcome, ProviderDesk desk, Instant now) {
        Trouble trouble = trouble(job, outcome, desk.capacity());
        return trouble == null
                ? new Step.Answer()
                : Fallback.after(job.envelope(), job.envelope().getAttempt(), trouble, desk.budget()::take, now);
    }

    private static @Nullable Trouble trouble(Job job, Outcome outcome, Capacity capacity) {
        return switch (outcome) {
            case Outcome.Completed _,Outcome.Abandoned _ -> null;
            case Outcome.Broken(_, _, var spoken) -> spoken == null ? null : new Trouble.BrokenOff();
            case Outcome.Rejected(var error) -> new Trouble.Rejected(error.code());
            case Outcome.Refused refused when refused.ofKey() -> new Trouble.Locked(
                    !(capacity.trouble(job.model(), ProviderDesk.now()) instanceof Trouble.Locked));
            case Outcome.Refused(var error) when error.status() == 429 -> new Trouble.Full(retry(error));
            case Outcome.Refused refused when refused.unsaid() -> new Trouble.Unfit();
            case Outcome.Refused _ -> new Trouble.Failed();
        };
    }

    /** What a caller is told whose request was not even tried. */
    static ApiError untried(Job job, Capacity capacity) {
        long seconds = Duration.ofNanos(capacity.openFor(job.model(), ProviderDesk.now())).plusMillis(999).toSeconds();
        return new ApiError(503, "server_error", "provider_unavailable", null,
                "No provider of this model can take requests now.", (int) Math.max(1, seconds));
    }

    private static Duration retry(ApiError error) {
        return error.retryAfterSeconds() == null ? SOON : Duration.ofSeconds(error.retryAfterSeconds());
    }

    private static long tokens(Usage usage) {
        return usage.inputTokens() + usage.outputTokens();
    }
}
