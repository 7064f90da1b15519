package dev.penstock.ingress;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchError;
import dev.penstock.schemas.event.BatchStatus;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** OpenAI's Batch object, and lists of it. */
final class BatchJson {
    private BatchJson() {}

    static byte[] batch(Batch batch) {
        return Responses.written(json -> write(json, batch));
    }

    static byte[] list(List<Batch> batches, boolean hasMore) {
        return Responses.written(json -> ListJson.write(json, batches, Batch::getBatchId, hasMore, BatchJson::write));
    }

    private static void write(JsonGenerator json, Batch batch) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", batch.getBatchId());
        json.writeStringField("object", "batch");
        json.writeStringField("endpoint", batch.getEndpoint());
        if (batch.getModel() != null) {
            json.writeStringField("model", batch.getModel());
        }
        errors(json, batch.getErrors());
        json.writeStringField("input_file_id", batch.getInputFileId());
        json.writeStringField("completion_window", batch.getCompletionWindow());
        json.writeStringField("status", batch.getStatus().name().toLowerCase(Locale.ROOT));
        json.writeStringField("output_file_id", batch.getOutputFileId());
        json.writeStringField("error_file_id", batch.getErrorFileId());
        time(json, "created_at", batch.getCreatedAt());
        time(json, "in_progress_at", batch.getInProgressAt());
        time(json, "expires_at", batch.getExpiresAt());
        time(json, "finalizing_at", batch.getFinalizingAt());
        time(json, "completed_at", endedAs(batch, BatchStatus.COMPLETED));
        time(json, "failed_at", endedAs(batch, BatchStatus.FAILED));
        time(json, "expired_at", endedAs(batch, BatchStatus.EXPIRED));
        time(json, "cancelling_at", batch.getCancellingAt());
        time(json, "cancelled_at", endedAs(batch, BatchStatus.CANCELLED));
        json.writeObjectFieldStart("request_counts");
        json.writeNumberField("total", batch.getTotal());
        json.writeNumberField("completed", batch.getCompleted());
        json.writeNumberField("failed", batch.getFailed());
        json.writeEndObject();
        usage(json, batch);
        json.writeObjectFieldStart("metadata");
        for (Map.Entry<String, String> pair : batch.getMetadata().entrySet()) {
            json.writeStringField(pair.getKey(), pair.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void errors(JsonGenerator json, List<BatchError> errors) throws IOException {
        if (errors.isEmpty()) {
            json.writeNullField("errors");
            return;
        }
        json.writeObjectFieldStart("errors");
        json.writeStringField("object", "list");
        json.writeArrayFieldStart("data");
        for (BatchError error : errors) {
            json.writeStartObject();
            json.writeStringField("code", error.getCode());
            json.writeStringField("message", error.getMessage());
            json.writeStringField("param", error.getParam());
            json.writeFieldName("line");
            if (error.getLine() == null) {
                json.writeNull();
            } else {
                json.writeNumber(error.getLine());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** The cost is an extension, as in the usage of an answer. */
    private static void usage(JsonGenerator json, Batch batch) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("input_tokens", batch.getInputTokens());
        json.writeObjectFieldStart("input_tokens_details");
        json.writeNumberField("cached_tokens", batch.getCachedTokens());
        json.writeEndObject();
        json.writeNumberField("output_tokens", batch.getOutputTokens());
        json.writeObjectFieldStart("output_tokens_details");
        json.writeNumberField("reasoning_tokens", batch.getReasoningTokens());
        json.writeEndObject();
        json.writeNumberField("total_tokens", batch.getInputTokens() + batch.getOutputTokens());
        json.writeNumberField("cost", BigDecimal.valueOf(batch.getCostNanoUsd(), 9).stripTrailingZeros());
        json.writeEndObject();
    }

    private static @Nullable Instant endedAs(Batch batch, BatchStatus end) {
        return batch.getStatus() == end ? batch.getEndedAt() : null;
    }

    private static void time(JsonGenerator json, String field, @Nullable Instant time) throws IOException {
        if (time == null) {
            json.writeNullField(field);
        } else {
            json.writeNumberField(field, time.getEpochSecond());
        }
    }
}
