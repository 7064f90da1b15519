package dev.penstock.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A command of Penstock as a process of its own, with the JVM, the options and the classes of this one. */
final class ChildProcess {
    private ChildProcess() {}

    /** Returns when the process has said its first line, which is that it is ready. What it complains of is shown. */
    static Process start(String key, String... command) throws IOException {
        return start(List.of(), key, command);
    }

    /** The same, started by another command such as {@code nice}. */
    static Process start(List<String> by, String key, String... command) throws IOException {
        var line = new ArrayList<String>(by);
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        line.addAll(List.of(command));
        var builder = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("PENSTOCK_API_KEY", key);
        Process process = builder.start();
        InputStream out = process.getInputStream();
        for (int c = out.read(); c != '\n'; c = out.read()) {
            if (c < 0) {
                throw new IOException(command[0] + " did not become ready");
            }
        }
        return process;
    }
}
