package dev.penstock.ingress.admission;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Material for tests that lies beside the repository and is not part of it. */
public final class SharedFolder {
    private SharedFolder() {}

    /** The folder that an environment variable names, or {@code shared/NAME} beside the repository; skips the test if there is none. */
    public static Path find(String variable, String name) {
        String named = System.getenv(variable);
        if (named != null) {
            return Path.of(named);
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = at.resolve("shared").resolve(name);
            if (Files.isDirectory(found)) {
                return found;
            }
        }
        return Assumptions
                .abort("there is no shared/" + name + " beside the repository, and " + variable + " is not set");
    }
}
