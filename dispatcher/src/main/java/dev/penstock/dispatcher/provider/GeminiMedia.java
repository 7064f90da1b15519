package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes Gemini's parts of the parts of an OpenAI message. */
final class GeminiMedia {
    private static final Map<String, String> TYPES = Map.ofEntries(Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"), Map.entry("jpeg", "image/jpeg"), Map.entry("gif", "image/gif"),
            Map.entry("webp", "image/webp"), Map.entry("heic", "image/heic"), Map.entry("heif", "image/heif"),
            Map.entry("pdf", "application/pdf"), Map.entry("txt", "text/plain"), Map.entry("mp4", "video/mp4"),
            Map.entry("mov", "video/quicktime"), Map.entry("webm", "video/webm"), Map.entry("mpeg", "video/mpeg"),
            Map.entry("mp3", "audio/mp3"), Map.entry("wav", "audio/wav"), Map.entry("flac", "audio/flac"),
            Map.entry("ogg", "audio/ogg"), Map.entry("m4a", "audio/mp4"));

    private GeminiMedia() {}

    /** Adds a part; false if there is nothing like it. */
    static boolean add(ArrayNode parts, JsonNode part) {
        return switch (part.path("type").asText()) {
            case "text" -> addText(parts, part.path("text").asText());
            case "refusal" -> addText(parts, part.path("refusal").asText());
            case "image_url" -> addUrl(parts, part.at("/image_url/url").asText());
            case "input_audio" -> inline(parts, "audio/" + part.at("/input_audio/format").asText(),
                    part.at("/input_audio/data").asText());
            case "file" -> addUrl(parts, part.at("/file/file_data").asText(part.at("/file/file_id").asText()));
            case "thinking" -> true; // Without its signature it is of no use to the model.
            default -> false;
        };
    }

    private static boolean addText(ArrayNode parts, String text) {
        parts.addObject().put("text", text);
        return true;
    }

    /** Of a file that OpenAI keeps there is an id only, which means nothing here. */
    private static boolean addUrl(ArrayNode parts, String url) {
        DataUrl data = DataUrl.parse(url);
        if (data != null) {
            return inline(parts, data.type(), data.base64());
        }
        if (!url.contains("://")) {
            return false;
        }
        ObjectNode file = parts.addObject().putObject("fileData");
        String type = type(url);
        if (type != null) {
            file.put("mimeType", type);
        }
        file.put("fileUri", url);
        return true;
    }

    private static boolean inline(ArrayNode parts, String type, String base64) {
        parts.addObject().putObject("inlineData").put("mimeType", type).put("data", base64);
        return true;
    }

    /** By the ending of the path; null if that does not tell. */
    private static @Nullable String type(String url) {
        try {
            String path = String.valueOf(URI.create(url).getPath());
            return TYPES.get(path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
