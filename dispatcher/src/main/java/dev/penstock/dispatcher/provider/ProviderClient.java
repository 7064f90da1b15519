package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.HttpCall.Encoders;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import java.util.List;
import java.time.Instant;

/**
 * Calls one provider. To be used on one event loop, on which the sockets of its pool are then served as well.
 *
 * <p>
 * It stands on Vert.x's {@link HttpClient} and not on the web client around it: that one hands over an answer's head
 * only together with its body, and keeps the request, which is what has to be reset when a caller goes away, to itself.
 */
public final class ProviderClient {
    private static final int STREAMS_PER_CONNECTION = 100;
    private static final int STREAM_WINDOW = 64 * 1024;

    private final Vertx vertx;
    private final Provider provider;
    /** One for each of the provider's keys. */
    private final List<Dialect> dialects;
    private final Catalog catalog;
    private final HttpClient http;

    /** A client of one provider, whose prices are in the catalog; nothing is connected until a call is made. */
    public ProviderClient(Vertx vertx, Provider provider, Catalog catalog) {
        this.vertx = vertx;
        this.provider = provider;
        this.catalog = catalog;
        this.dialects = provider.apiKeys().isEmpty()
                ? List.of(Dialect.of(provider))
                : provider.apiKeys().stream().map(key -> Dialect.of(provider.withKey(key))).toList();
        this.http = vertx.httpClientBuilder().with(options(provider)).with(pool(provider)).build();
    }

    /** HTTP/2 where TLS can agree on it or the URL says so, else HTTP/1.1. */
    private static HttpClientOptions options(Provider provider) {
        String scheme = provider.baseUrl().getScheme();
        boolean tls = scheme.equals("https");
        var options = new HttpClientOptions()
                // Above the limit of the call, which covers the wait for a connection too and tells the two apart.
                .setConnectTimeout(Math.toIntExact(provider.timeouts().connect().toMillis()) + 1000)
                .setSsl(tls)
                // A paused stream leaves up to its window unread. The connection's is the sum, so that the paused
                // streams of a connection cannot stop the others.
                .setInitialSettings(new Http2Settings().setInitialWindowSize(STREAM_WINDOW))
                .setHttp2ConnectionWindowSize(STREAMS_PER_CONNECTION * STREAM_WINDOW)
                .setHttp2MultiplexingLimit(STREAMS_PER_CONNECTION);
        return switch (scheme) {
            case "https" -> options.setUseAlpn(true).setProtocolVersion(HttpVersion.HTTP_2);
            case "h2c" -> options.setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false);
            default -> options;
        };
    }

    private static PoolOptions pool(Provider provider) {
        int calls = provider.maxConcurrentCalls();
        return new PoolOptions().setHttp1MaxSize(calls).setHttp2MaxSize(Math.ceilDiv(calls, STREAMS_PER_CONNECTION));
    }

    /**
     * Makes a call. To be called on the client's event loop, on which the sink and the outcome are called as well.
     *
     * @param key which of the provider's keys to use, from 0
     * @param sink takes a streamed answer; gets nothing of another
     */
    public ProviderCall send(RequestEnvelope envelope, Candidate candidate, int key, AnswerSink sink) {
        var continuation = Continuation.of(Parameters.over(envelope, candidate), provider.kind(), candidate.getModel());
        RequestEnvelope asked = continuation.asked();
        String name = candidate.getName().isEmpty() ? envelope.getModel() : candidate.getName();
        var tally = new Tally(asked.getBody().remaining(), catalog.price(name, provider.name()),
                envelope.getContinued());
        Dialect dialect = dialects.get(key);
        Encoders encoders = Encoders.of(asked, tally, sink);
        return switch (dialect.request(asked, candidate)) {
            case OutboundRequest request when request.calls() == 1 -> post(request, new HttpCall(vertx, provider,
                    dialect, continuation, tally, encoders.keeping(request.dropped()), sink), dialect);
            case OutboundRequest request -> new ChoiceCalls(request.calls(), asked, sink, tally,
                    (choice, counted, written) -> post(request.nth(choice), new HttpCall(vertx, provider, dialect,
                            continuation, counted, written.keeping(request.dropped()), sink), dialect));
            case Outbound.Unsupported(var error) -> {
                var call = new HttpCall(vertx, provider, dialect, continuation, tally, encoders, sink);
                call.refuse(error);
                yield call;
            }
        };
    }

    private HttpCall post(OutboundRequest request, HttpCall call, Dialect dialect) {
        call.start(http, dialect.sign(request, Instant.now()));
        return call;
    }

    /** Cuts off the calls that are open and gives the sockets back. */
    public Future<Void> close() {
        return http.close();
    }
}
