package dev.penstock.ingress.idempotency;

import dev.penstock.schemas.event.IdempotencyClaim;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which the records of a key follow each other. Every reader of the log comes to the same: nothing is
 * looked at but the records, in the log's order.
 *
 * <p>A claim compares and sets: it names the request that it believes to have the key, and counts only if that is so. Of
 * several at once the first on the log wins, and each of the others finds itself without the key when it reads its own
 * record back. The same rule lets a request that failed free its key, and nobody else.
 *
 * <p>A provider is called for a second time only where the first call's end is on no log, since its dispatcher was killed
 * with it: by the dispatcher that inherits the request, or after its deadline by whoever comes with the key again. The
 * ledger has both attempts, if an account of theirs has a cap.
 */
public final class Claims {
    /** How long an answer is given again. */
    public static final Duration LIFE = Duration.ofHours(24);
    /** How much longer than its deadline a request may take to be heard of no more, clocks that differ taken in. */
    private static final Duration MARGIN = Duration.ofSeconds(15);

    private Claims() {}

    /** Which of two counts: the one that counted until now, which may be null, or the next on the log. */
    public static IdempotencyClaim fold(@Nullable IdempotencyClaim current, IdempotencyClaim news) {
        if (current == null || isExpired(current, news.getAt())) {
            return news;
        }
        // What is answered is so for good, whatever a second copy of the request comes to.
        return !current.getAnswered() && Objects.equals(current.getRequestId(), news.getReplaces()) ? news : current;
    }

    /** Whether a key was answered so long ago that it may be used anew. */
    public static boolean isExpired(IdempotencyClaim claim, Instant now) {
        return !now.isBefore(claim.getAt().plus(LIFE));
    }

    /** The request that has the key; null if it is free. */
    public static @Nullable String holder(@Nullable IdempotencyClaim claim, Instant now) {
        return claim == null || isExpired(claim, now) ? null : claim.getRequestId();
    }

    /** Whether who has the key will not be answered any more, if it has not been. */
    public static boolean isLapsed(IdempotencyClaim claim, Instant now) {
        return !claim.getAnswered() && now.isAfter(claim.getDeadline().plus(MARGIN));
    }

    /** Whether somebody has the key who is still to be answered, or has been: then nobody else may claim it. */
    public static boolean isHeld(@Nullable IdempotencyClaim claim, Instant now) {
        return claim != null && holder(claim, now) != null && !isLapsed(claim, now);
    }

    /** The claim of a new request, for a key of which this is known. */
    public static IdempotencyClaim of(String requestId, byte[] fingerprint, @Nullable IdempotencyClaim known,
            Instant now, Instant deadline) {
        return IdempotencyClaim.newBuilder().setRequestId(requestId).setFingerprint(ByteBuffer.wrap(fingerprint))
                .setReplaces(holder(known, now)).setAt(now).setDeadline(deadline).build();
    }

    /** Whether a request is the one that the key was claimed for, made again. */
    public static boolean isSame(IdempotencyClaim claim, byte[] fingerprint) {
        return claim.getFingerprint().equals(ByteBuffer.wrap(fingerprint));
    }
}
