package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.bus.ApiError;
import org.jspecify.annotations.Nullable;

/** Passes an answer on as one choice of several to the encoder of them all, which hears of the end by the last. */
final class ChoiceEncoder implements StreamEncoder {
    private static final byte[] NOTHING = {};

    private final AnswerEncoder all;
    private final int choice;
    private final boolean last;
    private boolean begun;

    ChoiceEncoder(AnswerEncoder all, int choice, boolean last) {
        this.all = all;
        this.choice = choice;
        this.last = last;
    }

    @Override
    public void origin(Origin origin) {
        all.origin(origin);
    }

    @Override
    public void delta(Delta delta) {
        begun |= !delta.isEmpty();
        all.delta(delta.of(choice));
    }

    @Override
    public boolean hasBegun() {
        return begun;
    }

    @Override
    public byte[] take() {
        return all instanceof StreamEncoder stream ? stream.take() : NOTHING;
    }

    @Override
    public void failed(ApiError error) {
        if (all instanceof StreamEncoder stream) {
            stream.failed(error);
        }
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        return last ? all.finish(used, cost) : take();
    }
}
