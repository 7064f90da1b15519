package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.FileForm;
import dev.penstock.ingress.admission.Page;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.StoredFile;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/files}, in OpenAI's shapes. Uploads go to the store as they come in and are never whole in memory. Lives on
 * one event loop.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/files">Files</a>
 */
final class FilesApi {
    private static final Logger LOG = LoggerFactory.getLogger(FilesApi.class);
    private static final int MOST_LISTED = 10_000;

    private final Vertx vertx;
    private final StoredFiles files;
    private final FileLimits limits;

    FilesApi(Vertx vertx, StoredFiles files, FileLimits limits) {
        this.vertx = vertx;
        this.files = files;
        this.limits = limits;
    }

    /** Takes a file in. */
    void upload(HttpServerRequest request, Caller caller) {
        String tenant = caller.tenant().name();
        long room = limits.tenant() - files.bytes(tenant);
        var upload = new Upload(vertx, files.store(), request, Math.min(room, limits.file()));
        upload.received().onSuccess(received -> {
            var fields = new HashMap<String, String>();
            request.formAttributes().forEach(field -> fields.put(field.getKey(), field.getValue()));
            switch (FileForm.read(fields, received.filename() != null)) {
                case FileForm.Result.Invalid(var error) -> refuse(upload, request.response(), error);
                case FileForm.Result.Valid(String purpose, Long seconds) -> {
                    long most = purpose.equals("batch") ? limits.batchInput() : limits.file();
                    if (received.tooLarge() || received.bytes() > most) {
                        refuse(upload, request.response(),
                                room < most ? Refusals.storageFull(limits.tenant()) : Refusals.fileTooLarge(most));
                        return;
                    }
                    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
                    var file = new StoredFile(newId(), tenant, String.valueOf(received.filename()), purpose,
                            received.bytes(), now, seconds == null ? null : now.plusSeconds(seconds));
                    files.add(file, received.scratch()).onSuccess(_ -> answer(request.response(), file))
                            .onFailure(cause -> fail(request.response(), cause));
                }
            }
        }).onFailure(cause -> {
            upload.discard();
            fail(request.response(), cause);
        });
    }

    static String newId() {
        return "file-" + UUID.randomUUID().toString().replace("-", "");
    }

    private static void refuse(Upload upload, HttpServerResponse response, ApiError error) {
        upload.discard();
        Responses.error(response, error);
    }

    /** Lists the tenant's files. */
    void list(HttpServerRequest request, Caller caller) {
        Page page = Page.of(Responses.parameters(request), MOST_LISTED, MOST_LISTED);
        if (page.error() != null) {
            Responses.error(request.response(), page.error());
            return;
        }
        String purpose = request.getParam("purpose");
        files.list(caller.tenant().name()).onSuccess(all -> {
            List<StoredFile> wanted = all.stream().filter(file -> purpose == null || file.getPurpose().equals(purpose))
                    .toList();
            Page.Slice<StoredFile> slice = page.slice(wanted, StoredFile::getFileId);
            Responses.json(request.response(), 200, Buffer.buffer(
                    FileJson.list(slice.items(), slice.hasMore())));
        }).onFailure(cause -> fail(request.response(), cause));
    }

    /** Tells of a file. */
    void get(HttpServerRequest request, Caller caller, String id) {
        withFile(request, caller, id, file -> answer(request.response(), file));
    }

    /** Deletes a file. */
    void delete(HttpServerRequest request, Caller caller, String id) {
        withFile(request, caller, id, file -> files.delete(file).onSuccess(
                _ -> Responses.json(request.response(), 200, Buffer.buffer(FileJson.deleted(id))))
                .onFailure(cause -> fail(request.response(), cause)));
    }

    /** Gives the bytes of a file, or of a range of it. */
    void content(HttpServerRequest request, Caller caller, String id) {
        withFile(request, caller, id, file -> {
            HttpServerResponse response = request.response();
            ByteRange range = ByteRange.of(request.getHeader("range"), file.getBytes());
            response.putHeader("accept-ranges", "bytes");
            if (range == null) {
                response.putHeader("content-range", "bytes */" + file.getBytes());
                Responses.error(response, Refusals.rangeNotSatisfiable());
                return;
            }
            if (range.isPart()) {
                response.setStatusCode(206).putHeader("content-range", range.header());
            }
            response.putHeader(HttpHeaders.CONTENT_TYPE, "application/octet-stream")
                    .putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(range.length()));
            new Download(vertx.getOrCreateContext(), response, files.store()).start(id, range.from(), range.length());
        });
    }

    private void withFile(HttpServerRequest request, Caller caller, String id, Consumer<StoredFile> use) {
        files.find(caller.tenant().name(), id).onSuccess(file -> {
            if (file == null) {
                Responses.error(request.response(), Refusals.noSuchObject("File", id));
            } else {
                use.accept(file);
            }
        }).onFailure(cause -> fail(request.response(), cause));
    }

    private static void answer(HttpServerResponse response, StoredFile file) {
        if (!response.closed()) {
            Responses.json(response, 200, Buffer.buffer(FileJson.file(file)));
        }
    }

    private static void fail(HttpServerResponse response, Throwable cause) {
        LOG.warn("a file cannot be stored or found: {}", cause.toString());
        Responses.error(response, Refusals.logUnavailable(1));
    }
}
