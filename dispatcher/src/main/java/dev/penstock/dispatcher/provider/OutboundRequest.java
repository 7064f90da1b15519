package dev.penstock.dispatcher.provider;

import java.util.Map;

/**
 * A request in a provider's dialect, to be sent by POST.
 *
 * @param path from the root of the host, with the query
 * @param headers the provider's key among them
 */
@SuppressWarnings("ArrayRecordComponent") // requests are sent, never compared
record OutboundRequest(String path, Map<String, String> headers, byte[] body) {
    @Override
    public String toString() {
        return "POST " + path;
    }
}
