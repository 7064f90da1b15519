package dev.penstock.ingress;

import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.catalog.Tenant;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/usage/stream}: the usage events of the caller's tenant as server-sent events, from now on or, where
 * {@code Last-Event-ID} is given, from the event after that. Safe for several threads.
 */
final class UsageStreams {
    /** Each is a consumer of Kafka, with buffers of a few MB at the worst. */
    private static final int MOST = 100;
    private static final Pattern POSITION = Pattern.compile("(\\d{1,9})-(\\d{1,18})");

    /** Where an event stands on the topic; written {@code PARTITION-OFFSET}, it is the event's id. */
    record Position(int partition, long offset) {
        static @Nullable Position parse(String id) {
            Matcher matcher = POSITION.matcher(id);
            return matcher.matches()
                    ? new Position(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)))
                    : null;
        }

        @Override
        public String toString() {
            return partition + "-" + offset;
        }
    }

    private final IngressConfig config;
    private final Semaphore free = new Semaphore(MOST);

    UsageStreams(IngressConfig config) {
        this.config = config;
    }

    /** To be called on the event loop of the request. */
    void open(Context context, HttpServerRequest request, Tenant tenant) {
        String lastSeen = request.getHeader("last-event-id");
        Position after = lastSeen == null ? null : Position.parse(lastSeen);
        if (lastSeen != null && after == null) {
            Responses.error(request.response(),
                    Refusals.invalidParameter("Last-Event-ID", "must be the id of an event of this stream"));
        } else if (!free.tryAcquire()) {
            Responses.error(request.response(), Refusals.tooManyStreams());
        } else {
            var stream = new UsageStream(config, context, request.response(), tenant.name(), after);
            Thread.ofVirtual().name("penstock-usage-stream").start(() -> {
                try {
                    stream.run();
                } finally {
                    free.release();
                }
            });
        }
    }
}
