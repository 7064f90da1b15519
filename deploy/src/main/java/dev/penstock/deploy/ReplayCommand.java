package dev.penstock.deploy;

import dev.penstock.deploy.bench.Footprint;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.metering.Audit;
import dev.penstock.metering.Findings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock bench replay}: how fast metering takes in a log, how much memory it needs, and that nothing differs. */
@Command(name = "replay", mixinStandardHelpOptions = true, description = "Writes attempts to a log of its own, has metering take them in, and proves usage and spend against them; ends with 1 if they differ.")
final class ReplayCommand implements Callable<Integer> {
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final URI SIMULATOR = URI.create("http://127.0.0.1/v1");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--attempts", defaultValue = "1000000", paramLabel = "N", description = "How many (${DEFAULT-VALUE}).")
    private int attempts;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder for the log and the state, some 1.5 GB for a million attempts; emptied at the end (a temporary one).")
    private @org.jspecify.annotations.Nullable Path data;

    @Override
    public Integer call() throws Exception {
        Path folder = data == null ? Files.createTempDirectory("penstock-replay") : Files.createDirectories(data);
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
            return replay(folder, broker.bootstrapServers());
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
            }
        }
    }

    private int replay(Path folder, String kafka) throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        Path file = Files.writeString(folder.resolve("replay.yaml"), SampleAttempts.SETTINGS);
        Settings settings = SettingsReader.read(file, Map.of(), SIMULATOR);
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(),
                settings.kafka().partitions());
        long began = System.nanoTime();
        SampleAttempts.write(settings.kafkaClients(kafka), settings.topics(), attempts);
        out.printf(Locale.ROOT, "%,d attempts written in %.0f s%n", attempts, since(began));
        out.flush();
        began = System.nanoTime();
        Process metering = ChildProcess.start("", "metering", "--kafka", kafka, "--config", file.toString(),
                "--simulator", SIMULATOR.toString(), "--data", folder.toString());
        long events;
        try {
            events = watch(settings, kafka, metering, out);
        } finally {
            metering.destroy();
            metering.onExit().join();
        }
        double seconds = since(began);
        out.printf(Locale.ROOT, "%,d events in %.0f s: %,.0f events/s%n", events, seconds, events / seconds);
        Findings found = Audit.verify(settings.meteringConfig(kafka, folder));
        found.named().forEach(out::println);
        out.printf(Locale.ROOT, "%,d attempts, %,d written again, %,d usage events, %,d sums: %d differences%n",
                found.attempts(), found.repetitions(), found.usage(), found.sums(), found.differences());
        out.flush();
        return found.differences() == 0 && found.usage() == attempts ? 0 : 1;
    }

    /** Returns how many events there were, when metering has committed all of them. */
    private static long watch(Settings settings, String kafka, Process metering, PrintWriter out)
            throws IOException, InterruptedException, ExecutionException {
        var footprint = new Footprint(metering.pid());
        String topic = settings.topics().attempts().name();
        String group = settings.topics().prefix() + ".metering";
        try (Admin admin = Admin.create(new HashMap<String, Object>(settings.kafkaClients(kafka)))) {
            var wanted = new HashMap<TopicPartition, OffsetSpec>();
            for (int p = 0; p < settings.kafka().partitions(); p++) {
                wanted.put(new TopicPartition(topic, p), OffsetSpec.latest());
            }
            long all = 0;
            for (var end : admin.listOffsets(wanted).all().get().values()) {
                all += end.offset();
            }
            long before = 0;
            while (true) {
                Thread.sleep(EVERY);
                if (!metering.isAlive()) {
                    throw new IOException("metering has ended");
                }
                Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                        .partitionsToOffsetAndMetadata(group).get();
                long done = committed.entrySet().stream()
                        .filter(one -> one.getKey().topic().equals(topic) && one.getValue() != null)
                        .mapToLong(one -> one.getValue().offset()).sum();
                out.printf(Locale.ROOT, "%,12d of %,d events, %,7d/s, %,.0f MiB resident%n", done, all,
                        (done - before) / EVERY.toSeconds(), footprint.used().residentMiB());
                out.flush();
                before = done;
                if (done >= all) {
                    return all;
                }
            }
        }
    }

    private static double since(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }
}
