package dev.penstock.deploy.classify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;

/**
 * Writes the rows of a file with two columns more, {@code label} and {@code error}, in the format that the name of the
 * other file says: {@code .csv}, {@code .avro}, else lines of JSON.
 */
public final class LabelledRows {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ERROR = "error";

    private interface Sink extends AutoCloseable {
        void write(ObjectNode row) throws IOException;

        @Override
        void close() throws IOException;
    }

    private LabelledRows() {}

    /** Joins the answers to the rows that they are of; returns how many have a label. */
    public static int write(Path rows, Answers answers, Path target) throws IOException {
        int labelled = 0;
        Sink sink = null;
        try (var all = new Rows(rows)) {
            while (all.hasNext()) {
                ObjectNode row = all.next();
                Answers.Answer answer = answers.of(all.number());
                row.put(Classification.LABEL, answer.label()).put(ERROR, answer.error());
                labelled += answer.label() == null ? 0 : 1;
                sink = sink == null ? open(target, row) : sink;
                sink.write(row);
            }
        } finally {
            if (sink != null) {
                sink.close();
            }
        }
        return labelled;
    }

    private static Sink open(Path target, ObjectNode first) throws IOException {
        String name = target.toString();
        return name.endsWith(".csv") ? csv(target, first) : name.endsWith(".avro") ? avro(target, first) : json(target);
    }

    private static Sink csv(Path target, ObjectNode first) throws IOException {
        CsvSchema.Builder columns = CsvSchema.builder().setUseHeader(true);
        first.propertyStream().forEach(column -> columns.addColumn(column.getKey()));
        BufferedWriter writer = Files.newBufferedWriter(target);
        SequenceWriter rows = new CsvMapper().writerFor(JsonNode.class).with(columns.build()).writeValues(writer);
        return new Sink() {
            @Override
            public void write(ObjectNode row) throws IOException {
                rows.write(row);
            }

            @Override
            public void close() throws IOException {
                rows.close();
            }
        };
    }

    private static Sink json(Path target) throws IOException {
        BufferedWriter lines = Files.newBufferedWriter(target);
        return new Sink() {
            @Override
            public void write(ObjectNode row) throws IOException {
                lines.write(JSON.writeValueAsString(row));
                lines.write('\n');
            }

            @Override
            public void close() throws IOException {
                lines.close();
            }
        };
    }

    /** Every column is a text or null: rows of JSON need not agree on more. */
    private static Sink avro(Path target, ObjectNode first) throws IOException {
        SchemaBuilder.FieldAssembler<Schema> fields = SchemaBuilder.record("Row").namespace("dev.penstock.classify")
                .fields();
        for (Map.Entry<String, JsonNode> column : first.properties()) {
            fields = fields.name(avroName(column.getKey())).type().nullable().stringType().noDefault();
        }
        Schema schema = fields.endRecord();
        var writer = new DataFileWriter<GenericRecord>(new GenericDatumWriter<>(schema)).create(schema,
                target.toFile());
        return new Sink() {
            @Override
            public void write(ObjectNode row) throws IOException {
                var made = new GenericRecordBuilder(schema);
                first.fieldNames().forEachRemaining(name -> {
                    JsonNode value = row.path(name);
                    made.set(avroName(name), value.isMissingNode() || value.isNull()
                            ? null
                            : value.isTextual() ? value.asText() : value.toString());
                });
                writer.append(made.build());
            }

            @Override
            public void close() throws IOException {
                writer.close();
            }
        };
    }

    private static String avroName(String column) {
        String name = column.replaceAll("[^A-Za-z0-9_]", "_");
        return name.matches("[A-Za-z_].*") ? name : "_" + name;
    }
}
