package dev.penstock.metering.webhook;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.AlertKind;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Alerts as webhooks are told of them. */
final class AlertEvents {
    /** Of all kinds that this release raises. */
    static final List<String> TYPES = Stream.of(AlertKind.values()).filter(kind -> kind != AlertKind.OTHER)
            .map(AlertEvents::type).toList();

    private AlertEvents() {}

    static WebhookEvent of(Alert alert) {
        return new WebhookEvent(alert.getId(), type(alert.getKind()), alert.getTenant(), alert.getAt(),
                json -> write(json, alert));
    }

    private static String type(AlertKind kind) {
        return "alert." + kind.name().toLowerCase(Locale.ROOT);
    }

    private static void write(JsonGenerator json, Alert alert) throws IOException {
        json.writeStringField("tenant", alert.getTenant());
        json.writeStringField("account", alert.getAccount());
        json.writeStringField("day", alert.getDay().toString());
        if (alert.getPeriod() != null) {
            json.writeStringField("period", alert.getPeriod().name().toLowerCase(Locale.ROOT));
        }
        if (alert.getKind() == AlertKind.CAP_THRESHOLD) {
            json.writeNumberField("percent", alert.getPercent());
        }
        amount(json, "cap_nano_usd", alert.getCap());
        amount(json, "settled_nano_usd", alert.getSettled());
        if (alert.getHour() != null) {
            json.writeStringField("hour", alert.getHour().toString());
        }
        if (alert.getModel() != null) {
            json.writeStringField("model", alert.getModel());
        }
        amount(json, "expected_nano_usd", alert.getExpected());
        amount(json, "seen_nano_usd", alert.getSeen());
    }

    private static void amount(JsonGenerator json, String name, @Nullable Long nano) throws IOException {
        if (nano != null) {
            json.writeNumberField(name, nano);
        }
    }
}
