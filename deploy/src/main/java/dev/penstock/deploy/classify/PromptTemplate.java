package dev.penstock.deploy.classify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A text with the names of columns in double braces, such as {@code Is this spam? {{text}}}. */
public record PromptTemplate(String text) {
    private static final Pattern COLUMN = Pattern.compile("\\{\\{\\s*([^{}]+?)\\s*}}");

    /** The text for a row; throws where the row has no such column. */
    public String fill(ObjectNode row) throws IOException {
        Matcher columns = COLUMN.matcher(text);
        var filled = new StringBuilder();
        while (columns.find()) {
            JsonNode value = row.get(columns.group(1));
            if (value == null) {
                throw new IOException(
                        "the template's {{" + columns.group(1) + "}} is no column of the rows, which have "
                                + String.join(", ", row.propertyStream().map(Map.Entry::getKey).toList()));
            }
            columns.appendReplacement(filled,
                    Matcher.quoteReplacement(value.isTextual() ? value.asText() : value.toString()));
        }
        return columns.appendTail(filled).toString();
    }
}
