package dev.penstock.dispatcher.provider;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Content within a URL (RFC 2397).
 *
 * @param type the media type without its parameters, in lower case
 * @param base64 the content
 */
record DataUrl(String type, String base64) {
    private static final String BASE64 = ";base64";

    /** Null if it is a URL of another scheme. */
    static @Nullable DataUrl parse(String url) {
        int comma = url.indexOf(',');
        if (!url.regionMatches(true, 0, "data:", 0, 5) || comma < 0) {
            return null;
        }
        String head = url.substring(5, comma).toLowerCase(Locale.ROOT);
        String data = url.substring(comma + 1);
        int parameters = head.indexOf(';');
        String type = parameters < 0 ? head : head.substring(0, parameters);
        return new DataUrl(type.isEmpty() ? "text/plain" : type, head.endsWith(BASE64) ? data : encoded(data));
    }

    private static String encoded(String data) {
        byte[] bytes = URLDecoder.decode(data.replace("+", "%2B"), StandardCharsets.UTF_8)
                .getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
