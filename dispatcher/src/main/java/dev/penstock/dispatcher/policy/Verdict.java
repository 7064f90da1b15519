package dev.penstock.dispatcher.policy;

/** What the end of a call says about the provider. */
public sealed interface Verdict {
    /** It is well; {@code output} are those of the tokens that it wrote. */
    record Well(long tokens, long output) implements Verdict {}

    /** It has no room; {@code retryNanos} is when to come again. */
    record Full(long retryNanos) implements Verdict {}

    /** It failed, after these tokens. */
    record Failed(long tokens) implements Verdict {}

    /** It does not accept the key or the account behind it. */
    record KeyRefused() implements Verdict {}

    /** Nothing: the call was cut off, or never made. */
    record Nothing(long tokens) implements Verdict {}
}
