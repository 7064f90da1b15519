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
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.ResponsePart;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.StoredFile;
import dev.penstock.schemas.event.SpendHistory;
import dev.penstock.schemas.event.UsageEvent;
import dev.penstock.schemas.event.WebhookDelivery;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Every schema of an event, by the id that stands in its records. The ids are fixed here, in the jar, so that no
 * schema registry has to run. A schema carries its own id in the property {@value #ID}.
 *
 * <p>Schemas that a release has published are kept in {@code history/}, so that what was written with them is read for
 * ever. A released schema never changes: a change takes the next free id, and the compatibility test holds it against
 * every released one of its name, in both directions. See {@code history/README.md} for the two commands.
 */
public final class SchemaCatalog {
    static final String ID = "penstock.id";

    private static final List<Schema> CURRENT = List.of(RequestEnvelope.SCHEMA$, AttemptStarted.SCHEMA$,
            AttemptEnded.SCHEMA$, UsageEvent.SCHEMA$, Spend.SCHEMA$, DeadLetter.SCHEMA$, AllowanceRequest.SCHEMA$,
            Allowance.SCHEMA$, AccountCap.SCHEMA$, Grants.SCHEMA$, Alert.SCHEMA$, SpendHistory.SCHEMA$,
            WebhookDelivery.SCHEMA$, StoredFile.SCHEMA$, Batch.SCHEMA$, BatchCancel.SCHEMA$, BatchResult.SCHEMA$,
            ResponsePart.SCHEMA$, IdempotencyClaim.SCHEMA$, Handover.SCHEMA$);
    private static final Map<Integer, Schema> BY_ID = Stream.concat(SchemaHistory.released().stream(), CURRENT.stream())
            .collect(Collectors.toUnmodifiableMap(SchemaCatalog::id, Function.identity(), (_, current) -> current));

    private SchemaCatalog() {}

    /** The schemas in force, in the order of their ids. */
    public static List<Schema> current() {
        return CURRENT;
    }

    /** The schema of an id, in force or of an earlier release, or null if there is none. */
    public static @Nullable Schema byId(int id) {
        return BY_ID.get(id);
    }

    /** All schemas of an event's full name, the oldest first: version 1 is the first of them. Empty for other names. */
    public static List<Schema> versions(String fullName) {
        return BY_ID.values().stream().filter(schema -> schema.getFullName().equals(fullName))
                .sorted(Comparator.comparingInt(SchemaCatalog::id)).toList();
    }

    /** The id of a schema of this catalog. */
    public static int id(Schema schema) {
        return (Integer) schema.getObjectProp(ID);
    }
}
