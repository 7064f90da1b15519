package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.jspecify.annotations.Nullable;

/** Where an answer comes from, as OpenAI says it: {@code url_citation}s over ranges of the content's characters. */
final class GeminiAnnotations {
    private GeminiAnnotations() {}

    /**
     * The JSON of {@code annotations}; null if there are none.
     *
     * @param grounding GroundingMetadata: chunks that were found, and which of them support which segment
     * @param citations CitationMetadata: what the answer repeats
     * @param said the content, of which Gemini counts the bytes
     */
    static @Nullable String of(@Nullable JsonNode grounding, @Nullable JsonNode citations, Utf8Offsets said) {
        ArrayNode annotations = JsonNodeFactory.instance.arrayNode();
        if (grounding != null) {
            JsonNode chunks = grounding.path("groundingChunks");
            for (JsonNode support : grounding.path("groundingSupports")) {
                for (JsonNode chunk : support.path("groundingChunkIndices")) {
                    JsonNode source = chunks.path(chunk.asInt(-1));
                    JsonNode page = source.has("web") ? source.path("web") : source.path("retrievedContext");
                    add(annotations, support.path("segment"), page, said);
                }
            }
        }
        if (citations != null) {
            // The Developer API has citationSources, Vertex citations.
            citations.path("citationSources").forEach(source -> add(annotations, source, source, said));
            citations.path("citations").forEach(source -> add(annotations, source, source, said));
        }
        return annotations.isEmpty() ? null : annotations.toString();
    }

    private static void add(ArrayNode annotations, JsonNode range, JsonNode page, Utf8Offsets said) {
        if (page.hasNonNull("uri")) {
            annotations.addObject().put("type", "url_citation").putObject("url_citation")
                    .put("start_index", said.chars(range.path("startIndex").asInt()))
                    .put("end_index", said.chars(range.path("endIndex").asInt()))
                    .put("title", page.path("title").asText()).put("url", page.path("uri").asText());
        }
    }
}
