package dev.penstock.dispatcher.provider;

import org.jspecify.annotations.Nullable;

/** The headers of a provider's answer. */
@FunctionalInterface
interface ResponseHeaders {
    /** The first value of a header, whatever its case; null if there is none. */
    @Nullable
    String get(String name);
}
