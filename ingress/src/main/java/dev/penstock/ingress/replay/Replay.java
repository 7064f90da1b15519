package dev.penstock.ingress.replay;

import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.ResponseHead;
import dev.penstock.schemas.event.ResponsePart;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is kept, as far as its parts have been read in the order of the log. Its events are numbered from 0
 * through all attempts. The first end counts; of several attempts the one that began last speaks, and if one before has
 * been heard an event says that the answer begins anew. Confined to one thread.
 */
public final class Replay {
    /** What is late by so much does not come. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private @Nullable ResponsePart first;
    private @Nullable ResponsePart begun;
    private @Nullable ResponsePart end;
    private boolean deleted;
    private int attempts;
    private int saidBefore;
    private int said;

    /**
     * A server-sent event.
     *
     * @param number also its {@code id}
     */
    @SuppressWarnings("ArrayRecordComponent") // the bytes are passed on, never compared
    public record Event(int number, byte[] bytes) {}

    /** How far an answer is; in OpenAI's words. */
    public enum Status {
        QUEUED, IN_PROGRESS, COMPLETED, FAILED, CANCELLED
    }

    /** Takes in the next part; returns the events that it brings. */
    public List<Event> accept(ResponsePart part) {
        if (part.getKind() == PartKind.HEAD) {
            first = first == null ? part : first;
        } else if (part.getKind() == PartKind.DELETED) {
            deleted = true;
        } else if (first != null && end == null) {
            return told(part, first);
        }
        return List.of();
    }

    private List<Event> told(ResponsePart part, ResponsePart head) {
        return switch (part.getKind()) {
            case BEGUN -> {
                boolean anew = said > saidBefore;
                begun = part;
                attempts++;
                if (!anew) {
                    yield List.of();
                }
                var event = Numbering.anew(head, said++, attempts);
                saidBefore = said;
                yield List.of(event);
            }
            case EVENTS -> isSpeaking(part) ? events(part, head) : List.of();
            case DONE -> {
                if (!isSpeaking(part)) {
                    yield List.of();
                }
                end = part;
                yield events(part, head);
            }
            case FAILED, CANCELLED -> {
                if (part.getAttemptId().isEmpty() || isSpeaking(part)) {
                    end = part;
                }
                yield List.of();
            }
            case HEAD, DELETED -> List.of();
        };
    }

    private boolean isSpeaking(ResponsePart part) {
        return begun != null && begun.getAttemptId().equals(part.getAttemptId());
    }

    private List<Event> events(ResponsePart part, ResponsePart head) {
        var events = new ArrayList<Event>();
        ByteBuffer data = part.getData().duplicate();
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        int from = 0;
        for (int i = 1; i < bytes.length; i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\n') {
                boolean renumber = saidBefore > 0 && isNumbered(head);
                events.add(Numbering.event(said++, bytes, from, i + 1, renumber));
                from = i + 1;
            }
        }
        return events;
    }

    private static boolean isNumbered(ResponsePart part) {
        return head(part).getFormat() == Format.RESPONSES;
    }

    private static ResponseHead head(ResponsePart first) {
        return Objects.requireNonNull(first.getHead(), "the ingress writes it");
    }

    /** Whether there is such an answer, and it is this tenant's. */
    public boolean isOf(String tenant) {
        return first != null && !deleted && first.getTenant().equals(tenant);
    }

    /** What was asked for; only of an answer that there is. */
    public ResponsePart first() {
        return Objects.requireNonNull(first, "there is such an answer");
    }

    /** See {@link #first}. */
    public ResponseHead head() {
        return head(first());
    }

    /** The start of the attempt that speaks, or null as long as there is none. */
    public @Nullable ResponsePart begun() {
        return begun;
    }

    /** How it ended, or null as long as it has not. */
    public @Nullable ResponsePart end() {
        return end;
    }

    /** Whether it has come to something that was paid for: all of an answer, or one that broke off after it had begun. */
    public boolean isAnswered() {
        return end != null && (end.getKind() == PartKind.DONE || end.getBroken());
    }

    /** The number of the event to come. */
    public int next() {
        return said;
    }

    /** Whether its time is over although nothing has ended it. */
    public boolean isLost(Instant now) {
        return end == null && now.isAfter(head().getDeadline().plus(GRACE));
    }

    /** How far it is. */
    public Status status(Instant now) {
        if (end == null) {
            return isLost(now) ? Status.FAILED : begun == null ? Status.QUEUED : Status.IN_PROGRESS;
        }
        return switch (end.getKind()) {
            case DONE -> Status.COMPLETED;
            case CANCELLED -> Status.CANCELLED;
            case FAILED, HEAD, BEGUN, EVENTS, DELETED -> Status.FAILED;
        };
    }
}
