package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Answers one HTTP request: reads it, and lets the fault that it met or a reply at the model's pace have the rest. */
final class ProviderApi implements Handler<HttpServerRequest> {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ApiFailure NOT_JSON = ApiFailure.invalid(null,
            "We could not parse the JSON body of your request.");

    private final Vertx vertx;
    private final SimulatorSettings settings;
    private final Stats stats;
    private final long started = Instant.now().getEpochSecond();
    /** Shared by the event loops. */
    private final RandomGenerator random;
    private final List<BatchedApi> batched;
    private volatile FaultRates faults;

    ProviderApi(Vertx vertx, SimulatorSettings settings, Stats stats) {
        this.vertx = vertx;
        this.settings = settings;
        this.stats = stats;
        this.random = new Random(settings.seed());
        this.faults = settings.faults();
        var desk = new BatchDesk(settings.paces(), stats, () -> faults.draw(random));
        this.batched = List.of(new OpenAiBatches(desk), new AnthropicBatches(desk, stats),
                new GeminiBatches(desk, stats));
    }

    /** These faults strike from now on, instead of those before. */
    void strike(FaultRates rates) {
        faults = rates;
    }

    @Override
    public void handle(HttpServerRequest request) {
        switch (request.method() + " " + request.path()) {
            case "POST /v1/chat/completions" -> chat(request, new OpenAiDialect());
            case "POST /v1/messages" -> chat(request, new AnthropicDialect(stats));
            case "POST /v1/responses" -> chat(request, new ResponsesDialect(stats));
            case "POST " + MistralDialect.PATH -> chat(request, new MistralDialect());
            case "POST /api/chat" -> chat(request, new OllamaDialect());
            case "POST " + QwenDialect.PATH ->
                chat(request, new QwenDialect("enable".equals(request.getHeader("x-dashscope-sse"))));
            case "POST /v1/embeddings" -> judge(request, Judgements.EMBEDDER, Judgements::embeddings);
            case "POST /v1/moderations" -> judge(request, Judgements.MODERATOR, Judgements::moderation);
            case "GET /v1/models" -> send(request, 200, models());
            case "GET /stats" -> send(request, 200, stats.json());
            default -> other(request);
        }
    }

    private void other(HttpServerRequest request) {
        if (batched.stream().noneMatch(api -> api.answer(request))) {
            BedrockDialect.at(request.path()).or(() -> GeminiDialect.at(request, stats))
                    .or(() -> AzureDialect.at(request)).ifPresentOrElse(
                            dialect -> chat(request, dialect), () -> send(request, 404,
                                    new ApiFailure(404, "invalid_request_error", "unknown_url", null,
                                            "Unknown request URL: " + request.method() + " " + request.path() + ".")
                                            .json()));
        }
    }

    private void chat(HttpServerRequest http, Dialect dialect) {
        http.body().onSuccess(body -> chat(http, dialect, read(dialect, body)));
    }

    private void judge(HttpServerRequest http, String model, Function<JsonNode, ObjectNode> judge) {
        http.body().onSuccess(body -> {
            stats.requests.increment();
            try {
                JsonNode json = MAPPER.readTree(body.getBytes());
                if (json.path("model").asText().equals(model)) {
                    send(http, 200, judge.apply(json));
                } else {
                    ApiFailure unknown = noSuchModel(json.path("model").asText());
                    send(http, unknown.status(), unknown.json());
                }
            } catch (IOException _) {
                send(http, NOT_JSON.status(), NOT_JSON.json());
            }
        });
    }

    private static ApiFailure noSuchModel(String model) {
        return new ApiFailure(404, "invalid_request_error", "model_not_found", null,
                "The model `" + model + "` does not exist or you do not have access to it.");
    }

    private void chat(HttpServerRequest http, Dialect dialect, Reading reading) {
        stats.requests.increment();
        switch (reading) {
            case ApiFailure failure -> refuse(http, dialect, failure);
            case ChatRequest request -> {
                var pace = settings.paces().get(request.directive().like(request.model()));
                if (pace == null) {
                    refuse(http, dialect, noSuchModel(request.model()));
                } else {
                    chat(http, dialect, request, pace);
                }
            }
        }
    }

    private void chat(HttpServerRequest http, Dialect dialect, ChatRequest request, Pace modelPace) {
        String header = http.getHeader("x-sim");
        var directive = header == null ? request.directive() : request.directive().with(header);
        var pace = directive.over(modelPace);
        var exchange = new Exchange(vertx, http.response(), request.stream(), stats);
        switch (directive.fault().orElseGet(() -> faults.draw(random))) {
            case Fault.Refuse(int status, long retryAfter) -> {
                if (retryAfter > 0) {
                    http.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter));
                }
                exchange.refuse(status, dialect.error(ApiFailure.ofStatus(status), retryAfter));
            }
            case Fault.DropHead _ -> exchange.drop();
            case Fault.Garbage _ -> {
                startBody(http, dialect, request);
                exchange.end(Buffer.buffer("<html><body>Bad gateway</body></html>\n\ndata: {]\n\n"));
            }
            case Fault.ErrorInHead _ -> {
                startBody(http, dialect, request);
                var failure = ApiFailure.ofStatus(500);
                exchange.end(request.stream()
                        ? dialect.encode(dialect.failed(failure))
                        : Buffer.buffer(dialect.error(failure, 0).toString()));
            }
            case Fault.SlowHead slow -> reply(exchange, dialect, request, pace.later(slow.millis()), slow);
            case Fault.AfterTokens late -> reply(exchange, dialect, request, pace, request.beginning().left(late));
            case Fault.None none -> reply(exchange, dialect, request, pace, none);
        }
    }

    private void reply(Exchange exchange, Dialect dialect, ChatRequest request, Pace pace, Fault fault) {
        stats.promptTokens.add(request.promptTokens());
        var chat = Chat.of(request, pace, UUID.randomUUID(), Instant.now().getEpochSecond());
        if (request.stream()) {
            new StreamedReply(exchange, dialect, chat, fault, stats).start();
        } else {
            new WholeReply(exchange, dialect, chat, fault, stats).start();
        }
    }

    private static void startBody(HttpServerRequest http, Dialect dialect, ChatRequest request) {
        http.response().putHeader(HttpHeaders.CONTENT_TYPE,
                request.stream() ? dialect.streamType() : "application/json");
    }

    private static Reading read(Dialect dialect, Buffer body) {
        try {
            JsonNode json = MAPPER.readTree(body.getBytes());
            return json instanceof MissingNode ? NOT_JSON : dialect.read(json);
        } catch (IOException _) {
            return NOT_JSON;
        }
    }

    private ObjectNode models() {
        var list = JsonNodeFactory.instance.objectNode().put("object", "list");
        var data = list.putArray("data");
        Stream.concat(settings.paces().keySet().stream().sorted(),
                Stream.of(Judgements.EMBEDDER, Judgements.MODERATOR)).forEach(
                        model -> data.addObject().put("id", model)
                                .put("object", "model").put("created", started).put("owned_by", "penstock"));
        return list;
    }

    private static void refuse(HttpServerRequest request, Dialect dialect, ApiFailure failure) {
        send(request, failure.status(), dialect.error(failure, 0));
    }

    private static void send(HttpServerRequest request, int status, ObjectNode json) {
        request.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(json.toString());
    }
}
