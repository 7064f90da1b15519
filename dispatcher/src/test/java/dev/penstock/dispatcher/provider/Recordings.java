package dev.penstock.dispatcher.provider;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The recorded traffic of providers; it is kept outside the project. */
final class Recordings {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, ProviderKind> KINDS = Map.ofEntries(entry("openai", ProviderKind.OPENAI),
            entry("azure", ProviderKind.AZURE), entry("deepseek", ProviderKind.DEEPSEEK),
            entry("groq", ProviderKind.GROQ), entry("mistral", ProviderKind.MISTRAL),
            entry("openrouter", ProviderKind.OPENROUTER), entry("qwen", ProviderKind.QWEN),
            entry("xai", ProviderKind.XAI), entry("ollama", ProviderKind.OLLAMA),
            entry("selfhosted", ProviderKind.OPENAI_COMPATIBLE), entry("gemini", ProviderKind.GEMINI));

    private Recordings() {}

    /** One recorded file. */
    record Recording(Path root, String file, ProviderKind kind, String name, int status, String tier) {
        byte[] bytes() throws IOException {
            return Files.readAllBytes(root.resolve(file));
        }

        JsonNode json() throws IOException {
            return JSON.readTree(bytes());
        }

        boolean isRequest() {
            return file.endsWith(".request.json");
        }

        boolean isStream() {
            return file.matches(".*\\.(sse|ndjson|chunks\\.txt|response-stream-events\\.json)");
        }

        /** Recorded as it came, or framed again where the framing was lost. */
        byte[] stream() throws IOException {
            if (file.endsWith(".sse") || file.endsWith(".ndjson")) {
                return bytes();
            }
            var events = new ByteArrayOutputStream();
            if (file.endsWith(".json")) {
                for (JsonNode chunk : json()) {
                    events.writeBytes(Samples.bytes("data: " + chunk + "\n\n"));
                }
            } else {
                Files.readAllLines(root.resolve(file)).stream().filter(line -> !line.isBlank())
                        .forEach(line -> events.writeBytes(Samples.bytes("data: " + line + "\n\n")));
            }
            if (isOpenAis()) {
                events.writeBytes(Samples.bytes("data: [DONE]\n\n"));
            }
            return events.toByteArray();
        }

        /** Whether it is of OpenAI's dialect, with whatever differences. */
        boolean isOpenAis() {
            return switch (kind) {
                case OPENAI, AZURE, DEEPSEEK, GROQ, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA, OPENAI_COMPATIBLE -> true;
                case OPENAI_RESPONSES, ANTHROPIC, BEDROCK, GEMINI, VERTEX, OLLAMA_NATIVE, QWEN_NATIVE -> false;
            };
        }
    }

    static Optional<Path> root() {
        String given = System.getenv("PENSTOCK_WIRE");
        return Stream.of(given == null ? Path.of("../../shared/wire") : Path.of(given)).filter(Files::isDirectory)
                .findFirst();
    }

    /** Every file of most providers that the index names and the folder holds. */
    static List<Recording> all(Path root) throws IOException {
        return of(root, KINDS);
    }

    /** The same of these providers, by the name they have in the index. */
    static List<Recording> of(Path root, Map<String, ProviderKind> providers) throws IOException {
        List<String> lines = Files.readAllLines(root.resolve("INDEX.tsv"));
        List<String> columns = List.of(lines.getFirst().split("\t", -1));
        var recordings = new ArrayList<Recording>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            String file = cells[columns.indexOf("file")];
            String name = cells[columns.indexOf("case")];
            ProviderKind kind = kind(providers.get(cells[columns.indexOf("provider")]), name);
            if (kind != null && Files.exists(root.resolve(file))) {
                String status = cells[columns.indexOf("status")];
                recordings.add(new Recording(root, file, kind, name,
                        status.matches("\\d+") ? Integer.parseInt(status) : 200, cells[columns.indexOf("tier")]));
            }
        }
        return recordings;
    }

    /** The case tells which of a provider's dialects it is. */
    private static @Nullable ProviderKind kind(@Nullable ProviderKind ofProvider, String name) {
        return switch (ofProvider) {
            case GEMINI -> name.startsWith("vertex-") ? ProviderKind.VERTEX : ProviderKind.GEMINI;
            case QWEN -> name.startsWith("native-") ? ProviderKind.QWEN_NATIVE : ProviderKind.QWEN;
            case OLLAMA -> name.startsWith("native-") ? ProviderKind.OLLAMA_NATIVE : ProviderKind.OLLAMA;
            case null, default -> ofProvider;
        };
    }
}
