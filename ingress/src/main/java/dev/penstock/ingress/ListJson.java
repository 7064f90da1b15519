package dev.penstock.ingress;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/** OpenAI's lists. */
final class ListJson {
    /** Writes one item. */
    interface Item<T> {
        void write(JsonGenerator json, T item) throws IOException;
    }

    private ListJson() {}

    static <T> void write(JsonGenerator json, List<T> items, Function<T, String> id, boolean hasMore, Item<T> item)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("object", "list");
        json.writeArrayFieldStart("data");
        for (T one : items) {
            item.write(json, one);
        }
        json.writeEndArray();
        json.writeStringField("first_id", items.isEmpty() ? null : id.apply(items.getFirst()));
        json.writeStringField("last_id", items.isEmpty() ? null : id.apply(items.getLast()));
        json.writeBooleanField("has_more", hasMore);
        json.writeEndObject();
    }
}
