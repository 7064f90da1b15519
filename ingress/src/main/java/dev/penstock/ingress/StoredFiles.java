package dev.penstock.ingress;

import dev.penstock.ingress.files.FileStore;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.StoredFile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of all tenants: their bytes in a {@link FileStore}, what is known of them on the log. Shared by all
 * instances of an ingress; futures complete on the caller's context.
 */
final class StoredFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoredFiles.class);
    private static final long SWEEP_MS = 60_000;
    private static final Comparator<StoredFile> OLDEST_FIRST = Comparator.comparing(StoredFile::getCreatedAt)
            .thenComparing(StoredFile::getFileId);

    private final Vertx vertx;
    private final FileStore store;
    private final LogTable<StoredFile> table;
    private final long sweeper;

    StoredFiles(Vertx vertx, Map<String, String> kafka, Topics topics, FileStore store) {
        this.vertx = vertx;
        this.store = store;
        this.table = new LogTable<>(kafka, topics.files(), "penstock-ingress-files");
        this.sweeper = vertx.setPeriodic(SWEEP_MS, _ -> sweep(Instant.now()));
    }

    /** Completes, on any thread, when the files that there are now are known. */
    CompletionStage<Void> ready() {
        return table.upToDate();
    }

    FileStore store() {
        return store;
    }

    /** Keeps a file; completes when its bytes are safe and every ingress can know of it. */
    Future<StoredFile> add(StoredFile file, Path scratch) {
        return vertx.executeBlocking(() -> {
            store.put(file.getFileId(), scratch);
            return null;
        }, false).compose(_ -> here(table.put(file.getFileId(), file))).map(file);
    }

    /** A file of a tenant; null if it has none of this id. What another ingress has taken in is found too. */
    Future<@Nullable StoredFile> find(String tenant, String id) {
        StoredFile known = owned(tenant, id);
        return known != null
                ? Future.succeededFuture(known)
                : here(table.upToDate()).map(_ -> owned(tenant, id));
    }

    /** A tenant's files, the oldest first. */
    Future<List<StoredFile>> list(String tenant) {
        return here(table.upToDate()).map(_ -> of(tenant).sorted(OLDEST_FIRST).toList());
    }

    /** How many bytes a tenant's files have. */
    long bytes(String tenant) {
        return of(tenant).mapToLong(StoredFile::getBytes).sum();
    }

    /** Forgets a file, its bytes last: a file that is known can be read. */
    Future<Void> delete(StoredFile file) {
        return here(table.remove(file.getFileId())).compose(_ -> vertx.executeBlocking(() -> {
            store.delete(file.getFileId());
            return null;
        }, false));
    }

    @Override
    public void close() {
        vertx.cancelTimer(sweeper);
        table.close();
        store.close();
    }

    /** Every ingress does it, which does no harm: a file can be deleted more than once. */
    private void sweep(Instant now) {
        table.values().filter(file -> isExpired(file, now)).toList().forEach(file -> delete(file)
                .onFailure(cause -> LOG.warn("an expired file cannot be deleted, trying again: {}", cause.toString())));
    }

    private Stream<StoredFile> of(String tenant) {
        Instant now = Instant.now();
        return table.values().filter(file -> file.getTenant().equals(tenant) && !isExpired(file, now));
    }

    private @Nullable StoredFile owned(String tenant, String id) {
        StoredFile file = table.get(id);
        return file == null || !file.getTenant().equals(tenant) || isExpired(file, Instant.now()) ? null : file;
    }

    private static boolean isExpired(StoredFile file, Instant now) {
        return file.getExpiresAt() != null && !now.isBefore(file.getExpiresAt());
    }

    private <T> Future<T> here(CompletionStage<T> stage) {
        Context context = vertx.getOrCreateContext();
        return Future.fromCompletionStage(stage, context);
    }
}
