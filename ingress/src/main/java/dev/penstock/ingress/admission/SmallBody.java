package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** A body that is one object of a few fields. Pure. */
final class SmallBody {
    /** What no amount of money in US dollars comes to. */
    static final long NO_AMOUNT = -1;

    private static final JsonFactory JSON = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final int LONGEST_AMOUNT = 40;
    private static final int NANO = 9;

    /** Takes a field, at the first token of its value; leaves the parser at the last. */
    @FunctionalInterface
    interface Fields {
        /** What is wrong with it, or null. */
        @Nullable
        ApiError take(String name, JsonParser json) throws IOException;
    }

    private SmallBody() {}

    /** Reads a body in UTF-8; what is wrong with it, or null. */
    static @Nullable ApiError read(byte[] bytes, Fields fields) {
        try (JsonParser json = JSON.createParser(bytes)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return Violations.unreadable();
            }
            String field;
            while ((field = json.nextFieldName()) != null) {
                json.nextToken();
                ApiError error = fields.take(field, json);
                if (error != null) {
                    return error;
                }
            }
            return json.hasToken(JsonToken.END_OBJECT) && json.nextToken() == null ? null : Violations.unreadable();
        } catch (IOException _) {
            return Violations.unreadable();
        }
    }

    /** US dollars, as a number or as a text, in nano-USD; {@link #NO_AMOUNT} if they are none, or a fraction of that. */
    static long amount(JsonParser json) throws IOException {
        String text = json.currentToken().isNumeric() || json.hasToken(JsonToken.VALUE_STRING) ? json.getText() : "";
        try {
            return text.length() > LONGEST_AMOUNT
                    ? NO_AMOUNT
                    : Math.max(NO_AMOUNT, new BigDecimal(text).movePointRight(NANO).longValueExact());
        } catch (ArithmeticException | NumberFormatException _) {
            return NO_AMOUNT;
        }
    }
}
