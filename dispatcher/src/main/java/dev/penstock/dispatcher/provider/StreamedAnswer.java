package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.RequestEnvelope;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A streamed answer to a streamed request. */
final class StreamedAnswer implements Answer {
    private final AnswerDecoder decoder;
    private final AnswerSink sink;
    private final StreamEncoder encoder;
    /** Of an answer that is kept, what it comes to in one piece. */
    private final @Nullable AnswerEncoder whole;
    private final Tally tally;
    private final Consumer<AnswerEvent> events = this::accept;
    private boolean finished;
    private boolean done;
    private @Nullable ApiError failure;

    StreamedAnswer(AnswerDecoder decoder, RequestEnvelope envelope, Tally tally, AnswerSink sink) {
        this.decoder = decoder;
        this.sink = sink;
        this.encoder = StreamEncoder.of(envelope, tally);
        this.whole = envelope.getStore() ? AnswerEncoder.whole(envelope) : null;
        this.tally = tally;
    }

    @Override
    public @Nullable Outcome feed(byte[] bytes) {
        decoder.decode(bytes, events);
        pass();
        return failure != null ? cut(failure) : done ? completed() : null;
    }

    @Override
    public Outcome end() {
        decoder.end(events);
        pass();
        // A finish reason is as good as the mark of the end, which some providers leave out.
        return failure != null ? cut(failure) : done || finished ? completed() : cut(Failures.CONNECTION_LOST);
    }

    @Override
    public Outcome cut(ApiError why) {
        if (!encoder.hasBegun()) {
            return tally.unanswered(why);
        }
        encoder.failed(why);
        pass();
        return new Outcome.Broken(why, tally.consumption());
    }

    @Override
    public Consumption consumption() {
        return tally.consumption();
    }

    private void accept(AnswerEvent event) {
        if (done || failure != null) {
            return;
        }
        switch (event) {
            case AnswerEvent.Origin origin -> {
                tally.origin(origin);
                encoder.origin(origin);
                if (whole != null) {
                    whole.origin(origin);
                }
            }
            case AnswerEvent.Delta delta -> {
                tally.delta(delta);
                encoder.delta(delta);
                if (whole != null) {
                    whole.delta(delta);
                }
                finished |= delta.finish() != null;
            }
            case AnswerEvent.Used used -> tally.used(used);
            case AnswerEvent.Failed failed -> failure = failed.error();
            case AnswerEvent.Done _ -> done = true;
        }
    }

    private void pass() {
        byte[] events = encoder.take();
        if (events.length > 0) {
            sink.delta(events);
        }
    }

    private Outcome completed() {
        if (whole != null && whole.hasBegun()) {
            sink.whole(whole.finish(tally.used(), tally.cost()));
        }
        return encoder.hasBegun()
                ? new Outcome.Completed(encoder.finish(tally.used(), tally.cost()), tally.consumption())
                : tally.unanswered(Failures.MALFORMED);
    }
}
