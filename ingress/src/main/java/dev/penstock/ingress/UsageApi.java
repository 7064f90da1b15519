package dev.penstock.ingress;

import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/usage}: what the caller's tenant has spent today, as metering last published it;
 * {@code GET /v1/usage/stream}: its usage events from now on, as server-sent events.
 */
final class UsageApi {
    private static final Buffer READY = Buffer.buffer(": from now on\n\n");

    private final Vertx vertx;
    private final UsageFeed feed;

    UsageApi(Vertx vertx, UsageFeed feed) {
        this.vertx = vertx;
        this.feed = feed;
    }

    void today(HttpServerResponse response, Tenant tenant) {
        LocalDate day = LocalDate.ofInstant(Instant.now(), tenant.zone());
        var dimensions = new JsonArray();
        var answer = new JsonObject().put("object", "usage").put("tenant", tenant.name()).put("day", day.toString());
        putTotals(answer, null);
        for (Spend spend : feed.spend(tenant.name(), day)) {
            if (spend.getDimension().equals("total")) {
                putTotals(answer, spend);
            } else {
                var part = new JsonObject().put("dimension", spend.getDimension());
                putTotals(part, spend);
                dimensions.add(part);
            }
        }
        Responses.json(response, 200, answer.put("dimensions", dimensions).toBuffer());
    }

    /** A reader that does not keep up is cut off: the log has it all, and memory stays bounded. */
    void stream(HttpServerResponse response, Tenant tenant) {
        Context context = vertx.getOrCreateContext();
        Consumer<UsageEvent> listener = event -> {
            Buffer line = Buffer.buffer("data: ").appendBuffer(json(event).toBuffer()).appendString("\n\n");
            context.runOnContext(_ -> {
                if (response.writeQueueFull()) {
                    response.reset();
                } else if (!response.closed()) {
                    response.write(line);
                }
            });
        };
        response.closeHandler(_ -> feed.unlisten(tenant.name(), listener));
        response.setChunked(true).putHeader(HttpHeaders.CONTENT_TYPE, Responses.EVENT_STREAM).write(READY);
        feed.listen(tenant.name(), listener);
    }

    private static void putTotals(JsonObject into, @Nullable Spend spend) {
        into.put("attempts", spend == null ? 0 : spend.getAttempts());
        into.put("input_tokens", spend == null ? 0 : spend.getInputTokens());
        into.put("output_tokens", spend == null ? 0 : spend.getOutputTokens());
        into.put("cost_nano_usd", spend == null ? 0 : spend.getCostNanoUsd());
        into.put("unpriced_attempts", spend == null ? 0 : spend.getUnpricedAttempts());
    }

    private static JsonObject json(UsageEvent event) {
        var json = new JsonObject().put("id", event.getAttemptId()).put("request_id", event.getRequestId())
                .put("attempt", event.getAttempt()).put("key_id", event.getKeyId()).put("model", event.getModel())
                .put("provider", event.getProvider()).put("provider_model", event.getProviderModel())
                .put("started_at", event.getStartedAt().toString()).put("ended_at", event.getEndedAt().toString())
                .put("end", event.getEnd().name().toLowerCase(Locale.ROOT)).put("error_code", event.getErrorCode())
                .put("cost_nano_usd", event.getCostNanoUsd());
        if (event.getTokens() != null) {
            var tokens = event.getTokens();
            json.put("input_tokens", tokens.getInput()).put("output_tokens", tokens.getOutput())
                    .put("cache_read_tokens", tokens.getCacheRead()).put("cache_write_tokens", tokens.getCacheWrite())
                    .put("reasoning_tokens", tokens.getReasoning())
                    .put("token_source", tokens.getSource().name().toLowerCase(Locale.ROOT));
        }
        return json;
    }
}
