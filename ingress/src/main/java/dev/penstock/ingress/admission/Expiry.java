package dev.penstock.ingress.admission;

import dev.penstock.schemas.bus.ApiError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** OpenAI's {@code expires_after}: seconds from the making of a file. Pure. */
final class Expiry {
    private static final long LEAST = 3_600;
    private static final long MOST = 2_592_000;

    sealed interface Result {
        record Valid(long seconds) implements Result {}

        record Invalid(ApiError error) implements Result {}
    }

    private Expiry() {}

    static Result read(@Nullable String anchor, @Nullable String seconds, String path) {
        if (anchor == null) {
            return new Result.Invalid(Violations.missing(path, "anchor"));
        }
        if (!anchor.equals("created_at")) {
            return new Result.Invalid(Violations.choice(path + ".anchor", anchor, List.of("created_at")));
        }
        if (seconds == null) {
            return new Result.Invalid(Violations.missing(path, "seconds"));
        }
        if (!seconds.matches("\\d{1,12}") || Long.parseLong(seconds) < LEAST) {
            return new Result.Invalid(Violations.below(path + ".seconds", "integer", LEAST, seconds));
        }
        long number = Long.parseLong(seconds);
        return number > MOST
                ? new Result.Invalid(Violations.above(path + ".seconds", "integer", MOST, seconds))
                : new Result.Valid(number);
    }
}
