package dev.penstock.deploy.classify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is to be asked of each row: one of some labels, by a JSON schema that allows nothing else; or, without labels, any
 * text.
 *
 * @param labels empty for any text
 */
public record Classification(String model, PromptTemplate prompt, List<String> labels) {
    static final String ROW = "row-";
    static final String LABEL = "label";
    private static final ObjectMapper JSON = new ObjectMapper();

    public Classification {
        labels = List.copyOf(labels);
    }

    /** Writes a line for each row, to be the input of a batch; returns how many there are. */
    public int write(Path rows, Path input) throws IOException {
        try (var all = new Rows(rows); BufferedWriter lines = Files.newBufferedWriter(input)) {
            while (all.hasNext()) {
                ObjectNode row = all.next();
                lines.write(JSON.writeValueAsString(line(all.number(), row)));
                lines.write('\n');
            }
            return all.number();
        }
    }

    private ObjectNode line(int number, ObjectNode row) throws IOException {
        ObjectNode line = JSON.createObjectNode().put("custom_id", ROW + number).put("method", "POST").put("url",
                "/v1/chat/completions");
        ObjectNode body = line.putObject("body").put("model", model);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt.fill(row));
        if (!labels.isEmpty()) {
            ObjectNode format = body.putObject("response_format").put("type", "json_schema").putObject("json_schema")
                    .put("name", "classification").put("strict", true);
            ObjectNode schema = format.putObject("schema").put("type", "object");
            var values = schema.putObject("properties").putObject(LABEL).put("type", "string").putArray("enum");
            labels.forEach(values::add);
            schema.putArray("required").add(LABEL);
            schema.put("additionalProperties", false);
        }
        return line;
    }
}
