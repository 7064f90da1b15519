package dev.penstock.deploy;

import dev.penstock.deploy.settings.PriceFile;
import dev.penstock.deploy.settings.PriceTable;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.metering.Audit;
import dev.penstock.metering.Findings;
import dev.penstock.metering.MeteringConfig;
import dev.penstock.metering.Rerating;
import dev.penstock.metering.Rerating.Change;
import dev.penstock.schemas.catalog.Provider;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock ledger}: looks through the whole log. */
@Command(name = "ledger", mixinStandardHelpOptions = true, description = "Checks and prices again what is on the log.")
final class LedgerCommand implements Callable<Integer> {
    private static final int DIFFERENT = 1;
    /** Stands in for the address of the simulator: nothing is called, but its models have prices. */
    private static final URI SIMULATOR = URI.create("http://127.0.0.1/v1");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private LedgerCommand() {}

    static CommandLine of() {
        return new CommandLine(new LedgerCommand()).addSubcommand(new Verify()).addSubcommand(new Rerate());
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return CommandLine.ExitCode.USAGE;
    }

    /** Which log. */
    static final class Log {
        @Option(names = "--kafka", paramLabel = "HOST:PORT", description = "Kafka's bootstrap servers (those of penstock up with this --data).")
        private @Nullable String kafka;

        @Option(names = "--data", defaultValue = ".penstock", description = "Folder of penstock up, which may be running or not (${DEFAULT-VALUE}).")
        private Path data = Path.of("");

        @Option(names = "--config", description = "Settings to lay over the defaults.")
        private @Nullable Path config;

        <T> T with(Function<MeteringConfig, T> work) throws IOException {
            return at((settings, kafka) -> work.apply(settings.meteringConfig(kafka, data)));
        }

        /** Works with the settings and the address of a Kafka that runs, if need be only for this. */
        <T> T at(BiFunction<Settings, String, T> work) throws IOException {
            Settings settings = SettingsReader.read(config, System.getenv(), SIMULATOR);
            if (kafka != null) {
                return work.apply(settings, kafka);
            }
            Path log = data.resolve("kafka");
            String address = EmbeddedBroker.address(log);
            if (address == null) {
                throw new IOException("there is no log under " + data + ": say --data or --kafka");
            }
            if (EmbeddedBroker.isUsed(log)) {
                return work.apply(settings, address);
            }
            try (EmbeddedBroker broker = EmbeddedBroker.start(log, 0)) {
                return work.apply(settings, broker.bootstrapServers());
            }
        }
    }

    /** {@code penstock ledger verify}. */
    @Command(name = "verify", mixinStandardHelpOptions = true, description = "Replays all attempts and proves that the published usage and spend are what follows from them; ends with 1 and names the differences if they are not.")
    static final class Verify implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private Log log = new Log();

        @Override
        public Integer call() throws IOException {
            Findings found = log.with(Audit::verify);
            PrintWriter out = spec.commandLine().getOut();
            found.named().forEach(out::println);
            out.printf(Locale.ROOT,
                    "%d attempts (%d written again, %d not yet metered), %d usage events, %d sums: %s%n",
                    found.attempts(), found.repetitions(), found.waiting(), found.usage(), found.sums(),
                    found.differences() == 0 ? "no difference" : found.differences() + " differences");
            if (found.otherPrices() > 0) {
                out.printf("%d were priced by other settings, so their price was not checked%n", found.otherPrices());
            }
            out.flush();
            return found.differences() == 0 ? 0 : DIFFERENT;
        }
    }

    /** {@code penstock ledger rerate}. */
    @Command(name = "rerate", mixinStandardHelpOptions = true, description = "Shows what the same traffic would have cost at other prices.")
    static final class Rerate implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private Log log = new Log();

        @Option(names = "--prices", required = true, paramLabel = "FILE", description = "LiteLLM's table, or YAML in US dollars for a million tokens: MODEL: {input: 0.15, output: 0.6, cacheRead: 0.075, cacheWrite: 0.15}; a file, or an http(s) URL")
        private String prices = "";

        @Override
        public Integer call() throws IOException {
            PriceFile other = PriceFile.read(prices);
            SortedMap<String, Change> changes = log.with(config -> Rerating.of(config, usage -> {
                Provider provider = config.catalog().providers().get(usage.getProvider());
                return other.price(usage.getModel(), provider == null ? usage.getProvider() : PriceTable.name(provider),
                        usage.getProviderModel());
            }));
            PrintWriter out = spec.commandLine().getOut();
            out.printf("%-40s %10s %16s %16s%n", "model", "attempts", "was", "would be");
            changes.forEach((model, change) -> out.printf("%-40s %10d %16s %16s%s%n", model, change.attempts(),
                    dollars(change.published()),
                    change.rerated() == null ? "no price given" : dollars(change.rerated()),
                    change.unpriced() == 0 ? "" : "  (" + change.unpriced() + " were of unknown price)"));
            out.flush();
            return 0;
        }

        private static String dollars(long nano) {
            return "$" + BigDecimal.valueOf(nano, 9).toPlainString();
        }
    }
}
