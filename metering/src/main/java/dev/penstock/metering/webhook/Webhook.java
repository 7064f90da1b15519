package dev.penstock.metering.webhook;

import dev.penstock.schemas.catalog.Secret;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Where events are to be posted.
 *
 * @param name unique; the delivery log calls it so
 * @param url http or https
 * @param secret {@code whsec_} and the key in Base64, by the Standard Webhooks scheme
 * @param events the types that it wants; empty for all
 * @param tenants whose events it wants; empty for all
 * @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
 *     Webhooks</a>
 */
public record Webhook(String name, URI url, Secret secret, Set<String> events, Set<String> tenants) {
    /** Every type of event that there is. */
    public static final List<String> EVENTS = Stream.of(AlertEvents.TYPES, BatchEvents.TYPES, ResponseEvents.TYPES)
            .flatMap(List::stream).toList();

    private static final String PREFIX = "whsec_";
    private static final int LEAST_KEY = 24;
    private static final int LONGEST_KEY = 64;

    public Webhook {
        events = Set.copyOf(events);
        tenants = Set.copyOf(tenants);
        if (!name.matches("[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    "name: '" + name + "' must be 1 to 64 lower-case letters, digits and inner hyphens");
        }
        if (!Set.of("http", "https").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
            throw new IllegalArgumentException("url: must be an absolute http or https URL");
        }
        if (!isKey(secret)) {
            throw new IllegalArgumentException(
                    "secret: must be " + PREFIX + " and the Base64 of " + LEAST_KEY + " to " + LONGEST_KEY + " bytes");
        }
        var unknown = new TreeSet<>(events);
        EVENTS.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("events: there is no event " + unknown.getFirst() + ", only " + EVENTS);
        }
    }

    boolean wants(WebhookEvent event) {
        return wants(event.type()) && (tenants.isEmpty() || tenants.contains(event.tenant()));
    }

    boolean wants(String type) {
        return events.isEmpty() || events.contains(type);
    }

    /** The key that its secret stands for. */
    byte[] key() {
        return Base64.getDecoder().decode(secret.value().substring(PREFIX.length()));
    }

    private static boolean isKey(Secret secret) {
        if (!secret.value().startsWith(PREFIX)) {
            return false;
        }
        try {
            int length = Base64.getDecoder().decode(secret.value().substring(PREFIX.length())).length;
            return length >= LEAST_KEY && length <= LONGEST_KEY;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
