package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What {@code GET /stats} tells; counted on all event loops. */
final class Stats {
    final LongAdder requests = new LongAdder();
    final AtomicLong open = new AtomicLong();
    final AtomicLong mostOpen = new AtomicLong();
    final LongAdder streamsCompleted = new LongAdder();
    /** Streams that the peer closed before their end. */
    final LongAdder streamsAborted = new LongAdder();
    /** Of the requests that were answered or begun to be. */
    final LongAdder promptTokens = new LongAdder();
    final LongAdder tokens = new LongAdder();
    /** Signatures of thoughts that came back as they were given. */
    final LongAdder signatures = new LongAdder();
    /** Batches that were taken in, and their lines that were executed. */
    final LongAdder batches = new LongAdder();
    final LongAdder batchLines = new LongAdder();

    void opened() {
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
    }

    ObjectNode json() {
        return JsonNodeFactory.instance.objectNode().put("requests", requests.sum()).put("open", open.get())
                .put("most_open", mostOpen.get())
                .put("streams_completed", streamsCompleted.sum()).put("streams_aborted", streamsAborted.sum())
                .put("prompt_tokens", promptTokens.sum()).put("tokens", tokens.sum())
                .put("signatures", signatures.sum()).put("batches", batches.sum())
                .put("batch_lines", batchLines.sum());
    }
}
