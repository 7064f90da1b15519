package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Cap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads an account's cap: {@code {"daily": "5.00", "weekly": null, "monthly": 50, "mode": "hard", "alerts": [80, 100]}},
 * amounts in US dollars. At least one of the three is to be there, if only as null, so that no cap is lifted by
 * mistake. Pure.
 */
public final class CapBody {
    private static final String AMOUNT = "must be US dollars, not negative, with at most nine decimals, or null";

    /** What a body came to. */
    public sealed interface Result {
        /** A cap. */
        record Valid(Cap cap) implements Result {}

        /** None. */
        record Invalid(ApiError error) implements Result {}
    }

    private final Map<String, @Nullable Long> amounts = new HashMap<>();
    private Cap.Mode mode = Cap.Mode.HARD;
    private List<Integer> alerts = Cap.DEFAULT_ALERTS;
    private @Nullable ApiError error;

    private CapBody() {}

    /** Reads a body in UTF-8. */
    public static Result read(byte[] bytes) {
        var body = new CapBody();
        ApiError error = SmallBody.read(bytes, body::field);
        return error == null ? body.result() : new Result.Invalid(error);
    }

    private Result result() {
        return amounts.isEmpty()
                ? new Result.Invalid(Refusals.invalidParameter("daily",
                        "must be given, or weekly or monthly; null is no cap"))
                : new Result.Valid(new Cap(amounts.get("daily"), amounts.get("weekly"), amounts.get("monthly"), mode,
                        alerts));
    }

    private @Nullable ApiError field(String name, JsonParser json) throws IOException {
        switch (name) {
            case "daily", "weekly", "monthly" -> amounts.put(name, amount(name, json));
            case "mode" -> mode = mode(json);
            case "alerts" -> alerts = alerts(json);
            default -> refuse(Violations.shown(name), "is none of daily, weekly, monthly, mode, alerts");
        }
        return error;
    }

    private @Nullable Long amount(String name, JsonParser json) throws IOException {
        if (json.hasToken(JsonToken.VALUE_NULL)) {
            return null;
        }
        long nano = SmallBody.amount(json);
        if (nano >= 0) {
            return nano;
        }
        refuse(name, AMOUNT);
        return null;
    }

    private Cap.Mode mode(JsonParser json) throws IOException {
        String text = json.hasToken(JsonToken.VALUE_STRING) ? json.getText() : "";
        if (!text.equals("hard") && !text.equals("soft")) {
            refuse("mode", "must be hard or soft");
        }
        return text.equals("soft") ? Cap.Mode.SOFT : Cap.Mode.HARD;
    }

    private List<Integer> alerts(JsonParser json) throws IOException {
        var percentages = new ArrayList<Integer>();
        boolean good = json.hasToken(JsonToken.START_ARRAY);
        while (good && json.nextToken() != JsonToken.END_ARRAY) {
            int percent = json.hasToken(JsonToken.VALUE_NUMBER_INT) ? json.getValueAsInt() : 0;
            good = percent >= 1 && percent <= 100;
            percentages.add(percent);
        }
        if (!good) {
            refuse("alerts", "must be a list of percentages from 1 to 100");
        }
        return percentages;
    }

    private void refuse(String name, String rule) {
        error = Refusals.invalidParameter(name, rule);
    }
}
