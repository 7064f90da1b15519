package dev.penstock.ingress.admission;

import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import org.jspecify.annotations.Nullable;

/** How much a request can cost, so that it may be held before any of it is spent. Pure. */
public sealed interface Estimate {
    /** What a chat template may add to a prompt, such as the rules of a model that its maker has it read first. */
    int TEMPLATE_TOKENS = 256;
    /** What a template may add where tools are described; Anthropic's takes up to 804. */
    int TOOLS_TOKENS = 1_024;

    /** How much an answer is expected to have, in tokens, unless it may have less. */
    long EXPECTED_OUTPUT = 500;

    /**
     * It cannot cost more.
     *
     * @param limit what may be written at most for each choice, in tokens; holds only if the provider is told of it
     */
    record Bounded(Bound bound, int limit) implements Estimate {}

    /** Its model has no known price. */
    record Unpriced() implements Estimate {}

    /** Neither the request nor its tenant or model says how much may be written. */
    record Unbounded() implements Estimate {}

    /** A parameter asks for what no price or limit is known of. */
    record Unforeseeable(String parameter) implements Estimate {}

    /**
     * A bound without a tokenizer: a token of text is at least a byte of the body, in which each message and tool has
     * more bytes of JSON than a template spends tokens on it. An image, recording or file counts for what the model's
     * limits say, and a prompt for no more than the model reads.
     *
     * @param usual the most tokens of an answer where the request does not say; null: as many as the model writes
     */
    static Estimate of(ChatRequest request, Model model, @Nullable Integer usual) {
        Price price = model.price();
        if (price == null) {
            return new Unpriced();
        }
        ChatRequest.Prompt prompt = request.prompt();
        if (prompt.extra() != null) {
            return new Unforeseeable(prompt.extra());
        }
        Integer limit = limit(request, model, usual);
        if (limit == null) {
            return new Unbounded();
        }
        Integer media = model.limits().media();
        Integer longest = model.limits().input();
        if (prompt.media() > 0 && media == null && longest == null) {
            return new Unforeseeable("messages");
        }
        long tokens = (long) prompt.bytes() + TEMPLATE_TOKENS + (prompt.tools() ? TOOLS_TOKENS : 0);
        if (prompt.media() > 0) {
            tokens = media == null ? Long.MAX_VALUE : tokens + (long) prompt.media() * media;
        }
        tokens = longest == null ? tokens : Math.min(tokens, longest);
        long input = new Bound(0, tokens, dearest(price)).total();
        return new Bounded(new Bound(input, (long) limit * request.n(), price.output()), limit);
    }

    /**
     * What it will probably cost, to compare models by; null if the price is unknown.
     *
     * @param limit what may be written at most for each choice; null if nobody says
     */
    static @Nullable Long expected(ChatRequest request, Model model, @Nullable Integer limit) {
        long output = limit == null ? EXPECTED_OUTPUT : Math.min(limit, EXPECTED_OUTPUT);
        return model.price() == null
                ? null
                : model.price().costIfSensible(request.prompt().expectedTokens(), output * request.n(), 0, 0);
    }

    private static @Nullable Integer limit(ChatRequest request, Model model, @Nullable Integer usual) {
        Integer most = model.limits().output();
        if (request.maxOutputTokens() != null) {
            return request.maxOutputTokens();
        }
        return usual == null || most != null && most < usual ? most : usual;
    }

    private static long dearest(Price price) {
        return Math.max(price.input(), Math.max(price.cacheRead() == null ? 0 : price.cacheRead(),
                price.cacheWrite() == null ? 0 : price.cacheWrite()));
    }
}
