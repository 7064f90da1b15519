package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request asks for and a provider has not, noted while the request is translated. */
final class Gaps {
    private final List<String> dropped = new ArrayList<>();
    private @Nullable String unsupported;

    /** This field, such as {@code messages[0].content[1]}, cannot be done without. */
    void note(String param) {
        unsupported = unsupported == null ? param : unsupported;
    }

    /** This field is left out, or changed. */
    void drop(String param) {
        if (!dropped.contains(param)) {
            dropped.add(param);
        }
    }

    /** Notes what is not among the fields that a provider takes. */
    void check(JsonNode request, FieldRules parameters) {
        String field = parameters.unsupported(request);
        if (field != null) {
            note(field);
        }
        parameters.dropped(request).forEach(this::drop);
    }

    List<String> dropped() {
        return List.copyOf(dropped);
    }

    /** The first field that cannot be done without; null if there is none. */
    @Nullable
    String unsupported() {
        return unsupported;
    }
}
