package dev.penstock.ingress.admission;

import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Rates;
import dev.penstock.schemas.catalog.TokenClass;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageSource;
import org.jspecify.annotations.Nullable;

/** How much a request can cost, so that it may be held before any of it is spent. Pure. */
public sealed interface Estimate {
    /** What a chat template may add to a prompt, such as the rules of a model that its maker has it read first. */
    int TEMPLATE_TOKENS = 256;
    /**
     * What a template may add where tools are described, or an answer's schema: to some models that is a tool too.
     *
     * @see <a href="https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview#pricing">Anthropic's: 804</a>
     */
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
     * more bytes of JSON than a template spends tokens on it.
     *
     * @param usual the most tokens of an answer where the request does not say; null: as many as the model writes
     */
    static Estimate of(ChatRequest request, Model model, Published published, @Nullable Integer usual) {
        return of(request, model, published, usual, request.prompt().bytes());
    }

    /**
     * A bound by a bound of the text's tokens. An image, recording or file counts for what the model's limits say, an
     * image else for what is published, and a prompt for no more than the model reads; every token costs as much as the
     * dearest that can be among them.
     *
     * @param textTokens at most, of all that is neither an image nor a recording
     */
    static Estimate of(ChatRequest request, Model model, Published published, @Nullable Integer usual,
            long textTokens) {
        Price price = model.price();
        if (price == null) {
            return new Unpriced();
        }
        ChatRequest.Terms terms = request.terms();
        if (terms.extra() != null) {
            return new Unforeseeable(terms.extra());
        }
        if (terms.audioAnswer() && !price.rates().known().containsKey(TokenClass.AUDIO_OUTPUT)) {
            return new Unforeseeable("audio");
        }
        Integer limit = limit(request, model, usual);
        if (limit == null) {
            return new Unbounded();
        }
        boolean described = request.prompt().tools() || request.traits().jsonSchema();
        Long prompt = prompt(request.prompt(), described, model.limits(), published, textTokens);
        if (prompt == null) {
            return new Unforeseeable("messages");
        }
        Rates rates = price.dearest(prompt, terms.serviceTier());
        if (rates == null) {
            return new Unforeseeable("service_tier");
        }
        long once = new Bound(0, prompt, input(rates, request.prompt())).total();
        int reads = published.perChoice() ? request.n() : 1;
        long input = once > Long.MAX_VALUE / reads ? Long.MAX_VALUE : once * reads;
        return new Bounded(new Bound(input, (long) limit * request.n(), output(rates, terms)), limit);
    }

    /**
     * What it will probably cost, to compare models by; null if the price is unknown.
     *
     * @param limit what may be written at most for each choice; null if nobody says
     */
    static @Nullable Long expected(ChatRequest request, Model model, Published published, @Nullable Integer limit) {
        int reads = published.perChoice() ? request.n() : 1;
        long output = limit == null ? EXPECTED_OUTPUT : Math.min(limit, EXPECTED_OUTPUT);
        return model.price() == null
                ? null
                : model.price().cost(Tokens.newBuilder().setInput(request.prompt().expectedTokens() * reads)
                        .setOutput(output * request.n()).setSource(UsageSource.ESTIMATE).setCalls(reads).build());
    }

    private static @Nullable Integer limit(ChatRequest request, Model model, @Nullable Integer usual) {
        Integer most = model.limits().output();
        if (request.maxOutputTokens() != null) {
            return request.maxOutputTokens();
        }
        return usual == null || most != null && most < usual ? most : usual;
    }

    /**
     * The most tokens of the prompt; null if nothing bounds them.
     *
     * @param described whether tools or a schema are
     */
    private static @Nullable Long prompt(ChatRequest.Prompt prompt, boolean described, Limits limits,
            Published published, long textTokens) {
        long text = textTokens + TEMPLATE_TOKENS + (described ? TOOLS_TOKENS : 0);
        Long media = media(prompt, limits, published);
        Long longest = limits.input() == null ? null : Long.valueOf((long) limits.input() * prompt.count());
        if (media == null) {
            return longest;
        }
        return longest == null ? text + media : Math.min(text + media, longest);
    }

    private static @Nullable Long media(ChatRequest.Prompt prompt, Limits limits, Published published) {
        if (!prompt.hasMedia()) {
            return 0L;
        }
        if (limits.media() != null) {
            return (long) (prompt.images() + prompt.others()) * limits.media();
        }
        Integer image = published.image();
        Integer low = published.lowImage();
        return prompt.others() > 0 || image == null || low == null
                ? null
                : Long.valueOf((long) (prompt.images() - prompt.lowImages()) * image + (long) prompt.lowImages() * low);
    }

    private static long input(Rates rates, ChatRequest.Prompt prompt) {
        long dearest = Math.max(rates.of(TokenClass.INPUT),
                Math.max(rates.of(TokenClass.CACHE_READ), rates.of(TokenClass.CACHE_WRITE)));
        if (prompt.cacheControl()) {
            dearest = Math.max(dearest, rates.of(TokenClass.CACHE_WRITE_1H));
        }
        return prompt.others() > 0 ? Math.max(dearest, rates.of(TokenClass.AUDIO_INPUT)) : dearest;
    }

    private static long output(Rates rates, ChatRequest.Terms terms) {
        long dearest = Math.max(rates.of(TokenClass.OUTPUT), rates.of(TokenClass.REASONING));
        return terms.audioAnswer() ? Math.max(dearest, rates.of(TokenClass.AUDIO_OUTPUT)) : dearest;
    }
}
