package dev.penstock.deploy.classify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came of each row, out of a batch's output and error files. */
public final class Answers {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The label or text that a row was given, or why it has none. */
    record Answer(@Nullable String label, @Nullable String error) {}

    private final Map<String, Answer> byRow = new HashMap<>();
    private final Map<String, String> known = new HashMap<>();

    /** Takes in what is in a file of lines. */
    public void read(Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String line;
            while ((line = lines.readLine()) != null) {
                JsonNode answer = JSON.readTree(line);
                byRow.put(answer.path("custom_id").asText(), answer(answer));
            }
        }
    }

    /** What came of a row, from 1. */
    Answer of(int row) {
        return byRow.getOrDefault(Classification.ROW + row, new Answer(null, "no answer"));
    }

    private Answer answer(JsonNode line) {
        JsonNode response = line.path("response");
        if (response.path("status_code").asInt() != 200) {
            JsonNode error = line.path("error").isObject() ? line.path("error") : response.path("body").path("error");
            return new Answer(null, error.path("message").asText("no answer"));
        }
        JsonNode message = response.path("body").path("choices").path(0).path("message");
        if (message.path("refusal").isTextual()) {
            return new Answer(null, message.path("refusal").asText());
        }
        return new Answer(known.computeIfAbsent(label(message.path("content").asText("")), text -> text), null);
    }

    private static String label(String content) {
        try {
            JsonNode label = JSON.readTree(content).path(Classification.LABEL);
            return label.isTextual() ? label.asText() : content;
        } catch (JsonProcessingException _) {
            return content;
        }
    }
}
