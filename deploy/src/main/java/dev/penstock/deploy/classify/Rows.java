package dev.penstock.deploy.classify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.nio.file.Path;

/** The rows of a file, one at a time: of a CSV file with a header ({@code .csv}), else of lines of JSON. Blocks. */
public final class Rows implements AutoCloseable {
    /** Numbers stay as they are written. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();

    private final Path file;
    private final MappingIterator<ObjectNode> rows;
    private int number;

    /** Opens a file in UTF-8. */
    public Rows(Path file) throws IOException {
        this.file = file;
        ObjectReader reader = isCsv(file)
                ? new CsvMapper().readerFor(ObjectNode.class).with(CsvSchema.emptySchema().withHeader())
                : JSON.readerFor(ObjectNode.class);
        this.rows = reader.readValues(file.toFile());
    }

    static boolean isCsv(Path file) {
        return file.toString().endsWith(".csv");
    }

    /** Whether there is a row more. */
    public boolean hasNext() throws IOException {
        try {
            return rows.hasNextValue();
        } catch (JsonProcessingException e) {
            throw unreadable(e);
        }
    }

    /** The next row: its columns by their names, in their order. */
    public ObjectNode next() throws IOException {
        try {
            number++;
            return rows.nextValue();
        } catch (JsonProcessingException e) {
            throw unreadable(e);
        }
    }

    /** How many rows have been given. */
    public int number() {
        return number;
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }

    private IOException unreadable(JsonProcessingException e) {
        return new IOException(
                file + ": row " + number + " is not one of a CSV file with a header (.csv) or a JSON object",
                e);
    }
}
