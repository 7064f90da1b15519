package dev.penstock.ingress;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Collects the body of a request up to a limit. A body that comes in one piece, as most do, is not copied. */
final class BodyReader {
    private final HttpServerRequest request;
    private final int limit;
    private @Nullable Buffer collected;
    private boolean tooLarge;

    BodyReader(HttpServerRequest request, int limit) {
        this.request = request;
        this.limit = limit;
    }

    /** Runs exactly one of the two, unless the client goes away first. What comes over the limit is thrown away. */
    void read(Consumer<Buffer> whole, Runnable overLimit) {
        request.handler(piece -> {
            if (tooLarge) {
                return;
            }
            if (length() + piece.length() > limit) {
                tooLarge = true;
                collected = null;
                overLimit.run();
            } else {
                collected = collected == null ? piece : collected.appendBuffer(piece);
            }
        });
        request.endHandler(_ -> {
            if (!tooLarge) {
                whole.accept(collected == null ? Buffer.buffer() : collected);
            }
        });
    }

    private int length() {
        return collected == null ? 0 : collected.length();
    }
}
