package dev.penstock.deploy;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands of Penstock as processes of their own. */
final class Processes {
    private Processes() {}

    /** Starts a command whose output goes to the end of a file. */
    static Process start(Path output, String key, String... command) throws IOException {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        var line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED", "-Xmx512m",
                // They live for seconds, and start several at a time.
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classes, Main.class.getName()));
        line.addAll(List.of(command));
        var builder = new ProcessBuilder(line).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().put("PENSTOCK_API_KEY", key);
        return builder.start();
    }

    /** Stops processes, the last one first, and waits for them. */
    static void stop(List<Process> processes) {
        for (Process process : processes.reversed()) {
            process.destroy();
            process.onExit().join();
        }
    }

    /** Settings of a cluster of its own, with these lines of YAML. */
    static Path settings(Path folder, String more) throws IOException {
        return Files.writeString(folder.resolve("test.yaml"), """
                eventLoops: 1
                cluster: {port: %d, members: ["127.0.0.1:%1$d"]}
                """.formatted(freePort()) + more);
    }

    /** The line of the output that has this text, or an empty one as long as there is none. */
    static String line(Path output, String text) throws IOException {
        return Files.readAllLines(output).stream().filter(line -> line.contains(text)).findFirst().orElse("");
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
