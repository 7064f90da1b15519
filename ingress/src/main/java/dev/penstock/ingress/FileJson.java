package dev.penstock.ingress;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.schemas.event.StoredFile;
import java.io.IOException;
import java.util.List;

/** OpenAI's File object, and lists of it. */
final class FileJson {
    private FileJson() {}

    static byte[] file(StoredFile file) {
        return Responses.written(json -> write(json, file));
    }

    static byte[] list(List<StoredFile> files, boolean hasMore) {
        return Responses.written(json -> ListJson.write(json, files, StoredFile::getFileId, hasMore, FileJson::write));
    }

    static byte[] deleted(String id) {
        return Responses.written(json -> {
            json.writeStartObject();
            json.writeStringField("id", id);
            json.writeStringField("object", "file");
            json.writeBooleanField("deleted", true);
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, StoredFile file) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", file.getFileId());
        json.writeStringField("object", "file");
        json.writeNumberField("bytes", file.getBytes());
        json.writeNumberField("created_at", file.getCreatedAt().getEpochSecond());
        if (file.getExpiresAt() != null) {
            json.writeNumberField("expires_at", file.getExpiresAt().getEpochSecond());
        }
        json.writeStringField("filename", file.getFilename());
        json.writeStringField("purpose", file.getPurpose());
        json.writeStringField("status", "processed"); // deprecated, and required
        json.writeEndObject();
    }
}
