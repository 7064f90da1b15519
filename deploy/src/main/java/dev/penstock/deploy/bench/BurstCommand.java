package dev.penstock.deploy.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The other tenant of {@code penstock bench --profile flood}, a process of its own: for each number on standard input it
 * sends so many requests at once, and writes a line of {@link Burst.Sent} when all have ended.
 */
@Command(name = "burst", hidden = true, description = "Sends as many requests at once as each line of standard input says.")
public final class BurstCommand implements Callable<Integer> {
    /** It is to wait for no connection; each takes a hundred requests at a time. */
    private static final int CONNECTIONS = 1_000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--url", required = true, description = "Where to send them.")
    private URI url = URI.create("");

    @Option(names = "--key", required = true, description = "The tenant's key.")
    private String key = "";

    @Option(names = "--model", required = true, description = "The model.")
    private String model = "";

    @Option(names = "--millis", required = true, description = "How long the provider takes for an answer.")
    private int millis;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        var target = new Target("burst", url, key, model, ProcessHandle.current().pid());
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        // Over HTTP/2: ten thousand sockets would cost more than what goes through them.
        HttpClient client = vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false),
                new PoolOptions().setHttp2MaxSize(CONNECTIONS));
        try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            out.println("ready");
            for (out.flush();; out.flush()) {
                String line = in.readLine();
                if (line == null) {
                    return 0;
                }
                var plan = new Plan(false, Integer.parseInt(line), Double.POSITIVE_INFINITY, millis, 0, 1);
                out.println(Burst.Sent.of(Round.play(vertx, client, target, plan).await()).line());
            }
        } finally {
            vertx.close().await();
        }
    }
}
