package dev.penstock.ingress.batch;

import dev.penstock.schemas.event.BatchLine;
import java.util.UUID;

/** The ids of batches, their requests and their files; those of the latter two follow from the batch's. */
public final class BatchIds {
    private static final String BATCH = "batch_";
    private static final String REQUEST = "batch_req_";

    private BatchIds() {}

    /** A new one. */
    public static String newBatch() {
        return BATCH + UUID.randomUUID().toString().replace("-", "");
    }

    /** The request that a line is sent as: always the same, so that nothing of it can count twice. */
    public static String request(BatchLine line) {
        return REQUEST + line.getBatchId().substring(BATCH.length()) + "_" + line.getNumber();
    }

    /** The batch that a request is a line of; empty if it is none. */
    public static String batchOf(String requestId) {
        return requestId.startsWith(REQUEST)
                ? BATCH + requestId.substring(REQUEST.length(), requestId.lastIndexOf('_'))
                : "";
    }

    /** The number of the line that a request is; only of a line. */
    static int lineOf(String requestId) {
        return Integer.parseInt(requestId.substring(requestId.lastIndexOf('_') + 1));
    }

    static String outputFile(String batchId) {
        return "file-" + batchId.substring(BATCH.length()) + "out";
    }

    static String errorFile(String batchId) {
        return "file-" + batchId.substring(BATCH.length()) + "err";
    }
}
