package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** An answer whose status says that there is none. The status counts even if the rest of it is lost. */
final class ErrorAnswer implements Answer {
    private static final int MAX_BYTES = 64 * 1024;

    private final Dialect dialect;
    private final int status;
    private final ResponseHeaders headers;
    private final Tally tally;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    ErrorAnswer(Dialect dialect, int status, ResponseHeaders headers, Tally tally) {
        this.dialect = dialect;
        this.status = status;
        this.headers = headers;
        this.tally = tally;
    }

    @Override
    public @Nullable Outcome feed(byte[] bytes) {
        body.writeBytes(bytes);
        return body.size() > MAX_BYTES ? end() : null;
    }

    @Override
    public Outcome end() {
        return Outcome.unanswered(dialect.error(status, headers, body.toByteArray()));
    }

    @Override
    public Outcome cut(ApiError why) {
        return end();
    }

    @Override
    public Consumption consumption() {
        return tally.before();
    }
}
