package dev.penstock.deploy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP server with fixed answers, and the client commands run against it. */
final class FakePenstock implements AutoCloseable {
    /** What a command did. */
    record Run(int exit, String out, String err) {}

    private final HttpServer server;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> queries = new CopyOnWriteArrayList<>();

    FakePenstock() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    FakePenstock answers(String path, int status, String body) {
        server.createContext(path, exchange -> answer(exchange, status, body));
        return this;
    }

    /** Each request: its method, path, authorization and body. */
    List<String> requests() {
        return requests;
    }

    /** The query of each request that has one. */
    List<String> queries() {
        return queries;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    Run run(String... arguments) {
        return run(new Caller(environment(), InputStream.nullInputStream(), false), arguments);
    }

    Run runWithInput(String input, String... arguments) {
        return run(new Caller(environment(), new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), false),
                arguments);
    }

    Run runOnATerminal(String... arguments) {
        return run(new Caller(environment(), InputStream.nullInputStream(), true), arguments);
    }

    static Run run(Caller caller, String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exit = Main.commands(caller).setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
        return new Run(exit, out.toString(), err.toString());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private Map<String, String> environment() {
        return Map.of("PENSTOCK_URL", url() + "/", "PENSTOCK_API_KEY", "sk-test");
    }

    private void answer(HttpExchange exchange, int status, String body) throws IOException {
        try (exchange) {
            String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(String.join(" ", exchange.getRequestMethod(), exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders().getFirst("authorization"), asked).strip());
            if (exchange.getRequestURI().getQuery() != null) {
                queries.add(exchange.getRequestURI().getQuery());
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
