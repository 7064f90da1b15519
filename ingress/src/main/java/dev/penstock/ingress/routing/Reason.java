package dev.penstock.ingress.routing;

import java.util.Locale;

/** Why a candidate stands where it does, or is none. */
public enum Reason {
    /** There is no other. */
    ONLY,
    /** It is the first of the list that can take the request. */
    PRIORITY,
    /** Of two, it is expected to speak sooner. */
    LATENCY,
    /** It is not the best known, and is asked to see whether it still is not. */
    EXPLORED,
    /** It is expected to cost least. */
    COST,
    /** Of two, it is less busy. */
    CAPACITY,
    /** It was dealt. */
    WEIGHT,
    /** It was dealt, as it will be to the same user or session again. */
    STICKY,

    /** It is tried when those before it fail. */
    FALLBACK,
    /** It is tried when the prompt is too long for the others. */
    AFTER_CONTEXT_LENGTH,
    /** It is tried when the others' filters refuse. */
    AFTER_CONTENT_FILTER,
    /** Requests wait for it already, so it is tried later. */
    FULL,
    /** No worker speaks of it, so it is tried later. */
    NOT_HEARD_OF,
    /** It has failed so often that its breaker is open, so it is tried later. */
    BREAKER_OPEN,
    /** The prompt is probably too long for it, so it is tried later. */
    CONTEXT_LENGTH,

    /** It cannot call tools. */
    NO_TOOLS,
    /** It cannot see images. */
    NO_VISION,
    /** It cannot keep to a JSON schema. */
    NO_JSON_SCHEMA,
    /** Its provider does not have the API. */
    NOT_OFFERED,
    /** The tenant's prompts must not go where its provider is. */
    OTHER_REGION,
    /** What it may cost cannot be told, and the budget is a hard one. */
    COST_UNBOUNDED;

    /** The word that callers see. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
