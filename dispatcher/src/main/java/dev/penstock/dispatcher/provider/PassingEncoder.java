package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.bus.ApiError;
import org.jspecify.annotations.Nullable;

/** Passes an answer on to another encoder, a stream's or not; those who extend it have something of it otherwise. */
abstract class PassingEncoder implements StreamEncoder {
    private static final byte[] NOTHING = {};

    /** Who is passed on to. */
    final AnswerEncoder encoder;

    PassingEncoder(AnswerEncoder encoder) {
        this.encoder = encoder;
    }

    @Override
    public void origin(Origin origin) {
        encoder.origin(origin);
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
