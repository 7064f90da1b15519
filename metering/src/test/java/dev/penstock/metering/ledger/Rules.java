package dev.penstock.metering.ledger;

import dev.penstock.metering.ledger.Account.Answer;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.Grants;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the model's ledger decides by: the real thing, unless a test breaks one of the rules. */
interface Rules {
    default @Nullable Answer ask(Account account, AllowanceRequest request, long now) {
        return account.ask(request, now);
    }

    /** @param amount of the hold, of which {@code used} was used */
    default Grants use(Grants grants, String party, long used, long amount) {
        return Granted.use(grants, party, used);
    }

    default Grants closeSilent(Grants grants, long now, long listeningSince, Predicate<String> running) {
        return Granted.closeSilent(grants, now, listeningSince, running);
    }

    /** What of the hold of a request is gone when a second attempt, with a hold of its own, has used so much of that one. */
    default long usedOfFirst(long usedBySecond, long amount) {
        return amount;
    }

    /** Whether an attempt that ended was not seen to end before. */
    default boolean isNews(boolean seen) {
        return !seen;
    }

    /** The name of a spender that was restarted. */
    default String restarted(String node, int incarnation) {
        return node + "." + incarnation;
    }
}
