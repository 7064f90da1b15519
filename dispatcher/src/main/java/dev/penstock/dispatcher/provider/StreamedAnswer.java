package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.RequestEnvelope;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A streamed answer to a streamed request. One that goes on with another's is one with it to the client: its encoder is
 * told what has been told, as if it had written it, and reasoning about it is left out.
 */
final class StreamedAnswer implements Answer {
    private final AnswerDecoder decoder;
    private final AnswerSink sink;
    private final StreamEncoder encoder;
    private final Tally tally;
    private final Transcript transcript;
    private final Seam seam;
    private final Consumer<AnswerEvent> events = this::accept;
    /** The time that the chunks before bear; negative if there are none. */
    private final long created;
    private boolean begun;
    private boolean finished;
    private boolean done;
    private @Nullable ApiError failure;

    StreamedAnswer(AnswerDecoder decoder, StreamEncoder encoder, Continuation continuation, Tally tally,
            AnswerSink sink) {
        RequestEnvelope envelope = continuation.asked();
        this.decoder = decoder;
        this.sink = sink;
        this.encoder = encoder;
        this.tally = tally;
        this.transcript = new Transcript(envelope);
        this.seam = continuation.seam();
        Continued before = envelope.getContinued();
        boolean goesOn = before != null && before.getSeen() > 0;
        this.created = goesOn ? before.getCreated() : -1;
        if (goesOn) {
            retell(before.getText());
        }
    }

    /** Where there was no text, there was reasoning. */
    private void retell(String text) {
        encoder.origin(new Origin(created, null, null, null));
        encoder.delta(text.isEmpty()
                ? new Delta(0, null, " ", null, List.of(), List.of(), null, null)
                : new Delta(0, text, null, null, List.of(), List.of(), null, null));
        encoder.take();
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
        if (!hasBegun()) {
            return tally.unanswered(why, transcript.spoken());
        }
        encoder.failed(why);
        pass();
        return new Outcome.Broken(why, tally.consumption(), transcript.spoken());
    }

    @Override
    public Consumption consumption() {
        return tally.consumption();
    }

    private boolean hasBegun() {
        return goesOn() ? begun : encoder.hasBegun();
    }

    private boolean goesOn() {
        return created >= 0;
    }

    private void accept(AnswerEvent event) {
        if (done || failure != null) {
            return;
        }
        switch (event) {
            case Origin origin -> {
                tally.origin(origin);
                Origin shown = goesOn()
                        ? new Origin(created, origin.model(), origin.serviceTier(), origin.systemFingerprint())
                        : origin;
                transcript.origin(shown);
                encoder.origin(shown);
            }
            case Delta delta -> {
                tally.delta(delta);
                begun |= !delta.isEmpty();
                tell(goesOn() ? joined(delta) : delta);
                finished |= delta.finish() != null;
            }
            case AnswerEvent.Prompted(var usage) -> tally.prompted(usage);
            case AnswerEvent.Used used -> tally.used(used);
            case AnswerEvent.Failed failed -> failure = failed.error();
            case AnswerEvent.Done _ -> done = true;
        }
    }

    private void tell(Delta delta) {
        transcript.told(delta);
        encoder.delta(delta);
    }

    /** What is new in it. */
    private Delta joined(Delta delta) {
        String news = delta.content() == null ? "" : seam.take(delta.content());
        if (delta.finish() != null || !delta.toolCalls().isEmpty()) {
            news += seam.rest();
        }
        return new Delta(delta.choice(), news, null, delta.refusal(), delta.toolCalls(),
                delta.passed().stream().filter(field -> !Transcript.isReasoning(field)).toList(), delta.logprobs(),
                delta.finish());
    }

    private void pass() {
        byte[] events = encoder.take();
        if (events.length > 0) {
            sink.delta(events);
        }
    }

    private Outcome completed() {
        if (!hasBegun()) {
            return tally.unanswered(Failures.MALFORMED, transcript.spoken());
        }
        if (!finished) {
            tell(new Delta(0, seam.rest(), null, null, List.of(), List.of(), null, null));
        }
        return new Outcome.Completed(encoder.finish(tally.total(), tally.totalCost()), tally.consumption());
    }
}
