package dev.penstock.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The API key that {@code penstock up} makes when it is given none; only its owner may read the file. */
final class ApiKeyFile {
    private static final String NAME = "api-key";

    private ApiKeyFile() {}

    /** The key in a data folder, made now if there is none. */
    static String readOrMake(Path dataDir) throws IOException {
        Path file = dataDir.resolve(NAME);
        if (!Files.exists(file)) {
            Files.createDirectories(dataDir);
            var random = new byte[24];
            new SecureRandom().nextBytes(random);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, "sk-penstock-" + HexFormat.of().formatHex(random));
        }
        return read(dataDir);
    }

    static String read(Path dataDir) throws IOException {
        return Files.readString(dataDir.resolve(NAME)).strip();
    }
}
