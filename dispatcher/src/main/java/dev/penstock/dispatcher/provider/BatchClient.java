package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.RequestEnvelope;
import org.jspecify.annotations.Nullable;

/**
 * One provider's batch API, and its dialect for what goes by it: the same requests and answers as in calls of their own.
 * All of it is the first of its keys', since what was handed over with one key is another key's nothing. Safe for several
 * threads.
 */
public final class BatchClient {
    /** What a line comes to that the provider did not begin. */
    private static final Outcome NOT_EXECUTED = new Outcome.Refused(ApiError.of(503, "server_error",
            "batch_not_executed", "The provider's batch ended before this request was executed."));

    private final Provider provider;
    private final Catalog catalog;
    private final Dialect dialect;
    private final BatchApi api;

    /** One whose prices are in the catalog, for a provider of a kind that has a batch API. */
    public BatchClient(Provider provider, Catalog catalog) {
        this.provider = provider;
        this.catalog = catalog;
        Provider keyed = provider.apiKeys().isEmpty() ? provider : provider.withKey(provider.apiKeys().getFirst());
        this.dialect = Dialect.of(keyed);
        this.api = switch (provider.kind()) {
            case OPENAI, OPENAI_RESPONSES, GROQ, OPENAI_COMPATIBLE -> new OpenAiBatches(keyed);
            case ANTHROPIC -> new AnthropicBatches(keyed);
            case GEMINI -> new GeminiBatches(keyed);
            case AZURE, DEEPSEEK, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA, BEDROCK, VERTEX, OLLAMA_NATIVE,
                    QWEN_NATIVE ->
                throw new IllegalArgumentException(provider.name() + " has no batch API");
        };
    }

    /** Where they are handed over. */
    public BatchApi api() {
        return api;
    }

    /** A request as it is handed over; null if it has to be a call of its own, or several. */
    public BatchApi.@Nullable Line line(String customId, RequestEnvelope envelope, Candidate candidate) {
        return switch (dialect.request(Parameters.over(envelope, candidate), candidate)) {
            case OutboundRequest request when request.calls() == 1 ->
                new BatchApi.Line(customId, request.path(), request.body());
            case OutboundRequest _,Outbound.Unsupported _ -> null;
        };
    }

    /** What came of a request, at the price of the batch API. */
    public Outcome outcome(RequestEnvelope envelope, Candidate candidate, BatchApi.Result result) {
        return switch (result) {
            case BatchApi.Result.Answered(_, int status, byte[] body) -> {
                Answer answer = answer(Parameters.over(envelope, candidate), candidate, status);
                Outcome over = answer.feed(body);
                yield over == null ? answer.end() : over;
            }
            case BatchApi.Result.NotExecuted _ -> NOT_EXECUTED;
        };
    }

    private Answer answer(RequestEnvelope envelope, Candidate candidate, int status) {
        String name = candidate.getName().isEmpty() ? envelope.getModel() : candidate.getName();
        var tally = Tally.ofBatch(envelope.getBody().remaining(), catalog.price(name, provider.name()));
        if (status < 200 || status > 299) {
            return new ErrorAnswer(dialect, status, _ -> null, tally);
        }
        return envelope.getFormat() == Format.EMBEDDINGS || envelope.getFormat() == Format.MODERATIONS
                ? new PassedAnswer(tally)
                : new WholeAnswer(dialect, envelope, AnswerEncoder.whole(envelope), tally);
    }
}
