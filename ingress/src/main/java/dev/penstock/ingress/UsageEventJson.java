package dev.penstock.ingress;

import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageEvent;
import java.util.Locale;

/** A usage event as the API tells of it. */
final class UsageEventJson {
    private UsageEventJson() {}

    static byte[] of(UsageEvent event) {
        return Responses.written(json -> {
            json.writeStartObject();
            json.writeStringField("id", event.getAttemptId());
            json.writeStringField("request_id", event.getRequestId());
            json.writeNumberField("attempt", event.getAttempt());
            json.writeStringField("key_id", event.getKeyId());
            json.writeStringField("lane", lower(event.getLane()));
            json.writeStringField("billing_day", event.getBillingDay().toString());
            json.writeStringField("model", event.getModel());
            json.writeStringField("provider", event.getProvider());
            json.writeStringField("provider_model", event.getProviderModel());
            json.writeStringField("route", event.getRoute());
            json.writeStringField("arm", event.getArm());
            json.writeStringField("continues", event.getContinues());
            json.writeStringField("started_at", event.getStartedAt().toString());
            json.writeStringField("ended_at", event.getEndedAt().toString());
            json.writeStringField("end", lower(event.getEnd()));
            json.writeStringField("error_code", event.getErrorCode());
            json.writeFieldName("cost_nano_usd");
            if (event.getCostNanoUsd() == null) {
                json.writeNull();
            } else {
                json.writeNumber(event.getCostNanoUsd());
            }
            Tokens tokens = event.getTokens();
            if (tokens != null) {
                json.writeNumberField("input_tokens", tokens.getInput());
                json.writeNumberField("output_tokens", tokens.getOutput());
                json.writeNumberField("cache_read_tokens", tokens.getCacheRead());
                json.writeNumberField("cache_write_tokens", tokens.getCacheWrite());
                json.writeNumberField("reasoning_tokens", tokens.getReasoning());
                json.writeStringField("token_source", lower(tokens.getSource()));
                json.writeNumberField("cache_write_1h_tokens", tokens.getCacheWrite1h());
                json.writeNumberField("audio_input_tokens", tokens.getAudioInput());
                json.writeNumberField("audio_output_tokens", tokens.getAudioOutput());
                json.writeStringField("service_tier", tokens.getServiceTier());
            }
            json.writeEndObject();
        });
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
