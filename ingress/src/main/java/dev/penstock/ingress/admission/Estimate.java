package dev.penstock.ingress.admission;

import dev.penstock.schemas.catalog.Model;

/** How much a request can cost, so that it may be held before any of it is spent. Pure. */
public sealed interface Estimate {
    /** It cannot cost more. */
    record Bounded(Bound bound) implements Estimate {}

    /** Its model has no known price. */
    record Unpriced() implements Estimate {}

    /** Neither the request nor its model says how much may be written. */
    record Unbounded() implements Estimate {}

    /** What decides. */
    @FunctionalInterface
    interface Estimator {
        Estimate estimate(ChatRequest request, Model model);
    }

    /**
     * A bound that holds for prompts of text without a tokenizer: a token is at least a byte of the body. Content that is
     * referred to by a URL is not in the body, and so not bounded.
     */
    static Estimate byBytes(ChatRequest request, Model model) {
        var price = model.price();
        if (price == null) {
            return new Unpriced();
        }
        Integer limit = request.maxOutputTokens() == null ? model.maxOutputTokens() : request.maxOutputTokens();
        if (limit == null) {
            return new Unbounded();
        }
        long dearest = Math.max(price.input(), Math.max(price.cacheRead() == null ? 0 : price.cacheRead(),
                price.cacheWrite() == null ? 0 : price.cacheWrite()));
        long input = new Bound(0, request.body().length, dearest).total();
        return new Bounded(new Bound(input, (long) limit * request.n(), price.output()));
    }
}
