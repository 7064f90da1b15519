package dev.penstock.schemas.bus;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bus messages as bytes, for a bus that crosses processes; all members of a cluster must be of one release line. */
public final class BusWire {
    private static final int NO_RETRY = -1;
    private static final long NO_COST = -1;

    private BusWire() {}

    /** The bytes of a message. */
    public static byte[] encode(BusMessage message) {
        var bytes = new ByteArrayOutputStream(256);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(kind(message));
            out.writeUTF(subject(message));
            switch (message) {
                case Frame.Begun begun -> {
                    out.writeInt(begun.attempt());
                    out.writeUTF(begun.worker());
                    out.writeInt(begun.candidate());
                    writeTexts(out, begun.dropped());
                    out.writeInt(begun.seen());
                }
                case Frame.Delta delta -> writeData(out, delta, delta.data());
                case Frame.Done done -> {
                    out.writeLong(done.cost() == null ? NO_COST : done.cost());
                    writeData(out, done, done.data());
                }
                case Frame.Failed failed -> {
                    out.writeInt(failed.attempt());
                    out.writeInt(failed.sequence());
                    writeError(out, failed.error());
                }
                case Signal.Credit credit -> out.writeInt(credit.bytes());
                case Signal.Cancel _ -> {
                }
                case Inquiry inquiry -> out.writeInt(inquiry.seen());
                case Standing standing -> out.writeUTF(standing.state().name());
                case Receipt receipt -> out.writeLong(receipt.used());
                case WorkerStatus status -> writeStatus(out, status);
                case Traffic traffic -> writeTraffic(out, traffic);
                case Loan loan -> {
                    out.writeUTF(loan.provider());
                    out.writeBoolean(loan.lends());
                    out.writeLong(loan.lent());
                    out.writeLong(loan.returned());
                    out.writeInt(loan.wanted());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes every byte", e);
        }
        return bytes.toByteArray();
    }

    /** The message that {@link #encode} made these bytes of; throws {@link IllegalArgumentException} for others. */
    public static BusMessage decode(byte[] bytes) {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int kind = in.readByte();
            String id = in.readUTF();
            return switch (kind) {
                case 0 -> new Frame.Begun(id, in.readInt(), in.readUTF(), in.readInt(), readTexts(in), in.readInt());
                case 1 -> new Frame.Delta(id, in.readInt(), in.readInt(), in.readAllBytes());
                case 2 -> readDone(id, in.readLong(), in);
                case 3 -> new Frame.Failed(id, in.readInt(), in.readInt(), readError(in));
                case 4 -> new Signal.Credit(id, in.readInt());
                case 5 -> new Signal.Cancel(id);
                case 6 -> new Inquiry(id, in.readInt());
                case 7 -> new Standing(id, Standing.State.valueOf(in.readUTF()));
                case 8 -> new Receipt(id, in.readLong());
                case 9 -> readStatus(id, in);
                case 10 -> readTraffic(id, in);
                case 11 -> new Loan(id, in.readUTF(), in.readBoolean(), in.readLong(), in.readLong(), in.readInt());
                default -> throw new IllegalArgumentException("no bus message is of kind " + kind);
            };
        } catch (IOException e) {
            throw new IllegalArgumentException("a bus message was cut short", e);
        }
    }

    private static int kind(BusMessage message) {
        return switch (message) {
            case Frame.Begun _ -> 0;
            case Frame.Delta _ -> 1;
            case Frame.Done _ -> 2;
            case Frame.Failed _ -> 3;
            case Signal.Credit _ -> 4;
            case Signal.Cancel _ -> 5;
            case Inquiry _ -> 6;
            case Standing _ -> 7;
            case Receipt _ -> 8;
            case WorkerStatus _ -> 9;
            case Traffic _ -> 10;
            case Loan _ -> 11;
        };
    }

