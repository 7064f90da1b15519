package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An answer in one piece: to a request that asked for it so, or an error in JSON where a stream was asked for. */
final class WholeAnswer implements Answer {
    /** An image or a minute of audio in base64 is a few MB. */
    private static final int MAX_BYTES = 64 * 1024 * 1024;

    private final Dialect dialect;
    private final RequestEnvelope envelope;
    private final AnswerEncoder encoder;
    private final Tally tally;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(4096);
    private @Nullable ApiError failure;

    WholeAnswer(Dialect dialect, RequestEnvelope envelope, AnswerEncoder encoder, Tally tally) {
        this.dialect = dialect;
        this.envelope = envelope;
        this.encoder = encoder;
        this.tally = tally;
    }

    @Override
    public @Nullable Outcome feed(byte[] bytes) {
        if (body.size() + bytes.length > MAX_BYTES) {
            return cut(Failures.MALFORMED);
        }
        body.writeBytes(bytes);
        return null;
    }

    @Override
    public Outcome end() {
        dialect.decodeWhole(envelope, body.toByteArray(), this::accept);
        if (failure != null) {
            return tally.unanswered(failure, Spoken.before(envelope));
        }
        if (!encoder.hasBegun()) {
            return tally.unanswered(Failures.MALFORMED, Spoken.before(envelope));
        }
        return envelope.getStream()
                ? new Outcome.Broken(Failures.MALFORMED, tally.consumption(), Spoken.before(envelope))
                : new Outcome.Completed(encoder.finish(tally.total(), tally.totalCost()), tally.consumption());
    }

    /** Whatever the body was to say, it took tokens to say it once it has begun. */
    @Override
    public Outcome cut(ApiError why) {
        return body.toString(StandardCharsets.ISO_8859_1).isBlank()
                ? tally.unanswered(why, Spoken.before(envelope))
                : new Outcome.Broken(why, tally.consumption(), Spoken.before(envelope));
    }

    @Override
    public Consumption consumption() {
        return tally.consumption();
    }

    private void accept(AnswerEvent event) {
        switch (event) {
            case AnswerEvent.Origin origin -> {
                tally.origin(origin);
                encoder.origin(origin);
            }
            case AnswerEvent.Delta delta -> {
                tally.delta(delta);
                encoder.delta(delta);
            }
            case AnswerEvent.Prompted(var usage) -> tally.prompted(usage);
            case AnswerEvent.Used used -> tally.used(used);
            case AnswerEvent.Failed failed -> failure = failed.error();
            case AnswerEvent.Done _ -> {
            }
        }
    }
}
