package dev.penstock.schemas;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.avro.Schema;

/** The texts of the released schemas, as they lie in the jar. */
final class SchemaHistory {
    /** A line for each schema: id, name, fingerprint, and the release that published it or {@value #UNRELEASED}. */
    record Entry(int id, String name, String fingerprint, String release) {
        static Entry parse(String line) {
            String[] words = line.strip().split("\\s+");
            return new Entry(Integer.parseInt(words[0]), words[1], words[2], words[3]);
        }

        boolean released() {
            return !release.equals(UNRELEASED);
        }

        /** Name of the file in {@code history/} that has the text. */
        String file() {
            return id + "-" + name + ".avsc";
        }

        @Override
        public String toString() {
            return String.join(" ", Integer.toString(id), name, fingerprint, release);
        }
    }

    static final String UNRELEASED = "-";

    private SchemaHistory() {}

    static List<Entry> entries() {
        return read("index").lines().map(Entry::parse).toList();
    }

    static List<Schema> released() {
        return entries().stream().filter(Entry::released).map(entry -> schema(entry.file())).toList();
    }

    private static Schema schema(String file) {
        return new Schema.Parser().parse(read(file));
    }

    private static String read(String file) {
        try (InputStream in = SchemaHistory.class.getResourceAsStream("history/" + file)) {
            if (in == null) {
                throw new FileNotFoundException("history/" + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the jar is not whole", e);
        }
    }
}
