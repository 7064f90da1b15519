package dev.penstock.ingress.batch;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.RequestEnvelope;
import java.util.function.Consumer;

/** Takes lines of batches on, as any other request is. Confined to the runner's thread. */
public interface LineAdmission {
    /** What is to become of a line. */
    sealed interface Decision {
        /** To be fed; what it can cost at most is in its line. */
        record Admitted(RequestEnvelope envelope) implements Decision {}

        /** It is at fault, and nothing was spent. */
        record Refused(ApiError error) implements Decision {}

        /** Nothing is wrong with it, but not now: the budget of its account is used up, or the ledger is silent. */
        record NotNow() implements Decision {}
    }

    /** Decides, before it returns or later on the runner's thread. */
    void admit(Batch batch, BatchLine line, byte[] body, Consumer<Decision> decided);

    /** A line has used up so much of its hold, in nano-US-dollars. */
    void settle(String requestId, long used);

    /** Gives back what is not needed; nothing is called afterwards. */
    void close();
}
