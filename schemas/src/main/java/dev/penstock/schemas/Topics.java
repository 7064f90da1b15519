package dev.penstock.schemas;

import dev.penstock.schemas.event.AccountCap;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchCancel;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.DeadLetter;
import dev.penstock.schemas.event.Grants;
import dev.penstock.schemas.event.Handover;
import dev.penstock.schemas.event.IdempotencyClaim;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.ResponsePart;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.SpendHistory;
import dev.penstock.schemas.event.StoredFile;
import dev.penstock.schemas.event.UsageEvent;
import dev.penstock.schemas.event.WebhookDelivery;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * Every topic of one installation. The only place where names of topics are made.
 *
 * @param prefix what each name begins with; {@value #DEFAULT_PREFIX} unless configured. Several installations can
 *     share a cluster under different prefixes.
 */
public record Topics(String prefix) {
    public static final String DEFAULT_PREFIX = "penstock";

    /** The delays of {@link #retry}, in seconds. */
    public static final List<Integer> RETRY_SECONDS = List.of(1, 10, 60);

    private static final Serde<String> KEY = Serdes.String();

    public Topics {
        if (!prefix.matches("[a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*")) {
            throw new IllegalArgumentException(prefix + " must be letters, digits, -, _ and single dots");
        }
    }

    /** The queue of a provider's lane, keyed by tenant. */
    public Topic<String, RequestEnvelope> requests(String provider, Lane lane) {
        return topic("requests." + provider + "." + lane.name().toLowerCase(Locale.ROOT), RequestEnvelope.class);
    }

    /** Requests that go on to the queue of their next candidate when this delay is over, keyed by tenant. */
    public Topic<String, RequestEnvelope> retry(int seconds) {
        return topic("retry." + seconds + "s", RequestEnvelope.class);
    }

    /** {@link AttemptStarted} and {@link AttemptEnded} of every call to a provider, keyed by tenant. */
    public Topic<String, SpecificRecord> attempts() {
        return topic("attempts", SpecificRecord.class);
    }

    /** The public usage events, keyed by tenant; to be read with {@code isolation.level=read_committed}. */
    public Topic<String, UsageEvent> usage() {
        return topic("usage", UsageEvent.class);
    }

    /** The published sums, compacted, keyed by {@link #spendKey}. */
    public Topic<String, Spend> spend() {
        return topic("spend", Spend.class);
    }

    /** What spenders tell the ledger, keyed by tenant. */
    public Topic<String, AllowanceRequest> allowanceRequests() {
        return topic("allowance-requests", AllowanceRequest.class);
    }

    /** What the ledger answers, keyed by tenant; to be read with {@code isolation.level=read_committed}. */
    public Topic<String, Allowance> allowances() {
        return topic("allowances", Allowance.class);
    }

    /** Caps that were set at run time, compacted, keyed by account. */
    public Topic<String, AccountCap> caps() {
        return topic("caps", AccountCap.class);
    }

    /** Files whose bytes are in the file store, compacted, keyed by file id. */
    public Topic<String, StoredFile> files() {
        return topic("files", StoredFile.class);
    }

    /** {@link Batch} by batch id and {@link BatchCancel} by {@link #cancelKey}, compacted, partitioned by batch id. */
    public Topic<String, SpecificRecord> batches() {
        return topic("batches", SpecificRecord.class);
    }

    /** What came of the lines of batches, keyed by batch id, with as many partitions as {@link #batches()}. */
    public Topic<String, BatchResult> batchResults() {
        return topic("batch-results", BatchResult.class);
    }

    /**
     * Lines of batches that go to their provider's own batch API, as {@link RequestEnvelope} by {@link #lineKey}, and
     * {@link Handover} by its id. Compacted, partitioned by batch id, with as many partitions as {@link #batches()}.
     */
    public Topic<String, SpecificRecord> handovers() {
        return topic("handovers", SpecificRecord.class);
    }

    /** The key of a line of a batch on {@link #handovers()}. */
    public static String lineKey(String batchId, int number) {
        return batchId + "/" + number;
    }

    /** Answers that are kept, keyed by request id. */
    public Topic<String, ResponsePart> responses() {
        return topic("responses", ResponsePart.class);
    }

    /** Who answers for which Idempotency-Key, keyed by {@link #idempotencyKey}. */
    public Topic<String, IdempotencyClaim> idempotency() {
        return topic("idempotency", IdempotencyClaim.class);
    }

    /** The key of the claims of a tenant's Idempotency-Key, by the key's hash. */
    public static String idempotencyKey(String tenant, String hash) {
        return tenant + "|" + hash;
    }

    /** The key of the wish to cancel a batch. */
    public static String cancelKey(String batchId) {
        return batchId + "/cancel";
    }

    /** How the ledger writes what it has granted into its own store. */
    public Serde<Grants> grants() {
        return new AvroSerde<>(Grants.class);
    }

    /** How metering writes the starts of attempts into its own store. */
    public Serde<AttemptStarted> startedAttempts() {
        return new AvroSerde<>(AttemptStarted.class);
    }

    /** How metering writes the hours of an account into its own store. */
    public Serde<SpendHistory> spendHistory() {
        return new AvroSerde<>(SpendHistory.class);
    }

    /** The public alerts, keyed by tenant; to be read with {@code isolation.level=read_committed}. */
    public Topic<String, Alert> alerts() {
        return topic("alerts", Alert.class);
    }

    /** Every attempt to deliver an event to a webhook, keyed by the webhook's name. */
    public Topic<String, WebhookDelivery> webhookDeliveries() {
        return topic("webhook-deliveries", WebhookDelivery.class);
    }

    /** Accepted records that no answer came of, keyed by tenant where it is known. */
    public Topic<String, DeadLetter> deadLetters() {
        return topic("dead-letters", DeadLetter.class);
    }

    /** The key of a sum on {@link #spend()}. The model comes last: it alone may have a bar in its name. */
    public static String spendKey(Spend sum) {
        return spendKey(sum.getTenant(), sum.getDay()) + String.join("|", sum.getKeyId(), sum.getProvider(),
                sum.getLane().name(), sum.getModel());
    }

    /** What the keys of a tenant's day begin with. */
    public static String spendKey(String tenant, LocalDate day) {
        return tenant + "|" + day + "|";
    }

    private <V extends SpecificRecord> Topic<String, V> topic(String name, Class<V> type) {
        return new Topic<>(prefix + "." + name, KEY, new AvroSerde<>(type));
    }
}
