package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.bus.ApiError;
import org.jspecify.annotations.Nullable;

/**
 * Leaves out all but the first of a choice's calls of tools, of a provider that cannot be told to make one at a time. The
 * others are paid for; the model makes them again in its next turns, if it still wants to.
 */
final class OneCallEncoder implements StreamEncoder {
    private static final byte[] NOTHING = {};

    private final AnswerEncoder encoder;

    OneCallEncoder(AnswerEncoder encoder) {
        this.encoder = encoder;
    }

    @Override
    public void origin(Origin origin) {
        encoder.origin(origin);
    }

    @Override
    public void delta(Delta delta) {
        encoder.delta(new Delta(delta.choice(), delta.content(), delta.reasoning(), delta.refusal(),
                delta.toolCalls().stream().filter(call -> call.index() == 0).toList(), delta.passed(),
                delta.logprobs(), delta.finish()));
    }

    @Override
    public boolean hasBegun() {
        return encoder.hasBegun();
    }

    @Override
    public byte[] take() {
        return encoder instanceof StreamEncoder stream ? stream.take() : NOTHING;
    }

    @Override
    public void failed(ApiError error) {
        if (encoder instanceof StreamEncoder stream) {
            stream.failed(error);
        }
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        return encoder.finish(used, cost);
    }
}
