package dev.penstock.ingress;

import dev.penstock.ingress.files.FileStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends bytes of a file, as fast as its client takes them: one piece is in memory. Reads on a virtual thread of its own,
 * which may block; only writing is done on the event loop.
 */
final class Download {
    private static final Logger LOG = LoggerFactory.getLogger(Download.class);
    private static final int PIECE = 64 * 1024;

    private final Context context;
    private final HttpServerResponse response;
    private final FileStore store;

    Download(Context context, HttpServerResponse response, FileStore store) {
        this.context = context;
        this.response = response;
        this.store = store;
    }

    /** Sends so many bytes from an offset on, and ends the response; its head is the caller's to have set. */
    void start(String id, long from, long length) {
        Thread.ofVirtual().name("penstock-download").start(() -> run(id, from, length));
    }

    private void run(String id, long from, long length) {
        try (InputStream in = store.open(id, from)) {
            long left = length;
            while (left > 0) {
                byte[] piece = in.readNBytes((int) Math.min(PIECE, left));
                if (piece.length == 0) {
                    throw new IOException("the file is shorter than it was");
                }
                left -= piece.length;
                write(Buffer.buffer(piece));
            }
            context.runOnContext(_ -> response.end());
        } catch (CompletionException _) {
            // the client has gone
        } catch (IOException e) {
            LOG.warn("a file cannot be read: {}", e.toString());
            context.runOnContext(_ -> response.reset());
        }
    }

    /** Returns when the socket has taken it. */
    private void write(Buffer piece) {
        Future.<Void>future(written -> context.runOnContext(_ -> {
            if (response.closed()) {
                written.fail("the client has gone");
            } else {
                response.write(piece).onComplete(written);
            }
        })).toCompletionStage().toCompletableFuture().join();
    }
}
