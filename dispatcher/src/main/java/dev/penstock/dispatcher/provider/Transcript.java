package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the caller is told of a streamed answer, as long as another provider could go on with it. Text can be gone
 * on with; so can an answer of which only reasoning was told, in an API that has a place for the two beside each other.
 * Nothing else can: calls of tools, refusals, annotations, images, several choices. Confined to one thread.
 */
final class Transcript {
    /** An answer that is longer ends where it breaks off, so that memory and records stay bounded. */
    private static final int MOST = 256 * 1024;

    private final Format format;
    private final StringBuilder text;
    private boolean joinable;
    private long pieces;
    private long created;

    /** Begins with what had been told before this attempt. */
    Transcript(RequestEnvelope envelope) {
        Spoken before = Spoken.before(envelope);
        format = envelope.getFormat();
        text = new StringBuilder(before.text());
        pieces = before.tokens();
        created = before.created();
        joinable = envelope.getContinuable() && format != Format.RESPONSES; // whose events are numbered
    }

    void origin(Origin origin) {
        created = origin.created();
    }

    /** This is told. */
    void told(Delta delta) {
        if (!joinable) {
            return;
        }
        String content = delta.content();
        if (content != null && !content.isEmpty()) {
            text.append(content);
            pieces++;
        }
        joinable = text.length() <= MOST && isText(delta);
    }

    private boolean isText(Delta delta) {
        boolean reasons = delta.reasoning() != null && !delta.reasoning().isEmpty();
        boolean refuses = delta.refusal() != null && !delta.refusal().isEmpty();
        return delta.choice() == 0 && !refuses && delta.toolCalls().isEmpty() && delta.logprobs() == null
                && delta.finish() == null && delta.passed().stream().allMatch(Transcript::isReasoning)
                && (format != Format.MESSAGES || !reasons && delta.passed().isEmpty());
    }

    /** Whether it is another form of the reasoning. */
    static boolean isReasoning(Raw field) {
        return field.name().startsWith("reasoning");
    }

    /** What has been told; null if nobody can go on with it. */
    @Nullable
    Spoken spoken() {
        if (!joinable) {
            return null;
        }
        String told = text.toString();
        long bytes = told.getBytes(StandardCharsets.UTF_8).length;
        return new Spoken(told, Math.max(pieces, (bytes + 3) / 4), created);
    }
}
