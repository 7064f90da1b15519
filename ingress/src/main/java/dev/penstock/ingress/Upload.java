package dev.penstock.ingress;

import dev.penstock.ingress.files.FileStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The form of an upload: its field {@code file} goes to a scratch file of the store as it comes, as fast as the disk
 * takes it; what comes over the limit is thrown away. Lives on the event loop of its request.
 */
final class Upload {
    private static final String FIELD = "file";

    /**
     * A form that has come in whole.
     *
     * @param filename as the caller calls it, or null if there was no file in the form
     * @param scratch what there is of it
     */
    record Received(@Nullable String filename, long bytes, boolean tooLarge, Path scratch) {}

    private final Vertx vertx;
    private final FileStore store;
    private final long limit;
    private final Promise<Void> ended = Promise.promise();
    private Future<Void> written = Future.succeededFuture();
    private @Nullable String filename;
    private @Nullable Path scratch;
    private long bytes;

    /** To be made before the request's body is read. */
    Upload(Vertx vertx, FileStore store, HttpServerRequest request, long limit) {
        this.vertx = vertx;
        this.store = store;
        this.limit = limit;
        request.setExpectMultipart(true);
        request.uploadHandler(this::take);
        request.endHandler(_ -> ended.tryComplete());
        request.exceptionHandler(ended::tryFail);
    }

    /** Completes when the whole form is there, or what is there is none; fails when the disk does not take it. */
    Future<Received> received() {
        return ended.future().otherwiseEmpty().compose(_ -> written)
                .map(_ -> new Received(filename, bytes, bytes > limit,
                        filename == null ? Path.of("") : Objects.requireNonNull(scratch)));
    }

    /** Throws away what was written. */
    void discard() {
        if (scratch != null) {
            Path path = scratch;
            vertx.executeBlocking(() -> Files.deleteIfExists(path), false);
        }
    }

    private void take(HttpServerFileUpload part) {
        if (!part.name().equals(FIELD) || filename != null) {
            part.handler(_ -> {}); // another field's file is nobody's
            return;
        }
        filename = part.filename();
        part.pause();
        written = vertx.executeBlocking(store::scratch, false).compose(path -> {
            scratch = path;
            return vertx.fileSystem().open(path.toString(), new OpenOptions().setWrite(true));
        }).compose(file -> write(part, file));
    }

    private Future<Void> write(HttpServerFileUpload part, AsyncFile file) {
        Promise<Void> whole = Promise.promise();
        part.exceptionHandler(whole::tryFail);
        part.handler(piece -> {
            bytes += piece.length();
            if (bytes <= limit) {
                write(part, file, piece);
            }
        });
        part.endHandler(_ -> whole.tryComplete());
        part.resume();
        return whole.future().eventually(file::close);
    }

    private static void write(HttpServerFileUpload part, AsyncFile file, Buffer piece) {
        file.write(piece);
        if (file.writeQueueFull()) {
            part.pause();
            file.drainHandler(_ -> part.resume());
        }
    }
}
