package dev.penstock.dispatcher.provider;

import java.util.List;
import java.util.Map;

/**
 * A request in a provider's dialect, to be sent by POST.
 *
 * @param path from the root of the host, with the query
 * @param headers the provider's key among them
 * @param dropped fields of the caller's request that the provider does not get, or not as they were given
 */
@SuppressWarnings("ArrayRecordComponent") // requests are sent, never compared
record OutboundRequest(String path, Map<String, String> headers, byte[] body,
        List<String> dropped) implements Outbound {
    /** One that says all that the caller's says. */
    OutboundRequest(String path, Map<String, String> headers, byte[] body) {
        this(path, headers, body, List.of());
    }

    @Override
    public String toString() {
        return "POST " + path;
    }
}
