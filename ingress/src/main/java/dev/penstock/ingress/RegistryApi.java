package dev.penstock.ingress;

import dev.penstock.schemas.SchemaCatalog;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.DeadLetter;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.UsageEvent;
import dev.penstock.schemas.event.WebhookDelivery;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.Schema;

/**
 * The part of a Confluent schema registry that readers of events need, by the schemas in the jar: read-only, for
 * everybody. A subject is the full name of an event, or {@code TOPIC-value} for the topics that others read.
 *
 * @see <a href="https://docs.confluent.io/platform/current/schema-registry/develop/api.html">schema registry API</a>
 */
final class RegistryApi {
    private static final CharSequence CONTENT_TYPE = HttpHeaders
            .createOptimized("application/vnd.schemaregistry.v1+json");
    private static final int NO_SUBJECT = 40401;
    private static final int NO_VERSION = 40402;
    private static final int NO_SCHEMA = 40403;
    private static final int BAD_VERSION = 42202;

    private final SortedMap<String, List<Schema>> subjects = new TreeMap<>();

    RegistryApi(Topics topics) {
        SchemaCatalog.current().forEach(schema -> put(schema.getFullName(), schema));
        put(topics.usage().name() + "-value", UsageEvent.SCHEMA$);
        put(topics.spend().name() + "-value", Spend.SCHEMA$);
        put(topics.alerts().name() + "-value", Alert.SCHEMA$);
        put(topics.webhookDeliveries().name() + "-value", WebhookDelivery.SCHEMA$);
        put(topics.deadLetters().name() + "-value", DeadLetter.SCHEMA$);
    }

    private void put(String subject, Schema schema) {
        subjects.put(subject, SchemaCatalog.versions(schema.getFullName()));
    }

    void byId(HttpServerResponse response, String id) {
        Schema schema = id.matches("\\d{1,9}") ? SchemaCatalog.byId(Integer.parseInt(id)) : null;
        if (schema == null) {
            error(response, NO_SCHEMA, "Schema " + id + " not found");
        } else {
            answer(response, 200, new JsonObject().put("schema", schema.toString()).toBuffer());
        }
    }

    void subjects(HttpServerResponse response) {
        answer(response, 200, new JsonArray(List.copyOf(subjects.keySet())).toBuffer());
    }

    void versions(HttpServerResponse response, String subject) {
        List<Schema> versions = subjects.get(subject);
        if (versions == null) {
            noSubject(response, subject);
            return;
        }
        var numbers = new JsonArray();
        for (int i = 1; i <= versions.size(); i++) {
            numbers.add(i);
        }
        answer(response, 200, numbers.toBuffer());
    }

    /** A version is a number from 1, or {@code latest}. */
    void version(HttpServerResponse response, String subject, String version) {
        List<Schema> versions = subjects.get(subject);
        if (versions == null) {
            noSubject(response, subject);
        } else if (!version.matches("latest|-1|[1-9]\\d{0,8}")) {
            error(response, BAD_VERSION, "The specified version '" + version + "' is not a valid version id. Allowed"
                    + " values are between [1, 2^31-1] and the string \"latest\"");
        } else {
            boolean latest = version.equals("latest") || version.equals("-1");
            int number = latest ? versions.size() : Integer.parseInt(version);
            if (number > versions.size()) {
                error(response, NO_VERSION, "Version " + number + " not found.");
                return;
            }
            Schema schema = versions.get(number - 1);
            answer(response, 200, new JsonObject().put("subject", subject).put("id", SchemaCatalog.id(schema))
                    .put("version", number).put("schema", schema.toString()).toBuffer());
        }
    }

    private static void noSubject(HttpServerResponse response, String subject) {
        error(response, NO_SUBJECT, "Subject '" + subject + "' not found.");
    }

    /** The first three digits of a code are its HTTP status. */
    private static void error(HttpServerResponse response, int code, String message) {
        answer(response, code / 100, new JsonObject().put("error_code", code).put("message", message).toBuffer());
    }

    private static void answer(HttpServerResponse response, int status, Buffer body) {
        response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE).end(body);
    }
}
