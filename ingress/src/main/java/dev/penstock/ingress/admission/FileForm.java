package dev.penstock.ingress.admission;

import dev.penstock.schemas.bus.ApiError;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the fields of {@code POST /v1/files} besides the file itself. Pure. */
public final class FileForm {
    private static final List<String> PURPOSES = List.of("assistants", "batch", "fine-tune", "vision", "user_data",
            "evals");
    private static final long DAY = 86_400;

    /** What a form came to. */
    public sealed interface Result {
        /** {@code seconds}: how long the file is kept, or null for as long as nobody deletes it. */
        record Valid(String purpose, @Nullable Long seconds) implements Result {}

        /** None. */
        record Invalid(ApiError error) implements Result {}
    }

    private FileForm() {}

    /** Files for batches are kept for 30 days unless the form says otherwise, as OpenAI does it. */
    public static Result read(Map<String, String> fields, boolean file) {
        String purpose = fields.get("purpose");
        String anchor = fields.get("expires_after[anchor]");
        String seconds = fields.get("expires_after[seconds]");
        if (!file) {
            return new Result.Invalid(Violations.missing("", "file"));
        }
        if (purpose == null) {
            return new Result.Invalid(Violations.missing("", "purpose"));
        }
        if (!PURPOSES.contains(purpose)) {
            return new Result.Invalid(Violations.choice("purpose", purpose, PURPOSES));
        }
        if (anchor == null && seconds == null) {
            return new Result.Valid(purpose, purpose.equals("batch") ? 30 * DAY : null);
        }
        return switch (Expiry.read(anchor, seconds, "expires_after")) {
            case Expiry.Result.Valid(long after) -> new Result.Valid(purpose, after);
            case Expiry.Result.Invalid(var error) -> new Result.Invalid(error);
        };
    }
}
