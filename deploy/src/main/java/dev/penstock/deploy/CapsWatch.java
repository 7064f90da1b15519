package dev.penstock.deploy;

import dev.penstock.deploy.settings.SettingsException;
import dev.penstock.schemas.catalog.Cap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up the caps of the settings' file when that changes. It is read four times a second, since a watch of the
 * system's misses what is behind the links of a Kubernetes ConfigMap; and a change counts when it was read twice, so
 * that a file that is being written is not taken for a whole one. A file that is not valid changes nothing.
 */
final class CapsWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CapsWatch.class);
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Path file;
    private final Supplier<Map<String, Cap>> reader;
    private final Consumer<Map<String, Cap>> caps;

    private CapsWatch(Path file, Supplier<Map<String, Cap>> reader, Consumer<Map<String, Cap>> caps) {
        this.file = file;
        this.reader = reader;
        this.caps = caps;
    }

    /**
     * Watches for as long as the process lives; null for a file is none to watch.
     *
     * @param caps told of all caps after each change, on a thread of the watch's own
     */
    static void start(@Nullable Path file, Supplier<Map<String, Cap>> reader, Consumer<Map<String, Cap>> caps) {
        if (file != null) {
            var watch = new CapsWatch(file, reader, caps);
            byte[] known = watch.content();
            Thread.ofPlatform().name("penstock-settings").daemon().start(() -> watch.run(known));
        }
    }

    private void run(byte[] atStart) {
        byte[] known = atStart;
        byte[] before = atStart;
        while (true) {
            LockSupport.parkNanos(PAUSE.toNanos());
            byte[] now = content();
            if (Arrays.equals(now, before) && !Arrays.equals(now, known)) {
                known = now;
                takeUp();
            }
            before = now;
        }
    }

    private void takeUp() {
        try {
            caps.accept(reader.get());
            LOG.info("the caps of {} are in force; its other settings are at the next start", file);
        } catch (SettingsException e) {
            LOG.error("{} cannot be used, so the caps stay as they are:\n{}", file, e.getMessage());
        }
    }

    /** Empty if it cannot be read. */
    private byte[] content() {
        try {
            return Files.readAllBytes(file);
        } catch (IOException _) {
            return new byte[0];
        }
    }
}
