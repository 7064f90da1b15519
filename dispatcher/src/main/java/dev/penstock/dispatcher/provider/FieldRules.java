package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A provider's rule for the fields of a request: which it takes, and which it can do without because the answer is as
 * good. Any other is refused if it asks for something, so that nobody waits for what never comes.
 */
record FieldRules(Set<String> taken, Set<String> dispensable) {
    /** Values that ask for what is done anyway. */
    private static final Map<String, Set<String>> NEUTRAL = Map.ofEntries(Map.entry("n", Set.of("1")),
            Map.entry("logprobs", Set.of("false")), Map.entry("frequency_penalty", Set.of("0", "0.0")),
            Map.entry("presence_penalty", Set.of("0", "0.0")), Map.entry("logit_bias", Set.of("{}")),
            Map.entry("store", Set.of("false")), Map.entry("modalities", Set.of("[\"text\"]")),
            Map.entry("service_tier", Set.of("\"auto\"", "\"default\"")), Map.entry("metadata", Set.of("{}")),
            Map.entry("parallel_tool_calls", Set.of("true")), Map.entry("tools", Set.of("[]")),
            Map.entry("top_logprobs", Set.of("0")));

    /** The first field that asks for what the provider has not; null if there is none. */
    @Nullable
    String unsupported(JsonNode request) {
        return asked(request).stream().filter(name -> !taken.contains(name) && !dispensable.contains(name)).findFirst()
                .orElse(null);
    }

    /** The fields that are left out though they ask for something. */
    List<String> dropped(JsonNode request) {
        return asked(request).stream().filter(dispensable::contains).toList();
    }

    /** The fields that ask for something. */
    static List<String> asked(JsonNode request) {
        var names = new ArrayList<String>();
        request.properties().forEach(field -> {
            boolean neutral = field.getValue().isNull()
                    || NEUTRAL.getOrDefault(field.getKey(), Set.of()).contains(field.getValue().toString());
            if (!neutral) {
                names.add(field.getKey());
            }
        });
        return names;
    }
}
