package dev.penstock.deploy.bench;

import java.net.URI;

/**
 * Something that serves OpenAI's chat completions and has the simulator behind it, or is it.
 *
 * @param baseUrl with or without the version, as in {@code http://127.0.0.1:8080/v1}
 * @param apiKey sent as a bearer token; empty for none
 * @param pid the process whose tree's CPU and memory count; 0 if unknown
 */
public record Target(String name, URI baseUrl, String apiKey, String model, long pid) {

    String chatUrl() {
        String base = baseUrl.toString().replaceFirst("/+$", "");
        return base + (base.endsWith("/v1") ? "" : "/v1") + "/chat/completions";
    }
}
