package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import org.jspecify.annotations.Nullable;

/** Passes an answer on as one choice of several to the encoder of them all, which hears of the end by the last. */
final class ChoiceEncoder extends PassingEncoder {
    private final int choice;
    private final boolean last;
    private boolean begun;

    ChoiceEncoder(AnswerEncoder all, int choice, boolean last) {
        super(all);
        this.choice = choice;
        this.last = last;
    }

    @Override
    public void delta(Delta delta) {
        begun |= !delta.isEmpty();
        encoder.delta(delta.of(choice));
    }

    /** Of this choice alone. */
    @Override
    public boolean hasBegun() {
        return begun;
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        return last ? super.finish(used, cost) : take();
    }
}
