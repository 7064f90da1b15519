package dev.penstock.ingress.admission;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides whether a valid request of a known caller is taken on, and as what. Pure. */
public final class Admitter {
    /** Taken on, or the reason why not. */
    public sealed interface Admission {
        /** To be appended as it stands. */
        record Admitted(RequestEnvelope envelope) implements Admission {}

        /** To be answered with an error; nothing was spent. */
        record Refused(ApiError error) implements Admission {}
    }

    /** Who has {@code /embeddings} as OpenAI has it. */
    private static final Set<ProviderKind> EMBEDDERS = EnumSet.of(ProviderKind.OPENAI, ProviderKind.MISTRAL,
            ProviderKind.QWEN, ProviderKind.OPENROUTER, ProviderKind.OLLAMA, ProviderKind.OPENAI_COMPATIBLE);
    /** Who has {@code /moderations}. */
    private static final Set<ProviderKind> MODERATORS = EnumSet.of(ProviderKind.OPENAI, ProviderKind.MISTRAL,
            ProviderKind.OPENAI_COMPATIBLE);

    private final Catalog catalog;
    private final Duration deadline;

    /** Admits by a catalog; {@code deadline} is how long a request may take from its admission to its end. */
    public Admitter(Catalog catalog, Duration deadline) {
        this.catalog = catalog;
        this.deadline = deadline;
    }

    /**
     * Takes a request on as an envelope, or says why not.
     *
     * @param framing how its answer is to be written
     * @param requestId new and unique
     * @param keyId the key that the tenant called with
     * @param hold what was set aside for it, or null
     * @param replyTo bus address where the answer is waited for
     */
    public Admission admit(ChatRequest request, Framing framing, Tenant tenant, String keyId, String requestId,
            @Nullable Hold hold, String replyTo, Instant now) {
        Model model = catalog.model(request.model());
        if (model == null) {
            return new Admission.Refused(Refusals.modelNotFound(request.model()));
        }
        ProviderKind kind = Objects.requireNonNull(catalog.providers().get(model.provider())).kind();
        if (framing.format() == Format.EMBEDDINGS && !EMBEDDERS.contains(kind)
                || framing.format() == Format.MODERATIONS && !MODERATORS.contains(kind)) {
            return new Admission.Refused(Refusals.notOffered(request.model()));
        }
        return new Admission.Admitted(RequestEnvelope.newBuilder()
                .setRequestId(requestId)
                .setAttempt(1)
                .setTenant(tenant.name())
                .setKeyId(keyId)
                .setLane(Lane.INTERACTIVE)
                .setModel(request.model())
                .setRoute(List.of(Candidate.newBuilder().setProvider(model.provider())
                        .setModel(model.providerModel()).setName(model.name()).setAfter(FallbackCause.FAILURE).build()))
                .setAcceptedAt(now)
                .setDeadline(now.plus(deadline))
                .setBillingDay(LocalDate.ofInstant(now, tenant.zone()))
                .setReplyTo(replyTo)
                .setStream(request.stream())
                .setIncludeUsage(request.includeUsage())
                .setHold(hold)
                .setBody(ByteBuffer.wrap(request.body()))
                .setFormat(framing.format())
                .setEcho(framing.echo())
                .build());
    }
}
