package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.bus.ApiError;
import org.jspecify.annotations.Nullable;

/** Encodes a streamed answer that is kept: as a stream, and at its end in one piece too. */
final class KeptEncoder implements StreamEncoder {
    private final StreamEncoder stream;
    private final AnswerEncoder whole;
    private final AnswerSink sink;

    /** @param sink given the answer in one piece */
    KeptEncoder(StreamEncoder stream, AnswerEncoder whole, AnswerSink sink) {
        this.stream = stream;
        this.whole = whole;
        this.sink = sink;
    }

    @Override
    public void origin(Origin origin) {
        stream.origin(origin);
        whole.origin(origin);
    }

    @Override
    public void delta(Delta delta) {
        stream.delta(delta);
        whole.delta(delta);
    }

    @Override
    public boolean hasBegun() {
        return stream.hasBegun();
    }

    @Override
    public byte[] take() {
        return stream.take();
    }

    @Override
    public void failed(ApiError error) {
        stream.failed(error);
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        if (whole.hasBegun()) {
            sink.whole(whole.finish(used, cost));
        }
        return stream.finish(used, cost);
    }
}
