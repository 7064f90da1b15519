package dev.penstock.dispatcher.policy;

import java.time.Duration;

/** What comes next for a request whose attempt has ended, or that could not be attempted. */
public sealed interface Step {
    /** Its end is the answer. */
    record Answer() implements Step {}

    /** After so long it waits again in the queue where it was, for the provider to have room. */
    record Wait(Duration before) implements Step {}

    /** The next candidate is to be tried at once. */
    record Next(int candidate) implements Step {}

    /** The next candidate is to go on with what was told. */
    record GoOn(int candidate) implements Step {}

    /** Another round, beginning with this candidate, after this delay. */
    record Later(int candidate, Delay delay) implements Step {}

    /** No candidate is left, or no time: the last error is the answer. */
    record Exhausted() implements Step {}
}
