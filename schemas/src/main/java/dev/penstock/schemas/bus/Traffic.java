package dev.penstock.schemas.bus;

import java.util.List;

/**
 * What the accounts have asked of one ingress since it last said so, for the other ingresses: their limits are for all of
 * them together. Broadcast on {@link #ADDRESS} about once a second while there is something to tell.
 *
 * @param ingress which one tells
 */
public record Traffic(String ingress, List<Used> used) implements BusMessage {
    /** Where it is published; every ingress listens there. */
    public static final String ADDRESS = "penstock.traffic";

    public Traffic {
        used = List.copyOf(used);
    }

    /**
     * An account's part.
     *
     * @param account a tenant, or {@code TENANT/KEYID}
     * @param requests since the last time
     * @param tokens since the last time
     * @param inFlight requests that are open now
     */
    public record Used(String account, long requests, long tokens, int inFlight) {}
}
