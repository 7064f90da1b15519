package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
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
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--model", description = "The model to ask (the first that is served).")
    private @Nullable String model;

    @Parameters(paramLabel = "PROMPT", description = "What to ask; - reads it from the standard input.")
    private String prompt = "";

    private final long started = System.nanoTime();
    private long firstToken;
    private @Nullable JsonNode usage;
    private @Nullable String failure;

    @Override
    public Integer call() throws IOException, InterruptedException {
        ApiClient client = ApiClient.ofEnvironment();
        String text = prompt.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : prompt;
        String asked = model == null ? client.get("/v1/models").path("data").path(0).path("id").asText() : model;
        ObjectNode request = ApiClient.JSON.createObjectNode().put("model", asked).put("stream", true);
        request.putObject("stream_options").put("include_usage", true);
        request.putArray("messages").addObject().put("role", "user").put("content", text);
        PrintWriter out = spec.commandLine().getOut();
        client.post("/v1/chat/completions", request, data -> show(data, out));
        out.println();
        if (failure != null) {
            throw new IOException(failure);
        }
        out.println(summary());
        out.flush();
        return 0;
    }

    private void show(String data, PrintWriter out) {
        if (data.equals("[DONE]")) {
            return;
        }
        JsonNode chunk = parse(data);
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

    private String summary() {
        long end = System.nanoTime();
        long output = usage == null ? 0 : usage.path("completion_tokens").asLong();
        return String.format(Locale.ROOT, "\u001b[2m%d tokens in, %d out; first after %d ms, all after %d ms\u001b[0m",
                usage == null ? 0 : usage.path("prompt_tokens").asLong(), output,
                firstToken == 0 ? 0 : (firstToken - started) / 1_000_000, (end - started) / 1_000_000);
    }

    private static JsonNode parse(String json) {
        try {
            return ApiClient.JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException("the stream holds something else than JSON", e);
        }
    }
}
