package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import org.jspecify.annotations.Nullable;

/** Encodes a streamed answer that is kept: as a stream, and at its end in one piece too. */
final class KeptEncoder extends PassingEncoder {
    private final AnswerEncoder whole;
    private final AnswerSink sink;

    /** @param sink given the answer in one piece */
    KeptEncoder(StreamEncoder stream, AnswerEncoder whole, AnswerSink sink) {
        super(stream);
        this.whole = whole;
        this.sink = sink;
    }

    @Override
    public void origin(Origin origin) {
        super.origin(origin);
        whole.origin(origin);
    }

    @Override
    public void delta(Delta delta) {
        encoder.delta(delta);
        whole.delta(delta);
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        if (whole.hasBegun()) {
            sink.whole(whole.finish(used, cost));
        }
        return super.finish(used, cost);
    }
}
