package dev.penstock.deploy;

import dev.penstock.deploy.settings.PriceFile;
import dev.penstock.deploy.settings.PriceTable;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Rates;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock prices}. */
@Command(name = "prices", mixinStandardHelpOptions = true, description = "Looks after the prices of the settings.")
final class PricesCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private PricesCommand() {}

    static CommandLine of() {
        return new CommandLine(new PricesCommand()).addSubcommand(new Check());
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return CommandLine.ExitCode.USAGE;
    }

    /** {@code penstock prices check}: the models of all providers, whether there are keys for them or not. */
    @Command(name = "check", mixinStandardHelpOptions = true, description = "Compares the prices in use with a table in LiteLLM's format; ends with 1 if one differs.")
    static final class Check implements Callable<Integer> {
        private static final int DIFFERENT = 1;

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Option(names = "--source", paramLabel = "FILE|URL", defaultValue = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json", description = "The table (LiteLLM's own, as it is now).")
        private String source = "";

        @Option(names = "--config", description = "Settings to lay over the defaults.")
        private @Nullable Path config;

        @Override
        public Integer call() {
            Catalog catalog = SettingsReader.readAll(config, System.getenv()).catalog();
            PriceTable table = PriceFile.table(source);
            PrintWriter out = spec.commandLine().getOut();
            out.println("In US dollars for a million tokens.");
            int different = 0;
            int missing = 0;
            for (Model model : catalog.models().values().stream().sorted(Comparator.comparing(Model::name)).toList()) {
                Provider provider = Objects.requireNonNull(catalog.providers().get(model.provider()));
                PriceTable.Entry entry = table.find(PriceTable.name(provider), model.providerModel());
                if (entry == null || entry.price() == null) {
                    missing++;
                    out.printf("%-28s %-10s now    %s%n", model.name(), "missing", told(model.price()));
                    problems(entry).forEach(problem -> out.printf("%-39s table  %s%n", "", problem));
                } else if (entry.price().equals(model.price())) {
                    out.printf("%-28s %-10s now    %s%n", model.name(), "same", told(model.price()));
                } else {
                    different++;
                    out.printf("%-28s %-10s now    %s%n", model.name(), "different", told(model.price()));
                    out.printf("%-39s table  %s%n", "", told(entry.price()));
                }
            }
            out.printf("%d models: %d different, %d missing in the table%n", catalog.models().size(), different,
                    missing);
            out.flush();
            return different == 0 ? 0 : DIFFERENT;
        }

        private static List<String> problems(PriceTable.@Nullable Entry entry) {
            return entry == null ? List.of("there is no such model") : entry.problems();
        }

        private static String told(@Nullable Price price) {
            if (price == null) {
                return "unknown";
            }
            var text = new StringBuilder(plain(price));
            price.serviceTiers().forEach((tier, other) -> text.append("; ").append(tier).append(": ")
                    .append(plain(other)));
            return text.toString();
        }

        private static String plain(Price price) {
            var text = new StringBuilder(rates(price.rates()));
            price.above().forEach((tokens, rates) -> text.append(", above ").append(tokens).append(": ")
                    .append(rates(rates)));
            return text.toString();
        }

        private static String rates(Rates rates) {
            return rates.known().entrySet().stream().map(rate -> rate.getKey().setting() + " "
                    + BigDecimal.valueOf(rate.getValue(), 9).stripTrailingZeros().toPlainString())
                    .collect(Collectors.joining(" "));
        }
    }
}
