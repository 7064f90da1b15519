package dev.penstock.ingress;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.ChatRequestReader;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.routing.Choice;
import dev.penstock.ingress.routing.RoutePlan;
import dev.penstock.ingress.routing.ModelRouter;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.Lane;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/routes/explain}: takes the body of a chat completion and tells who would answer it now, and why; asks
 * nobody and spends nothing. Lives on one event loop.
 */
final class ExplainApi {
    private final ModelRouter router;
    private final ProviderWatch watch;
    private final Budgets budgets;
    private final int maxBodyBytes;

    ExplainApi(ModelRouter router, ProviderWatch watch, Budgets budgets, int maxBodyBytes) {
        this.router = router;
        this.watch = watch;
        this.budgets = budgets;
        this.maxBodyBytes = maxBodyBytes;
    }

    void explain(HttpServerRequest http, Caller caller) {
        new BodyReader(http, maxBodyBytes).read(body -> {
            switch (ChatRequestReader.read(body.getBytes())) {
                case ChatRequestReader.Result.Invalid(var error) -> Responses.error(http.response(), error);
                case ChatRequestReader.Result.Valid(var request) -> explain(http, caller, request);
            }
        }, () -> Responses.error(http.response(), Refusals.bodyTooLarge(maxBodyBytes)));
    }

    private void explain(HttpServerRequest http, Caller caller, ChatRequest request) {
        switch (router.route(request, Format.CHAT_COMPLETIONS, caller.tenant(), Lane.INTERACTIVE,
                http.getHeader(InferenceApi.SESSION),
                watch.sights(), ProviderWatch.now())) {
            case ModelRouter.Routing.Refused(var error) -> Responses.error(http.response(), error);
            case ModelRouter.Routing.Routed(var plan) -> {
                switch (budgets.quote(request, plan, caller)) {
                    case Budgets.Decision.Refused(var error) -> Responses.error(http.response(), error);
                    case Budgets.Decision.Granted(_, var held, _) -> Responses.json(http.response(), 200,
                            Buffer.buffer(Responses.written(json -> write(json, held))));
                }
            }
        }
    }

    private static void write(JsonGenerator json, RoutePlan plan) throws IOException {
        json.writeStartObject();
        json.writeStringField("object", "route.explanation");
        json.writeStringField("route", plan.name());
        json.writeStringField("strategy",
                plan.strategy() == null ? null : plan.strategy().name().toLowerCase(Locale.ROOT));
        json.writeStringField("arm", plan.arm());
        json.writeArrayFieldStart("candidates");
        for (int i = 0; i < plan.choices().size(); i++) {
            write(json, plan.choices().get(i), i + 1);
        }
        for (Choice choice : plan.passedOver()) {
            write(json, choice, 0);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** @param position from 1; 0 for one that is not tried */
    private static void write(JsonGenerator json, Choice choice, int position) throws IOException {
        json.writeStartObject();
        json.writeStringField("provider", choice.model().provider());
        json.writeStringField("model", choice.model().name());
        json.writeFieldName("position");
        writeOrNull(json, position == 0 ? null : Long.valueOf(position));
        json.writeStringField("decision", position == 1 ? "taken" : position == 0 ? "passed_over" : "fallback");
        json.writeStringField("reason", choice.reason().word());
        json.writeObjectFieldStart("figures");
        var sight = choice.sight();
        boolean heard = sight.isHeard();
        json.writeFieldName("first_token_ms");
        writeOrNull(json, sight.firstTokenMs() < 0 ? null : Long.valueOf(sight.firstTokenMs()));
        json.writeFieldName("quota");
        writeOrNull(json, heard ? Long.valueOf(sight.quota()) : null);
        json.writeFieldName("free");
        writeOrNull(json, heard ? Long.valueOf(sight.free()) : null);
        json.writeFieldName("waiting");
        writeOrNull(json, heard ? Long.valueOf(sight.waiting()) : null);
        json.writeBooleanField("breaker_open", sight.open());
        json.writeFieldName("expected_cost_nano_usd");
        writeOrNull(json, choice.expectedCost());
        json.writeFieldName("max_output_tokens");
        writeOrNull(json, choice.maxOutputTokens() == null ? null : Long.valueOf(choice.maxOutputTokens()));
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeOrNull(JsonGenerator json, @Nullable Long figure) throws IOException {
        if (figure == null) {
            json.writeNull();
        } else {
            json.writeNumber(figure);
        }
    }
}
