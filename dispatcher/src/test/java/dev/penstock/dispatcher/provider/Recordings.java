package dev.penstock.dispatcher.provider;

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

/** The recorded traffic of providers that speak OpenAI's dialect; it is kept outside the project. */
final class Recordings {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, ProviderKind> KINDS = Map.of("openai", ProviderKind.OPENAI, "deepseek",
            ProviderKind.DEEPSEEK, "groq", ProviderKind.GROQ, "mistral", ProviderKind.MISTRAL, "openrouter",
            ProviderKind.OPENROUTER, "qwen", ProviderKind.QWEN, "xai", ProviderKind.XAI, "ollama", ProviderKind.OLLAMA,
            "selfhosted", ProviderKind.OPENAI_COMPATIBLE);

    private Recordings() {}

    /** One recorded file. */
    record Recording(Path root, String file, ProviderKind kind, String name, int status) {
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
            return file.matches(".*\\.(sse|chunks\\.txt|response-stream-events\\.json)");
        }

        /** Recorded as it came, or framed again where the framing was lost. */
        byte[] stream() throws IOException {
            if (file.endsWith(".sse")) {
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
            events.writeBytes(Samples.bytes("data: [DONE]\n\n"));
            return events.toByteArray();
        }

        /** Why this is not of OpenAI's dialect; empty if it is. */
        Optional<String> otherDialect() {
            return name.startsWith("native-")
                    ? Optional.of(file + ": the provider's own dialect, not OpenAI's")
                    : Optional.empty();
        }
    }

    static Optional<Path> root() {
        String given = System.getenv("PENSTOCK_WIRE");
        return Stream.of(given == null ? Path.of("../../shared/wire") : Path.of(given)).filter(Files::isDirectory)
                .findFirst();
    }

    /** Every file of the providers of OpenAI's dialect that the index names and the folder holds. */
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
            ProviderKind kind = providers.get(cells[columns.indexOf("provider")]);
            if (kind != null && Files.exists(root.resolve(file))) {
                String status = cells[columns.indexOf("status")];
                recordings.add(new Recording(root, file, kind, cells[columns.indexOf("case")],
                        status.matches("\\d+") ? Integer.parseInt(status) : 200));
            }
        }
        return recordings;
    }
}
