package dev.penstock.deploy;

import dev.penstock.schemas.bus.BusMessage;
import dev.penstock.schemas.bus.BusWire;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Loan;
import dev.penstock.schemas.bus.Receipt;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.bus.Traffic;
import dev.penstock.schemas.bus.WorkerStatus;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.util.List;

/** Carries bus messages over Vert.x's event bus: within a process as they are, between processes as {@link BusWire} writes them. */
final class BusCodec<T extends BusMessage> implements MessageCodec<T, T> {
    private static final List<Class<? extends BusMessage>> KINDS = List.of(Frame.Begun.class, Frame.Delta.class,
            Frame.Done.class, Frame.Failed.class, Signal.Credit.class, Signal.Cancel.class, Inquiry.class,
            Standing.class, Receipt.class, WorkerStatus.class, Traffic.class, Loan.class);

    private final Class<T> type;

    private BusCodec(Class<T> type) {
        this.type = type;
    }

    /** Lets every kind of message be sent without naming a codec. */
    static Vertx register(Vertx vertx) {
        KINDS.forEach(kind -> register(vertx, kind));
        return vertx;
    }

    private static <T extends BusMessage> void register(Vertx vertx, Class<T> kind) {
        vertx.eventBus().registerDefaultCodec(kind, new BusCodec<>(kind));
    }

    @Override
    public void encodeToWire(Buffer buffer, T message) {
        byte[] bytes = BusWire.encode(message);
        buffer.appendInt(bytes.length).appendBytes(bytes);
    }

    @Override
    public T decodeFromWire(int position, Buffer buffer) {
        int start = position + Integer.BYTES;
        return type.cast(BusWire.decode(buffer.getBytes(start, start + buffer.getInt(position))));
    }

    @Override
    public T transform(T message) {
        return message;
    }

    @Override
    public String name() {
        return type.getName();
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}
