package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plain values that the tests of this package share. */
final class Samples {
    static final String REQUEST_ID = "chatcmpl-abc123";
    static final Candidate CANDIDATE = candidate("acme-1");

    private Samples() {}

    static Candidate candidate(String model) {
        return Candidate.newBuilder().setProvider("acme").setModel(model).setAfter(FallbackCause.FAILURE).build();
    }

    static RequestEnvelope envelope(boolean stream, boolean includeUsage, String body) {
        return builder(stream, includeUsage, body).build();
    }

    private static RequestEnvelope.Builder builder(boolean stream, boolean includeUsage, String body) {
        Instant now = Instant.ofEpochSecond(1_700_000_000);
        return RequestEnvelope.newBuilder().setRequestId(REQUEST_ID).setAttempt(1).setTenant("tenant").setKeyId("key")
                .setLane(Lane.INTERACTIVE).setModel("alias").setRoute(List.of(CANDIDATE)).setAcceptedAt(now)
                .setDeadline(now.plusSeconds(60)).setBillingDay(LocalDate.EPOCH).setReplyTo("ingress").setStream(stream)
                .setIncludeUsage(includeUsage).setBody(ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)))
                .setFormat(Format.CHAT_COMPLETIONS); // Avro does not trust the default's class here
    }

    /** To be answered in another API, with what the answer is to repeat. */
    static RequestEnvelope envelope(boolean stream, Format format, String requestId, @Nullable String echo) {
        return builder(stream, true, "{\"messages\":[]}").setFormat(format).setRequestId(requestId)
                .setEcho(echo == null ? null : ByteBuffer.wrap(bytes(echo))).build();
    }

    static RequestEnvelope streaming() {
        return envelope(true, true, "{\"messages\":[]}");
    }

    static RequestEnvelope whole() {
        return envelope(false, false, "{\"messages\":[]}");
    }

    static Provider provider(ProviderKind kind) {
        return new Provider("acme", kind, URI.create("https://api.acme.test/v1/"), new Secret("sk-secret"), 4,
                Provider.Timeouts.DEFAULT);
    }

    /** In which the model of the envelopes costs $0.15 and $0.60 for a million tokens. */
    static Catalog catalog(Provider provider) {
        var model = new Model("alias", provider.name(), "acme-1", new Price(150_000_000, 600_000_000, null, null),
                Limits.UNKNOWN,
                0);
        return Catalog.of("v", List.of(provider), List.of(model), List.of());
    }

    /** What a provider of a kind gets of a request that it can do. */
    static OutboundRequest sent(ProviderKind kind, RequestEnvelope envelope, Candidate candidate) {
        return (OutboundRequest) dialect(kind).request(envelope, candidate);
    }

    static Dialect dialect(ProviderKind kind) {
        return Dialect.of(provider(kind));
    }

    /** What the client sees of a stream that comes in these pieces, and how it ends. */
    @SuppressWarnings("ArrayRecordComponent") // compared by its parts
    record Seen(byte[] events, Outcome outcome) {
        String text() {
            return new String(events, StandardCharsets.UTF_8);
        }

        static Seen of(ProviderKind kind, RequestEnvelope envelope, byte[]... pieces) {
            var seen = new ByteArrayOutputStream();
            var tally = new Tally(400, null);
            Answer answer = new StreamedAnswer(dialect(kind).streamDecoder(envelope),
                    StreamEncoder.of(envelope, tally), Continuation.none(envelope), tally, seen::writeBytes);
            Outcome outcome = null;
            for (int i = 0; i < pieces.length && outcome == null; i++) {
                outcome = answer.feed(pieces[i]);
            }
            outcome = outcome == null ? answer.end() : outcome;
            if (outcome instanceof Outcome.Completed(byte[] rest, _)) {
                seen.writeBytes(rest);
            }
            return new Seen(seen.toByteArray(), outcome);
        }
    }

    /** What reads the answer to {@link #whole}. */
    static WholeAnswer wholeAnswer(ProviderKind kind) {
        return new WholeAnswer(dialect(kind), whole(), AnswerEncoder.whole(whole()), new Tally(0, null));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A stream cut in two. */
    static byte[][] split(byte[] bytes, int at) {
        return new byte[][]{Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length)};
    }

    /** A stream byte by byte. */
    static byte[][] crumbs(byte[] bytes) {
        var crumbs = new byte[bytes.length][];
        for (int i = 0; i < bytes.length; i++) {
            crumbs[i] = new byte[]{bytes[i]};
        }
        return crumbs;
    }
}
