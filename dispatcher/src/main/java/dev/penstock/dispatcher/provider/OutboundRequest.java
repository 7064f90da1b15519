package dev.penstock.dispatcher.provider;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A request in a provider's dialect, to be sent by POST.
 *
 * @param path from the root of the host, with the query
 * @param headers the provider's key among them
 * @param calls how often it is to be sent: the provider gives but one choice, and the caller wants so many
 * @param dropped fields of the caller's request that the provider does not get, or not as they were given
 */
@SuppressWarnings("ArrayRecordComponent") // requests are sent, never compared
record OutboundRequest(String path, Map<String, String> headers, byte[] body, int calls,
        List<String> dropped) implements Outbound {
    static final String IDEMPOTENCY_KEY = "idempotency-key";

    /** One that says all that the caller's says. */
    OutboundRequest(String path, Map<String, String> headers, byte[] body) {
        this(path, headers, body, 1, List.of());
    }

    /** The same as one of its calls, from 0: to the provider it is another request. */
    OutboundRequest nth(int call) {
        String key = headers.get(IDEMPOTENCY_KEY);
        if (key == null || call == 0) {
            return this;
        }
        var others = new HashMap<>(headers);
        others.put(IDEMPOTENCY_KEY, key + "-" + call);
        return new OutboundRequest(path, others, body, calls, dropped);
    }

    @Override
    public String toString() {
        return "POST " + path;
    }
}
