package dev.penstock.metering.webhook;

import dev.penstock.schemas.Topics;
import java.util.List;
import java.util.Map;

/** All webhooks of an installation; several instances share the work. */
public final class Webhooks implements AutoCloseable {
    private final List<Endpoint> endpoints;

    private Webhooks(List<Endpoint> endpoints) {
        this.endpoints = endpoints;
    }

    /** Starts to deliver; returns at once. */
    public static Webhooks start(Map<String, String> kafka, Topics topics, List<Webhook> webhooks) {
        return start(kafka, topics, webhooks, Backoff.DAY);
    }

    static Webhooks start(Map<String, String> kafka, Topics topics, List<Webhook> webhooks, Backoff backoff) {
        return new Webhooks(
                webhooks.stream().map(webhook -> new Endpoint(kafka, topics, webhook, backoff)).toList());
    }

    @Override
    public void close() {
        endpoints.forEach(Endpoint::close);
    }
}
