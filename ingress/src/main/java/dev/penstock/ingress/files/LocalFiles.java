package dev.penstock.ingress.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;

/** A folder. Several ingresses can share one on a file system that all of them see. */
public final class LocalFiles implements FileStore {
    private static final String SCRATCH = "scratch-";
    /** No upload takes so long: older scratch files are left over from a crash. */
    private static final Duration LEFT_OVER = Duration.ofDays(1);

    private final Path folder;

    /** Makes the folder if it is not there, and clears it of what a crash left unfinished. */
    public LocalFiles(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        Instant before = Instant.now().minus(LEFT_OVER);
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(folder, SCRATCH + "*")) {
            for (Path scratch : unfinished) {
                if (Files.getLastModifiedTime(scratch).toInstant().isBefore(before)) {
                    Files.deleteIfExists(scratch);
                }
            }
        }
    }

    @Override
    public Path scratch() throws IOException {
        return Files.createTempFile(folder, SCRATCH, "");
    }

    @Override
    public void put(String id, Path scratch) throws IOException {
        try (FileChannel written = FileChannel.open(scratch, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        Files.move(scratch, path(id), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public InputStream open(String id, long from) throws IOException {
        FileChannel channel = FileChannel.open(path(id), StandardOpenOption.READ);
        channel.position(from);
        return Channels.newInputStream(channel);
    }

    @Override
    public void delete(String id) throws IOException {
        Files.deleteIfExists(path(id));
    }

    @Override
    public void close() {
        // a folder needs no closing
    }

    private Path path(String id) {
        return folder.resolve(checked(id));
    }

    /** The id, which can be no other path. */
    static String checked(String id) {
        if (!id.matches("file-[A-Za-z0-9]+")) {
            throw new IllegalArgumentException("no id of a file");
        }
        return id;
    }
}
