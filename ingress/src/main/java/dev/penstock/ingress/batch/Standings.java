package dev.penstock.ingress.batch;

import dev.penstock.schemas.bus.Standing.State;
import java.util.BitSet;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which lines of the batches that run here have been answered: what a worker has to know that is to call for a line and may
 * be the second to do so. A runner's thread writes it; any may ask, and need not wait for the runner, who may wait for
 * Kafka.
 */
final class Standings {
    private final Map<String, BitSet> answered = new ConcurrentHashMap<>();
    private volatile boolean reading;

    /** What came of a line is on the log. */
    void answered(String batchId, int line) {
        BitSet lines = answered.computeIfAbsent(batchId, _ -> new BitSet());
        synchronized (lines) {
            lines.set(line);
        }
    }

    /** The log is being read: what came of lines meanwhile is not known yet. */
    void reading() {
        reading = true;
    }

    boolean isReading() {
        return reading;
    }

    /** A batch is over, which all ingresses know. */
    void over(String batchId) {
        answered.remove(batchId);
    }

    /** All that is on the log of these batches has been read, and the others are not run here. */
    void known(Collection<String> batchIds) {
        reading = false;
        answered.keySet().retainAll(batchIds);
    }

    /** How the line stands that is sent as this request. */
    State of(String requestId) {
        if (isAnswered(requestId)) {
            return State.GONE;
        }
        return reading ? State.ANSWERING : State.WAITING;
    }

    private boolean isAnswered(String requestId) {
        BitSet lines = answered.get(BatchIds.batchOf(requestId));
        if (lines == null) {
            return false;
        }
        synchronized (lines) {
            return lines.get(BatchIds.lineOf(requestId));
        }
    }
}
