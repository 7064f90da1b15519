package dev.penstock.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** CPU and memory of a process and all that it started, from the operating system (Linux for the memory). */
public final class Footprint {
    private final long pid;
    private final double cpuMillisBefore;

    /** A footprint that counts CPU from now; a pid of 0 has none that is known. */
    public Footprint(long pid) {
        this.pid = pid;
        this.cpuMillisBefore = cpuMillis(pid);
    }

    /**
     * What was used: NaN where it is not known.
     *
     * @param residentMiB at the end (VmRSS)
     * @param peakMiB the most since the processes started (VmHWM)
     */
    public record Used(double cpuMillis, double residentMiB, double peakMiB) {
        static final Used NOTHING = new Used(0, 0, 0);

        Used plus(Used other) {
            return new Used(cpuMillis + other.cpuMillis, Math.max(residentMiB, other.residentMiB),
                    Math.max(peakMiB, other.peakMiB));
        }
    }

    /** What was used up to now. */
    public Used used() {
        return new Used(cpuMillis(pid) - cpuMillisBefore, memoryMiB("VmRSS:"), memoryMiB("VmHWM:"));
    }

    private static List<ProcessHandle> tree(long pid) {
        return pid == 0
                ? List.of()
                : ProcessHandle.of(pid).stream().flatMap(root -> Stream.concat(Stream.of(root), root.descendants()))
                        .toList();
    }

    private static double cpuMillis(long pid) {
        var tree = tree(pid);
        return tree.isEmpty()
                ? Double.NaN
                : tree.stream().flatMap(process -> process.info().totalCpuDuration().stream())
                        .mapToLong(Duration::toMillis).sum();
    }

    private double memoryMiB(String field) {
        double kib = tree(pid).stream().mapToDouble(process -> kib(process.pid(), field)).sum();
        return kib > 0 ? kib / 1024 : Double.NaN;
    }

    private static double kib(long pid, String field) {
        try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith(field)).map(line -> line.replaceAll("\\D", ""))
                    .mapToDouble(Double::parseDouble).sum();
        } catch (IOException _) {
            return 0;
        }
    }
}
