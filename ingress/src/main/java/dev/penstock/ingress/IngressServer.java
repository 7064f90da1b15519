package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.format.Speech;
import dev.penstock.ingress.report.BucketQuery.Subject;
import dev.penstock.ingress.routing.ModelRouter;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.till.LedgerLine;
import dev.penstock.schemas.till.Till;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One event loop's worth of an ingress: its share of the connections, and the routes. */
final class IngressServer extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(IngressServer.class);
    private static final String BEARER = "Bearer ";
    private static final long DOOR_MS = 1_000;
    private static final CharSequence API_KEY = HttpHeaders.createOptimized("x-api-key");

    private final IngressConfig config;
    private final Callers callers;
    private final RequestLog log;
    private final ResponseLog answers;
    private final SpendTable table;
    private final UsageStreams streams;
    private final LedgerLine line;
    private final StoredFiles files;
    private final Batches batches;
    private final IdempotencyKeys keys;
    private final Limiter limiter;
    private @Nullable Exchanges exchanges;
    private @Nullable HttpServer server;
    private @Nullable Till till;
    private @Nullable ProviderWatch watch;
    private @Nullable Door door;
    private long ticker;
    private volatile boolean draining;

    IngressServer(IngressConfig config, Callers callers, RequestLog log, ResponseLog answers,
            SpendTable table, UsageStreams streams, LedgerLine line, Limiter limiter, StoredFiles files,
            Batches batches, IdempotencyKeys keys) {
        this.line = line;
        this.limiter = limiter;
        this.files = files;
        this.batches = batches;
        this.keys = keys;
        this.config = config;
        this.callers = callers;
        this.log = log;
        this.answers = answers;
        this.table = table;
        this.streams = streams;
    }

    @Override
    public Future<?> start() {
        var holds = new Till(line, new TillLoop(vertx, context), "ingress", config.terms());
        var waiting = new Exchanges(vertx, answers, config.keepAlive(),
                receipt -> holds.settle(receipt.requestId(), receipt.used()));
        var options = new HttpServerOptions().setHost(config.host()).setPort(config.port()).setTcpNoDelay(true)
                .setAcceptBacklog(4096).setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
        var watching = new ProviderWatch(vertx);
        var entrance = new Door(Math.ceilDiv(config.window(), config.eventLoops()),
                task -> context.runOnContext(_ -> task.run()));
        ticker = vertx.setPeriodic(DOOR_MS, _ -> entrance.onTick(Instant.now()));
        HttpServer listening = vertx.createHttpServer(options)
                .requestHandler(routes(waiting, watching, holds, entrance));
        door = entrance;
        watch = watching;
        exchanges = waiting;
        till = holds;
        server = listening;
        return waiting.reachable().compose(_ -> listening.listen()).recover(cause -> Future.failedFuture(
                new IOException("cannot listen on " + config.host() + ":" + config.port() + ": " + cause.getMessage(),
                        cause)));
    }

    /** The port it listens on, once started. */
    int port() {
        return Objects.requireNonNull(server).actualPort();
    }

    /** Refuses new requests, waits for the open ones at most {@code patience}, then closes every connection. */
    Future<Void> drain(Duration patience) {
        draining = true;
        var drained = Future.<Void>future(done -> context
                .runOnContext(_ -> {
                    vertx.cancelTimer(ticker);
                    Objects.requireNonNull(door).close();
                    Objects.requireNonNull(exchanges).drain(patience)
                            .onComplete(_ -> Objects.requireNonNull(till).close()).onComplete(done);
                }));
        return drained.eventually(() -> Objects.requireNonNull(server).close())
                .eventually(() -> Objects.requireNonNull(watch).close());
    }

    private Router routes(Exchanges exchanges, ProviderWatch watch, Till holds, Door entrance) {
        var random = new Random();
        var routing = new ModelRouter(config.catalog(), random);
        var budgets = new Budgets(task -> vertx.executeBlocking(task, false), line, holds);
        var repeats = new Repeats(vertx, keys);
        var inference = new InferenceApi(vertx, config, log, exchanges, budgets, routing, watch, limiter,
                new Shadows(vertx, config.catalog(), routing, budgets, log, random), answers, repeats, entrance);
        var explain = new ExplainApi(routing, watch, budgets, config.maxBodyBytes());
        var models = new ModelsApi(config.catalog());
        var usage = new UsageApi(vertx, table);
        var organization = new OrganizationApi(vertx, table);
        Router router = Router.router(vertx);
        router.post("/v1/chat/completions").handler(inference(inference, Format.CHAT_COMPLETIONS));
        router.post("/v1/completions").handler(inference(inference, Format.COMPLETIONS));
        router.post("/v1/responses").handler(inference(inference, Format.RESPONSES));
        router.post("/v1/embeddings").handler(inference(inference, Format.EMBEDDINGS));
        router.post("/v1/moderations").handler(inference(inference, Format.MODERATIONS));
        router.post("/v1/messages").handler(inference(inference, Format.MESSAGES));
        router.post("/v1/messages/count_tokens")
                .handler(known(Speech.MESSAGES, (request, _) -> inference.countTokens(request)));
        router.post("/v1/routes/explain").handler(known(explain::explain));
        router.get("/v1/models").handler(known((request, caller) -> models.list(request.response(), caller.tenant())));
        // A model's name may have slashes, which some clients escape and some do not.
        router.getWithRegex("/v1/models/(?<id>.+)").handler(route -> known(
                (request, caller) -> models.get(request.response(), caller.tenant(), route.pathParam("id")))
                .handle(route));
        router.get("/v1/usage").handler(known((request, caller) -> usage.report(request, caller.tenant())));
        router.get("/v1/usage/stream")
                .handler(known((request, caller) -> streams.open(context, request, caller.tenant())));
        router.get("/v1/organization/usage/completions").handler(known(
                (request, caller) -> organization.report(Subject.COMPLETIONS, request, caller.tenant())));
        router.get("/v1/organization/costs").handler(known(
                (request, caller) -> organization.report(Subject.COSTS, request, caller.tenant())));
        kept(router, new KeptApi(vertx, context, answers, log, config.keepAlive().toMillis()));
        files(router, new FilesApi(vertx, files, config.fileLimits()));
        batches(router, new BatchesApi(batches, files, repeats));
        caps(router, new CapsApi(context, config.catalog(), line));
        registry(router, new RegistryApi(config.topics()));
        router.get("/health/live").handler(route -> health(route, true));
        router.get("/health/started").handler(route -> health(route, true));
        router.get("/health/ready").handler(route -> health(route, !draining));
        router.route().handler(route -> Responses.error(route.response(),
                Refusals.unknownUrl(route.request().method().name(), route.request().path())));
        router.errorHandler(405, route -> Responses.error(route.response(),
                Refusals.methodNotAllowed(route.request().method().name(), route.request().path())));
        router.errorHandler(500, this::internalError);
        return router;
    }

    /** Answers that were asked to be kept. */
    private void kept(Router router, KeptApi api) {
        Map.of("/v1/responses/:id", Format.RESPONSES, "/v1/chat/completions/:id", Format.CHAT_COMPLETIONS)
                .forEach((path, format) -> {
                    router.get(path).handler(route -> known(
                            (request, caller) -> api.get(format, request, caller, route.pathParam("id")))
                            .handle(route));
                    router.delete(path).handler(route -> known(
                            (request, caller) -> api.delete(format, request, caller, route.pathParam("id")))
                            .handle(route));
                });
        router.get("/v1/responses/:id/input_items").handler(route -> known(
                (request, caller) -> api.inputItems(request, caller, route.pathParam("id"))).handle(route));
        router.post("/v1/responses/:id/cancel").handler(route -> known(
                (request, caller) -> api.cancel(request, caller, route.pathParam("id"))).handle(route));
    }

    private void files(Router router, FilesApi api) {
        router.post("/v1/files").handler(known(api::upload));
        router.get("/v1/files").handler(known(api::list));
        router.get("/v1/files/:id").handler(route -> known(
                (request, caller) -> api.get(request, caller, route.pathParam("id"))).handle(route));
        router.delete("/v1/files/:id").handler(route -> known(
                (request, caller) -> api.delete(request, caller, route.pathParam("id"))).handle(route));
        router.get("/v1/files/:id/content").handler(route -> known(
                (request, caller) -> api.content(request, caller, route.pathParam("id"))).handle(route));
    }

    private void batches(Router router, BatchesApi api) {
        router.post("/v1/batches").handler(known(api::create));
        router.get("/v1/batches").handler(known(api::list));
        router.get("/v1/batches/:id").handler(route -> known(
                (request, caller) -> api.get(request, caller, route.pathParam("id"))).handle(route));
        router.post("/v1/batches/:id/cancel").handler(route -> known(
                (request, caller) -> api.cancel(request, caller, route.pathParam("id"))).handle(route));
    }

    /** For administrators. */
    private void caps(Router router, CapsApi caps) {
        for (String path : List.of("/v1/admin/caps/:tenant", "/v1/admin/caps/:tenant/keys/:key")) {
            router.route(path).handler(this::checkAdmin);
            router.get(path).handler(caps::show);
            router.put(path).handler(caps::set);
            router.delete(path).handler(caps::unset);
        }
    }

    private void checkAdmin(RoutingContext route) {
        String authorization = route.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization == null || !authorization.startsWith(BEARER)) {
            Responses.error(route.response(), Refusals.missingApiKey());
            return;
        }
        String key = authorization.substring(BEARER.length());
        String admin = callers.adminByKey(key);
        if (admin == null) {
            Responses.error(route.response(),
                    callers.byKey(key) == null ? Refusals.invalidApiKey() : Refusals.adminKeyNeeded());
        } else {
            route.put(CapsApi.ADMIN, admin).next();
        }
    }

    /** For everybody: what is served is in the jar that anybody can have. */
    private static void registry(Router router, RegistryApi schemas) {
        router.get("/schemas/ids/:id").handler(route -> schemas.byId(route.response(), route.pathParam("id")));
        router.get("/subjects").handler(route -> schemas.subjects(route.response()));
        router.get("/subjects/:subject/versions")
                .handler(route -> schemas.versions(route.response(), route.pathParam("subject")));
        router.get("/subjects/:subject/versions/:version").handler(route -> schemas.version(route.response(),
                route.pathParam("subject"), route.pathParam("version")));
    }

    private Handler<RoutingContext> inference(InferenceApi api, Format format) {
        return known(Speech.of(format), (request, caller) -> api.handle(format, request, caller));
    }

    private Handler<RoutingContext> known(BiConsumer<HttpServerRequest, Caller> route) {
        return known(Speech.OPENAI, route);
    }

    /** A route for callers with a key, while this server takes requests. */
    private Handler<RoutingContext> known(Speech speech, BiConsumer<HttpServerRequest, Caller> route) {
        return context -> {
            HttpServerRequest request = context.request();
            String key = key(request, speech);
            Caller caller = key == null ? null : callers.byKey(key);
            if (draining) {
                Responses.error(request.response(), speech, Refusals.shuttingDown());
            } else if (key == null) {
                Responses.error(request.response(), speech, Refusals.missingApiKey());
            } else if (caller == null) {
                Responses.error(request.response(), speech, Refusals.invalidApiKey());
            } else {
                route.accept(request, caller);
            }
        };
    }

    /** The key that a request comes with, or null; Anthropic's clients send it in a header of its own. */
    private static @Nullable String key(HttpServerRequest request, Speech speech) {
        String key = speech == Speech.MESSAGES ? request.getHeader(API_KEY) : null;
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        return key == null && authorization != null && authorization.startsWith(BEARER)
                ? authorization.substring(BEARER.length())
                : key;
    }

    private static void health(RoutingContext route, boolean well) {
        Responses.json(route.response(), well ? 200 : 503,
                Buffer.buffer(well ? "{\"status\":\"ok\"}" : "{\"status\":\"unavailable\"}"));
    }

    private void internalError(RoutingContext route) {
        String id = "req_" + UUID.randomUUID();
        LOG.error("{} failed on {} {}", id, route.request().method(), route.request().path(), route.failure());
        Responses.error(route.response(), Refusals.internal(id));
    }
}
