package dev.penstock.deploy.bench;

/** How one request ended; anything but {@link #WHOLE} fails the bench. */
enum Verdict {
    /** Each token once and in order, the reason for its end, the usage that matches, and the end itself. */
    WHOLE,
    /** A status other than 200. */
    REFUSED,
    /** No answer, or one that ended early. */
    LOST,
    /** A token came twice. */
    DOUBLED,
    /** A token came where another was due. */
    OUT_OF_ORDER,
    /** The usage is missing, or is not what came. */
    MISCOUNTED
}
