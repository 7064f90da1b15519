package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.policy.Headroom;
import dev.penstock.dispatcher.provider.HttpCall.Encoders;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call for each choice, of a provider that gives but one a call: one after another, so that they are one call to
 * whoever counts those that are open. To the client they are one answer with all the choices. If one fails after another
 * has been paid for, the answer is broken: it is not begun again.
 */
final class ChoiceCalls implements ProviderCall {
    private final int calls;
    private final RequestEnvelope envelope;
    private final AnswerSink sink;
    private final Caller caller;
    private final AnswerEncoder all;
    private final Promise<Outcome> outcome = Promise.promise();
    private @Nullable HttpCall current;
    private boolean paused;

    /** Sends the request for one of its choices. */
    interface Caller {
        HttpCall call(int choice, Tally tally, Encoders encoders);
    }

    /** @param calls one at least */
    ChoiceCalls(int calls, RequestEnvelope envelope, AnswerSink sink, Tally tally, Caller caller) {
        this.calls = calls;
        this.envelope = envelope;
        this.sink = sink;
        this.caller = caller;
        this.all = envelope.getStream() ? StreamEncoder.of(envelope, tally, sink) : AnswerEncoder.whole(envelope);
        call(0, tally);
    }

    private void call(int choice, Tally tally) {
        var encoder = new ChoiceEncoder(all, choice, choice == calls - 1);
        HttpCall made = caller.call(choice, tally, new Encoders(
                () -> envelope.getStream() ? AnswerEncoder.whole(envelope) : encoder, () -> encoder));
        current = made;
        if (paused) {
            made.pause();
        }
        made.outcome().onSuccess(how -> ended(choice, tally, how));
    }

    private void ended(int choice, Tally tally, Outcome how) {
        switch (how) {
            case Outcome.Completed(byte[] rest, _) when choice < calls - 1 -> {
                if (rest.length > 0) {
                    sink.delta(rest);
                }
                sink.calledAgain();
                call(choice + 1, tally.next());
            }
            case Outcome.Refused(var error) when choice > 0 ->
                outcome.complete(new Outcome.Broken(error, tally.before(), null));
            case Outcome.Rejected(var error) when choice > 0 ->
                outcome.complete(new Outcome.Broken(error, tally.before(), null));
            case Outcome.Completed _,Outcome.Refused _,Outcome.Rejected _,Outcome.Broken _,Outcome.Abandoned _ ->
                outcome.complete(how);
        }
    }

    @Override
    public Future<Outcome> outcome() {
        return outcome.future();
    }

    @Override
    public List<String> dropped() {
        return current == null ? List.of() : current.dropped();
    }

    @Override
    public Headroom headroom() {
        return current == null ? Headroom.UNKNOWN : current.headroom();
    }

    @Override
    public void cancel() {
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public void pause() {
        paused = true;
        if (current != null) {
            current.pause();
        }
    }

    @Override
    public void resume() {
        paused = false;
        if (current != null) {
            current.resume();
        }
    }
}
