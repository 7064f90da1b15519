package dev.penstock.ingress.routing;

import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Makes the record of a request that is taken on. */
public final class Envelopes {
    private Envelopes() {}

    /**
     * Who asks, and what has been arranged for it.
     *
     * @param requestId new and unique
     * @param keyId the key that the tenant called with
     * @param hold what was set aside for it, or null
     * @param replyTo bus address where the answer is waited for
     * @param deadline when nobody waits any more
     */
    public record Ticket(String requestId, Tenant tenant, String keyId, Lane lane, @Nullable Hold hold, String replyTo,
            Instant acceptedAt, Instant deadline) {}

    /**
     * The envelope, to be appended as it stands.
     *
     * @param framing how its answer is to be written
     * @param limited the request as {@link RoutePlan#limited} made it
     */
    public static RequestEnvelope of(ChatRequest limited, Framing framing, RoutePlan plan, Ticket ticket) {
        return RequestEnvelope.newBuilder()
                .setRequestId(ticket.requestId())
                .setAttempt(1)
                .setTenant(ticket.tenant().name())
                .setKeyId(ticket.keyId())
                .setLane(ticket.lane())
                .setModel(plan.name())
                .setRoute(plan.candidates(limited))
                .setAcceptedAt(ticket.acceptedAt())
                .setDeadline(ticket.deadline())
                .setBillingDay(LocalDate.ofInstant(ticket.acceptedAt(), ticket.tenant().zone()))
                .setReplyTo(ticket.replyTo())
                .setStream(limited.stream())
                .setIncludeUsage(limited.includeUsage())
                .setHold(ticket.hold())
                .setBody(ByteBuffer.wrap(limited.body()))
                .setArm(plan.arm())
                .setFormat(framing.format())
                .setEcho(framing.echo())
                .setStore(framing.store())
                .build();
    }
}
