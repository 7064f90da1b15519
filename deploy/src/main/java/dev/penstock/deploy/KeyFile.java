package dev.penstock.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/** A key that {@code penstock up} makes when it is given none; only its owner may read the file. */
enum KeyFile {
    /** Of the tenant {@code default}. */
    API("api-key", "sk-penstock-"),
    /** Of the administrator. */
    ADMIN("admin-key", "sk-penstock-admin-");

    private final String file;
    private final String prefix;

    KeyFile(String file, String prefix) {
        this.file = file;
        this.prefix = prefix;
    }

    /** The key in a data folder, made now if there is none. */
    String readOrMake(Path dataDir) throws IOException {
        Path path = dataDir.resolve(file);
        if (!Files.exists(path)) {
            Files.createDirectories(dataDir);
            var random = new byte[24];
            new SecureRandom().nextBytes(random);
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(path, prefix + HexFormat.of().formatHex(random));
        }
        return read(dataDir);
    }

    String read(Path dataDir) throws IOException {
        return Files.readString(dataDir.resolve(file)).strip();
    }
}
