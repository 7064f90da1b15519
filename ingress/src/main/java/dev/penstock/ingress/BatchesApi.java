package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.Repeats.Keyed;
import dev.penstock.ingress.admission.BatchBody;
import dev.penstock.ingress.admission.Page;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.batch.BatchIds;
import dev.penstock.ingress.format.Speech;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchStatus;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/batches}, in OpenAI's shapes: makes jobs, tells of them and wishes them cancelled; what they do is the
 * runners' business. Lives on one event loop.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch">Batch</a>
 */
final class BatchesApi {
    private static final List<String> ENDPOINTS = BatchAdmission.ENDPOINTS.keySet().stream().sorted().toList();
    private static final Logger LOG = LoggerFactory.getLogger(BatchesApi.class);
    private static final int MAX_BODY = 64 * 1024;
    private static final int USUALLY_LISTED = 20;
    private static final int MOST_LISTED = 100;
    /** How long a repeated request waits for the first one. */
    private static final Duration REPEAT = Duration.ofSeconds(30);
    /** Longer than the log may take to have a job that was sent to it. */
    private static final Duration MAKING = Duration.ofMinutes(3);
    private static final Duration WINDOW = Duration.ofHours(24);

    private final Batches batches;
    private final StoredFiles files;
    private final Repeats repeats;

    BatchesApi(Batches batches, StoredFiles files, Repeats repeats) {
        this.batches = batches;
        this.files = files;
        this.repeats = repeats;
    }

    /** Makes a job of a file that the caller has uploaded. */
    void create(HttpServerRequest request, Caller caller) {
        new BodyReader(request, MAX_BODY).read(body -> {
            switch (BatchBody.read(body.getBytes(), ENDPOINTS)) {
                case BatchBody.Result.Invalid(var error) -> Responses.error(request.response(), error);
                case BatchBody.Result.Valid valid -> repeats.begin(request, "BATCHES", body, caller, Speech.OPENAI,
                        REPEAT, past(request, caller), keyed -> answer(request, make(request, caller, valid, keyed)));
            }
        }, () -> Responses.error(request.response(), Refusals.bodyTooLarge(MAX_BODY)));
    }

    private Repeats.Past past(HttpServerRequest request, Caller caller) {
        return new Repeats.Past() {
            @Override
            public void replay(String id) {
                withBatch(request, caller, id, batch -> show(request.response(), asMade(batch)));
            }

            @Override
            public void whether(String id, Consumer<Boolean> answered) {
                answer(request, batches.find(caller.tenant().name(), id)
                        .onSuccess(batch -> answered.accept(batch != null)));
            }

            @Override
            public boolean isStream() {
                return false;
            }
        };
    }

    private Future<?> make(HttpServerRequest request, Caller caller, BatchBody.Result.Valid wanted,
            @Nullable Keyed keyed) {
        return files.find(caller.tenant().name(), wanted.inputFileId()).compose(file -> {
            if (file == null) {
                Responses.error(request.response(), Refusals.noSuchObject("File", wanted.inputFileId()));
                return Future.succeededFuture();
            }
            if (!file.getPurpose().equals("batch")) {
                Responses.error(request.response(), Refusals.invalidParameter("input_file_id",
                        "must be a file with the purpose 'batch'"));
                return Future.succeededFuture();
            }
            Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
            Batch batch = Batch.newBuilder().setBatchId(BatchIds.newBatch()).setTenant(caller.tenant().name())
                    .setKeyId(caller.keyId()).setEndpoint(wanted.endpoint()).setInputFileId(wanted.inputFileId())
                    .setCompletionWindow(wanted.completionWindow()).setMetadata(wanted.metadata())
                    .setOutputExpiresAfter(wanted.outputExpiresAfter()).setBudgetNanoUsd(wanted.budgetNanoUsd())
                    .setStatus(BatchStatus.VALIDATING).setCreatedAt(now).setExpiresAt(now.plus(WINDOW)).build();
            if (keyed == null) {
                return batches.add(batch).onSuccess(_ -> show(request.response(), batch));
            }
            repeats.claim(keyed, batch.getBatchId(), now.plus(MAKING), () -> answer(request, batches.add(batch)
                    .compose(_ -> repeats.answered(keyed, batch.getBatchId()))
                    .onSuccess(_ -> show(request.response(), batch))), () -> {},
                    () -> answer(request, make(request, caller, wanted, keyed)));
            return Future.succeededFuture();
        });
    }

    /** A job as it was when it was made. */
    private static Batch asMade(Batch batch) {
        return Batch.newBuilder().setBatchId(batch.getBatchId()).setTenant(batch.getTenant())
                .setKeyId(batch.getKeyId()).setEndpoint(batch.getEndpoint()).setInputFileId(batch.getInputFileId())
                .setCompletionWindow(batch.getCompletionWindow()).setMetadata(batch.getMetadata())
                .setOutputExpiresAfter(batch.getOutputExpiresAfter()).setBudgetNanoUsd(batch.getBudgetNanoUsd())
                .setStatus(BatchStatus.VALIDATING).setCreatedAt(batch.getCreatedAt())
                .setExpiresAt(batch.getExpiresAt()).build();
    }

    /** Lists the tenant's jobs, the newest first. */
    void list(HttpServerRequest request, Caller caller) {
        Page page = Page.of(Responses.parameters(request), USUALLY_LISTED, MOST_LISTED);
        if (page.error() != null) {
            Responses.error(request.response(), page.error());
            return;
        }
        answer(request, batches.list(caller.tenant().name()).onSuccess(all -> {
            Page.Slice<Batch> slice = page.slice(all, Batch::getBatchId);
            Responses.json(request.response(), 200, Buffer.buffer(BatchJson.list(slice.items(), slice.hasMore())));
        }));
    }

    /** Tells how far a job has come. */
    void get(HttpServerRequest request, Caller caller, String id) {
        withBatch(request, caller, id, batch -> show(request.response(), batch));
    }

    /** Wishes a job cancelled; what it has is in its files some seconds later. */
    void cancel(HttpServerRequest request, Caller caller, String id) {
        withBatch(request, caller, id, batch -> {
            switch (batch.getStatus()) {
                case VALIDATING, IN_PROGRESS -> {
                    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
                    answer(request, batches.cancel(id, now)
                            .onSuccess(_ -> show(request.response(), Batches.cancelling(batch, now))));
                }
                case CANCELLING, CANCELLED -> show(request.response(), batch);
                case COMPLETED, FAILED, EXPIRED, FINALIZING -> Responses.error(request.response(),
                        Refusals.cannotCancel(batch.getStatus().name()));
            }
        });
    }

    private void withBatch(HttpServerRequest request, Caller caller, String id, Consumer<Batch> use) {
        answer(request, batches.find(caller.tenant().name(), id).onSuccess(batch -> {
            if (batch == null) {
                Responses.error(request.response(), Refusals.noSuchObject("Batch", id));
            } else {
                use.accept(batch);
            }
        }));
    }

    private static void show(HttpServerResponse response, Batch batch) {
        if (!response.closed()) {
            Responses.json(response, 200, Buffer.buffer(BatchJson.batch(batch)));
        }
    }

    /** Answers with an error where what the answer depends on fails. */
    private static void answer(HttpServerRequest request, Future<?> what) {
        what.onFailure(cause -> {
            LOG.warn("a batch cannot be written or found: {}", cause.toString());
            Responses.error(request.response(), Refusals.logUnavailable(1));
        });
    }
}
