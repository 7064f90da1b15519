package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shapes of values that hold no others. */
sealed interface Scalar extends Shape {
    /** What is wrong with the current value, or null. */
    @Nullable
    ApiError check(Copier copier) throws IOException;

    @Override
    default @Nullable ApiError copy(Copier copier) throws IOException {
        ApiError error = check(copier);
        if (error == null) {
            copier.keep();
        }
        return error;
    }

    /** A string; decoded only if its length is limited. */
    record Text(int min, int max) implements Scalar {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.VALUE_STRING;
        }

        @Override
        public String noun() {
            return "string";
        }

        @Override
        public @Nullable ApiError check(Copier copier) throws IOException {
            if (min == 0 && max == Integer.MAX_VALUE) {
                return null;
            }
            String text = copier.parser().getText();
            int length = text.codePointCount(0, text.length());
            return length < min || length > max ? Violations.textLength(copier.path(), length, min, max) : null;
        }
    }

    /** One of some strings. */
    record Choice(List<String> values) implements Scalar {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.VALUE_STRING;
        }

        @Override
        public String noun() {
            return "string";
        }

        @Override
        public @Nullable ApiError check(Copier copier) throws IOException {
            String text = copier.parser().getText();
            return values.contains(text) ? null : Violations.choice(copier.path(), text, values);
        }
    }

    /** True or false. */
    record Bool() implements Scalar {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.VALUE_TRUE || first == JsonToken.VALUE_FALSE;
        }

        @Override
        public String noun() {
            return "boolean";
        }

        @Override
        public @Nullable ApiError check(Copier copier) {
            return null;
        }
    }

    /** A number without point and exponent, of 64 bits. */
    record Int(long min, long max) implements Scalar {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.VALUE_NUMBER_INT;
        }

        @Override
        public String noun() {
            return "integer";
        }

        @Override
        public @Nullable ApiError check(Copier copier) throws IOException {
            JsonParser value = copier.parser();
            if (value.getNumberType() == NumberType.BIG_INTEGER) {
                String text = value.getText();
                return text.startsWith("-")
                        ? Violations.below(copier.path(), noun(), min, text)
                        : Violations.above(copier.path(), noun(), max, text);
            }
            long number = value.getLongValue();
            if (number < min) {
                return Violations.below(copier.path(), noun(), min, value.getText());
            }
            return number > max ? Violations.above(copier.path(), noun(), max, value.getText()) : null;
        }
    }

    /** Any number. The bounds are long since none that OpenAI sets is a fraction; at a long's ends there is none. */
    record Decimal(long min, long max) implements Scalar {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.VALUE_NUMBER_INT || first == JsonToken.VALUE_NUMBER_FLOAT;
        }

        @Override
        public String noun() {
            return "decimal";
        }

        @Override
        public @Nullable ApiError check(Copier copier) throws IOException {
            double value = copier.parser().getDoubleValue();
            if (min != Long.MIN_VALUE && value < min) {
                return Violations.below(copier.path(), noun(), min, copier.parser().getText());
            }
            return max != Long.MAX_VALUE && value > max
                    ? Violations.above(copier.path(), noun(), max, copier.parser().getText())
                    : null;
        }
    }
}
