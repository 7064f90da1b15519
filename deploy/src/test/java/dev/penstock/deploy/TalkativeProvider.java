package dev.penstock.deploy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A provider of OpenAI's kind whose answers tell much of the operator's account, in headers and in errors, as real ones do;
 * it keeps the headers that it is sent. What it says of the account is always {@link #ACCOUNT}, or an id.
 */
final class TalkativeProvider implements AutoCloseable {
    static final String ACCOUNT = "acme-operations";
    private static final Map<String, String> HEADERS = Map.ofEntries(Map.entry("openai-organization", ACCOUNT),
            Map.entry("openai-project", "proj_" + ACCOUNT), Map.entry("openai-processing-ms", "321"),
            Map.entry("openai-version", "2020-10-01"), Map.entry("anthropic-organization-id", ACCOUNT),
            Map.entry("x-request-id", "req_" + ACCOUNT), Map.entry("request-id", "req_" + ACCOUNT),
            Map.entry("x-ratelimit-limit-requests", "777777"), Map.entry("x-ratelimit-remaining-tokens", "777777"),
            Map.entry("x-penstock-provider", ACCOUNT), Map.entry("set-cookie", "__cf_bm=" + ACCOUNT),
            Map.entry("server", ACCOUNT), Map.entry("cf-ray", ACCOUNT), Map.entry("via", "1.1 " + ACCOUNT),
            Map.entry("x-debug-upstream-host", ACCOUNT + ".internal"), Map.entry("x-amzn-requestid", ACCOUNT),
            Map.entry("x-envoy-upstream-service-time", "321"), Map.entry("access-control-expose-headers", ACCOUNT));
    private static final String COMPLETION = """
            {"id":"chatcmpl-1","object":"%s","created":1,"model":"m","choices":[{"index":0,"%s":{"role":"assistant",
            "content":"Hello"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,
            "total_tokens":2}}"""
            .replace("\n", "");
    private static final String REFUSAL = """
            {"error":{"message":"Project `proj_ABCdef123456` of organization org-ABCdef123456 may not do this. req_0123456789",
            "type":"invalid_request_error","param":null,"code":null,"organization":"%s"}}"""
            .formatted(ACCOUNT);

    /** What came with each request. */
    final ConcurrentLinkedQueue<Map<String, List<String>>> asked = new ConcurrentLinkedQueue<>();
    private final HttpServer server;

    TalkativeProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.add(Map.copyOf(exchange.getRequestHeaders()));
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        HEADERS.forEach(exchange.getResponseHeaders()::set);
        if (body.contains("refuse this")) {
            reply(exchange, 400, "application/json", REFUSAL);
        } else if (body.contains("\"stream\":true")) {
            reply(exchange, 200, "text/event-stream", ": " + ACCOUNT + "\n\ndata: "
                    + COMPLETION.formatted("chat.completion.chunk", "delta") + "\n\ndata: [DONE]\n\n");
        } else {
            reply(exchange, 200, "application/json", COMPLETION.formatted("chat.completion", "message"));
        }
    }

    private static void reply(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("content-type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
