package dev.penstock.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.SchemaHistory.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaNormalization;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What has been released stays readable and as it is. With {@code -Dschemas} it first writes the history itself. */
class SchemaHistoryTest {
    private static final Path FOLDER = Path.of("src/main/resources/dev/penstock/schemas/history");
    private static final String FIRST = """
            {"type": "record", "name": "Event", "namespace": "test", "penstock.id": 1, "fields": [
              {"name": "id", "type": "string"},
              {"name": "end", "type": {"type": "enum", "name": "End", "symbols": ["WELL", "ILL"], "default": "ILL"}}]}
            """;

    private static List<Entry> history;

    @BeforeAll
    static void write() throws IOException {
        String command = System.getProperty("schemas", "");
        history = read();
        if (!command.isEmpty()) {
            boolean release = command.startsWith("release:");
            var entries = new TreeMap<Integer, Entry>(
                    history.stream().filter(Entry::released).collect(Collectors.toMap(Entry::id, Function.identity())));
            for (Schema schema : SchemaCatalog.current()) {
                Entry entry = entry(schema,
                        release ? command.substring("release:".length()) : SchemaHistory.UNRELEASED);
                if (entries.putIfAbsent(entry.id(), entry) == null && release) {
                    Files.copy(source(schema), FOLDER.resolve(entry.file()));
                }
            }
            history = List.copyOf(entries.values());
            Files.write(FOLDER.resolve("index"), history.stream().map(Entry::toString).toList());
        }
    }

    @Test
    void everySchemaHasAnIdOfItsOwnAndItsLine() {
        assertThat(SchemaCatalog.current()).extracting(SchemaCatalog::id).doesNotHaveDuplicates();
        assertThat(history).extracting(Entry::id).doesNotHaveDuplicates();
        assertThat(SchemaCatalog.current()).extracting(SchemaCatalog::id)
                .isSubsetOf(history.stream().map(Entry::id).toList());
        assertThat(history.stream().filter(entry -> !entry.released()).map(Entry::id))
                .isSubsetOf(SchemaCatalog.current().stream().map(SchemaCatalog::id).toList());
    }

    @Test
    void noSchemaChangesUnderItsIdUnnoticed() {
        Map<Integer, Schema> current = SchemaCatalog.current().stream().map(schema -> parse(source(schema)))
                .collect(Collectors.toMap(SchemaCatalog::id, Function.identity()));
        for (Entry entry : history) {
            Schema text = entry.released() ? released(entry) : current.get(entry.id());
            assertThat(entry(text, entry.release())).as("see history/README.md").isEqualTo(entry);
            if (entry.released() && current.containsKey(entry.id())) {
                assertThat(current.get(entry.id())).as("a released schema takes a new id to change").isEqualTo(text);
            }
        }
    }

    @Test
    void everySchemaReadsAndIsReadByAllReleasedOnesOfItsName() {
        List<Schema> released = history.stream().filter(Entry::released).map(SchemaHistoryTest::released).toList();
        assertThat(incompatible(Stream.concat(released.stream(), SchemaCatalog.current().stream()).toList())).isEmpty();
    }

    @Test
    void theCheckAcceptsWhatCanBeReadBothWays() {
        assertThat(incompatible(
                changed("\"string\"}", "\"string\"}, {\"name\": \"n\", \"type\": \"int\", \"default\": 0}")))
                .isEmpty();
        assertThat(incompatible(changed("\"ILL\"]", "\"ILL\", \"DEAD\"]"))).isEmpty();
    }

    @Test
    void theCheckFindsPlantedIncompatibilities() {
        assertThat(incompatible(changed("\"string\"}", "\"string\"}, {\"name\": \"n\", \"type\": \"int\"}")))
                .as("a new field without a default").hasSize(1);
        assertThat(incompatible(changed("\"type\": \"string\"", "\"type\": \"long\""))).as("another type").hasSize(2);
        assertThat(incompatible(changed("\"name\": \"id\"", "\"name\": \"key\""))).as("another name").hasSize(2);
        assertThat(incompatible(changed(", \"default\": \"ILL\"", "").reversed())).as("both still have the symbols")
                .isEmpty();
        assertThat(incompatible(changed("\"ILL\"], \"default\": \"ILL\"", "\"DEAD\"]")))
                .as("a lost symbol without a default")
                .hasSize(1);
    }

    private static List<Schema> changed(String text, String by) {
        assertThat(FIRST).contains(text);
        return List.of(new Schema.Parser().parse(FIRST), new Schema.Parser().parse(FIRST.replace(text, by)));
    }

    /** Each pair of a reader and a writer of one name that do not fit. */
    private static List<String> incompatible(List<Schema> schemas) {
        return schemas.stream().flatMap(reader -> schemas.stream()
                .filter(writer -> writer.getFullName().equals(reader.getFullName()))
                .map(writer -> SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)))
                .filter(pair -> pair.getType() != SchemaCompatibilityType.COMPATIBLE)
                .map(pair -> pair.getReader().getObjectProp(SchemaCatalog.ID) + " cannot read "
                        + pair.getWriter().getObjectProp(SchemaCatalog.ID) + ": "
                        + pair.getResult().getIncompatibilities())
                .toList();
    }

    private static Entry entry(Schema schema, String release) {
        return new Entry(SchemaCatalog.id(schema), schema.getName(),
                String.format("%016x", SchemaNormalization.parsingFingerprint64(schema)), release);
    }

    private static List<Entry> read() throws IOException {
        return Files.readAllLines(FOLDER.resolve("index")).stream().map(Entry::parse).toList();
    }

    private static Path source(Schema schema) {
        return Path.of("src/main/avro", schema.getName() + ".avsc");
    }

    private static Schema released(Entry entry) {
        return parse(FOLDER.resolve(entry.file()));
    }

    private static Schema parse(Path file) {
        try {
            return new Schema.Parser().parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
