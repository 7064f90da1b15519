package dev.penstock.schemas.ledger;

import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.Hold;

/** What came of a request's wish for a hold. */
public sealed interface Decision {
    /** It is taken, and is to travel with the request. */
    record Held(Hold hold) implements Decision {}

    /** There is not enough left; {@code why} is the ledger's answer for the account that is short. */
    record Lacking(Allowance why) implements Decision {}

    /** The ledger did not answer in time. */
    record Unanswered() implements Decision {}

    /** The ledger was asked; the decision comes later. */
    record Waiting() implements Decision {}
}