    /** The request or sender that a message is about. */
    private static String subject(BusMessage message) {
        return switch (message) {
            case Frame frame -> frame.requestId();
            case Signal signal -> signal.requestId();
            case Inquiry inquiry -> inquiry.requestId();
            case Standing standing -> standing.requestId();
            case Receipt receipt -> receipt.requestId();
            case WorkerStatus status -> status.worker();
            case Traffic traffic -> traffic.ingress();
            case Loan loan -> loan.from();
        };
    }

    private static void writeTexts(DataOutputStream out, List<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            out.writeUTF(text);
        }
    }

    private static List<String> readTexts(DataInputStream in) throws IOException {
        int size = in.readInt();
        var texts = new ArrayList<String>();
        for (int i = 0; i < size; i++) {
            texts.add(in.readUTF());
        }
        return texts;
    }

    private static void writeStatus(DataOutputStream out, WorkerStatus status) throws IOException {
        out.writeInt(status.providers().size());
        for (WorkerStatus.Seen seen : status.providers()) {
            out.writeUTF(seen.provider());
            out.writeUTF(seen.model());
            out.writeInt(seen.quota());
            out.writeInt(seen.free());
            out.writeInt(seen.waiting());
            out.writeInt(seen.firstTokenMs());
            out.writeBoolean(seen.open());
        }
    }

    private static WorkerStatus readStatus(String worker, DataInputStream in) throws IOException {
        int size = in.readInt();
        var providers = new ArrayList<WorkerStatus.Seen>();
        for (int i = 0; i < size; i++) {
            providers.add(new WorkerStatus.Seen(in.readUTF(), in.readUTF(), in.readInt(), in.readInt(), in.readInt(),
                    in.readInt(), in.readBoolean()));
        }
        return new WorkerStatus(worker, providers);
    }

    private static void writeTraffic(DataOutputStream out, Traffic traffic) throws IOException {
        out.writeInt(traffic.used().size());
        for (Traffic.Used used : traffic.used()) {
            out.writeUTF(used.account());
            out.writeLong(used.requests());
            out.writeLong(used.tokens());
            out.writeInt(used.inFlight());
        }
    }

    private static Traffic readTraffic(String ingress, DataInputStream in) throws IOException {
        int size = in.readInt();
        var used = new ArrayList<Traffic.Used>();
        for (int i = 0; i < size; i++) {
            used.add(new Traffic.Used(in.readUTF(), in.readLong(), in.readLong(), in.readInt()));
        }
        return new Traffic(ingress, used);
    }

    private static void writeData(DataOutputStream out, Frame frame, byte[] data) throws IOException {
        out.writeInt(frame.attempt());
        out.writeInt(frame.sequence());
        out.write(data);
    }

    private static Frame readDone(String id, long cost, DataInputStream in) throws IOException {
        return new Frame.Done(id, in.readInt(), in.readInt(), in.readAllBytes(), cost == NO_COST ? null : cost);
    }

    private static void writeError(DataOutputStream out, ApiError error) throws IOException {
        out.writeInt(error.status());
        out.writeUTF(error.type());
        writeOptional(out, error.code());
        writeOptional(out, error.param());
        writeOptional(out, error.message());
        out.writeInt(error.retryAfterSeconds() == null ? NO_RETRY : error.retryAfterSeconds());
    }

    private static ApiError readError(DataInputStream in) throws IOException {
        int status = in.readInt();
        String type = in.readUTF();
        @Nullable
        String code = readOptional(in);
        @Nullable
        String param = readOptional(in);
        @Nullable
        String message = readOptional(in);
        int retryAfter = in.readInt();
        return new ApiError(status, type, code, param, message == null ? "" : message,
                retryAfter == NO_RETRY ? null : retryAfter);
    }

    private static void writeOptional(DataOutputStream out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(-1);
        } else {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.writeInt(bytes.length);
            out.write(bytes);
        }
    }

    private static @Nullable String readOptional(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length < 0 ? null : new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
}
