package dev.penstock.deploy;

import dev.penstock.metering.Replay;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.WebhookDelivery;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock alerts}: what was told, and whether it arrived. */
@Command(name = "alerts", mixinStandardHelpOptions = true, description = "Prints the alerts that were raised, the oldest first.")
final class AlertsCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private LedgerCommand.Log log = new LedgerCommand.Log();

    @Option(names = "--deliveries", description = "Prints every attempt to deliver them to a webhook instead.")
    private boolean deliveries;

    @Override
    public Integer call() throws IOException {
        List<String> lines = deliveries
                ? log.with(config -> Replay.all(config, config.topics().webhookDeliveries()).stream()
                        .sorted(Comparator.comparing(WebhookDelivery::getAt)).map(AlertsCommand::line).toList())
                : log.with(config -> Replay.all(config, config.topics().alerts()).stream()
                        .sorted(Comparator.comparing(Alert::getAt)).map(AlertsCommand::line).toList());
        PrintWriter out = spec.commandLine().getOut();
        lines.forEach(out::println);
        out.flush();
        return 0;
    }

    private static String line(Alert alert) {
        String period = String.valueOf(alert.getPeriod()).toLowerCase(Locale.ROOT);
        String what = switch (alert.getKind()) {
            case CAP_THRESHOLD -> alert.getPercent() + "% of the cap of the " + period + " is reached: "
                    + dollars(alert.getSettled()) + " of " + dollars(alert.getCap());
            case CAP_REFUSAL -> "the cap of the " + period + " refuses requests: " + dollars(alert.getSettled())
                    + " of " + dollars(alert.getCap()) + " spent";
            case SPEND_ANOMALY -> "the hour from " + alert.getHour() + " costs " + dollars(alert.getSeen()) + ", "
                    + dollars(alert.getExpected()) + " is usual";
            case MODEL_MIX_ANOMALY -> "in the hour from " + alert.getHour() + " " + alert.getModel() + " cost "
                    + dollars(alert.getSeen()) + " of " + dollars(alert.getSettled()) + ", "
                    + dollars(alert.getExpected()) + " is usual";
            case OTHER -> "of a newer kind";
        };
        return String.format(Locale.ROOT, "%-24s %-24s %s", alert.getAt(), alert.getAccount(), what);
    }

    private static String line(WebhookDelivery one) {
        String answer = one.getStatus() == null ? one.getFailure() : String.valueOf(one.getStatus());
        String end = switch (one.getOutcome()) {
            case DELIVERED -> "delivered";
            case RETRYING -> "tried again at " + one.getNextAt();
            case GIVEN_UP -> "given up";
        };
        return String.format(Locale.ROOT, "%-24s %-16s %-24s %s attempt %d: %s after %d ms, %s", one.getAt(),
                one.getWebhook(), one.getEventType(), one.getEventId(), one.getAttempt(), answer, one.getTook(), end);
    }

    private static String dollars(@Nullable Long nano) {
        return nano == null ? "?" : "$" + BigDecimal.valueOf(nano, 9).stripTrailingZeros().toPlainString();
    }
}
