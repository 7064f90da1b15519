package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock chat}: streams an answer to the terminal, then says what it took. */
@Command(name = "chat", mixinStandardHelpOptions = true, description = "Streams an answer to the terminal. Reads PENSTOCK_URL and PENSTOCK_API_KEY.")
final class ChatCommand implements Callable<Integer> {
    private final Caller caller;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--model", description = "The model to ask (the first that is served).")
    private @Nullable String model;

    @Parameters(paramLabel = "PROMPT", description = "What to ask; - reads it from the standard input.")
    private String prompt = "";

    private long firstToken;
    private @Nullable JsonNode usage;
    private @Nullable String failure;

    ChatCommand(Caller caller) {
        this.caller = caller;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ApiClient client = ApiClient.of(caller.environment());
        String text = prompt.equals("-") ? new String(caller.in().readAllBytes(), StandardCharsets.UTF_8) : prompt;
        String asked = model == null ? firstModel(client) : model;
        ObjectNode request = ApiClient.JSON.createObjectNode().put("model", asked).put("stream", true);
        request.putObject("stream_options").put("include_usage", true);
        request.putArray("messages").addObject().put("role", "user").put("content", text);
        PrintWriter out = spec.commandLine().getOut();
        long started = System.nanoTime();
        client.post("/v1/chat/completions", request, data -> show(data, out));
        out.println();
        if (failure != null) {
            throw new IOException(failure);
        }
        if (caller.terminal()) {
            out.println("\u001b[2m" + summary(started, System.nanoTime()) + "\u001b[0m");
        }
        out.flush();
        return 0;
    }

    private static String firstModel(ApiClient client) throws IOException, InterruptedException {
        JsonNode first = client.get("/v1/models").path("data").path(0).path("id");
        if (!first.isTextual()) {
            throw new IOException("no model is configured by name; say --model PROVIDER/MODEL");
        }
        return first.asText();
    }

    private void show(String data, PrintWriter out) {
        if (data.equals("[DONE]")) {
            return;
        }
        JsonNode chunk = ApiClient.parse(data);
        if (chunk.has("error")) {
            failure = chunk.path("error").path("message").asText();
        }
        if (chunk.path("usage").isObject()) {
            usage = chunk.path("usage");
        }
        String content = chunk.path("choices").path(0).path("delta").path("content").asText("");
        if (!content.isEmpty()) {
            firstToken = firstToken == 0 ? System.nanoTime() : firstToken;
            out.print(content);
            out.flush();
        }
    }

    private String summary(long started, long end) {
        long first = firstToken == 0 ? end : firstToken;
        long output = usage == null ? 0 : usage.path("completion_tokens").asLong();
        return String.format(Locale.ROOT, "%d tokens in, %d out, %s; first after %d ms, all after %d ms, %.0f tokens/s",
                usage == null ? 0 : usage.path("prompt_tokens").asLong(), output, cost(), (first - started) / 1_000_000,
                (end - started) / 1_000_000, output * 1e9 / Math.max(1, end - first));
    }

    private String cost() {
        JsonNode cost = usage == null ? MissingNode.getInstance() : usage.path("cost");
        return cost.isNumber() ? "$" + cost.decimalValue().toPlainString() : "price unknown";
    }
}
