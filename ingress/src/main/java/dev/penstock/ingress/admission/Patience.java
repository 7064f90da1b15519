package dev.penstock.ingress.admission;

import dev.penstock.schemas.bus.ApiError;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How long a caller says that it will wait. Pure. */
public final class Patience {
    /** Penstock's own header, in milliseconds; for any request. */
    public static final String OWN = "x-penstock-deadline-ms";
    /** What OpenAI's SDKs send of themselves: their timeout, in seconds. That of a stream is for its head only. */
    public static final String SDK = "x-stainless-timeout";

    private Patience() {}

    /** A time to wait, or what is wrong with the header. */
    public sealed interface Result {
        /** Never more than the settings allow. */
        record Known(Duration patience) implements Result {}

        /** The header is no time. */
        record Invalid(ApiError error) implements Result {}
    }

    /**
     * Reads the two headers.
     *
     * @param own the value of {@link #OWN}, or null
     * @param sdk the value of {@link #SDK}, or null; one that makes no sense is passed over, since nobody wrote it by hand
     * @param most what the settings allow
     */
    public static Result read(@Nullable String own, @Nullable String sdk, boolean stream, Duration most) {
        if (own != null) {
            return own.matches("0*[1-9]\\d{0,8}")
                    ? new Result.Known(shorter(Duration.ofMillis(Long.parseLong(own)), most))
                    : new Result.Invalid(Refusals.invalidParameter(OWN, "must be a positive number of milliseconds"));
        }
        boolean said = !stream && sdk != null && sdk.matches("\\d{1,9}(\\.\\d{1,9})?");
        Duration patience = said ? Duration.ofMillis((long) (Double.parseDouble(sdk) * 1_000)) : most;
        return new Result.Known(patience.isPositive() ? shorter(patience, most) : most);
    }

    /**
     * How long a caller waits at most, whatever its request is; what is wrong with the header is told when the request is
     * read.
     */
    public static Duration atMost(@Nullable String own, Duration most) {
        return read(own, null, true, most) instanceof Result.Known(var patience) ? patience : most;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
