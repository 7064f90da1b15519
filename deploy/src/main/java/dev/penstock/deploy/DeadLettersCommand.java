package dev.penstock.deploy;

import dev.penstock.dispatcher.DeadLetters;
import dev.penstock.dispatcher.DeadLetters.Letter;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock dead-letters}: the requests that no answer came of. */
@Command(name = "dead-letters", mixinStandardHelpOptions = true, description = "Lists the requests that no answer came of, and sends them on their way again.")
final class DeadLettersCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private DeadLettersCommand() {}

    static CommandLine of() {
        return new CommandLine(new DeadLettersCommand()).addSubcommand(new ListThem()).addSubcommand(new Replay());
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return CommandLine.ExitCode.USAGE;
    }

    /** Which of them. */
    static final class Choice {
        @Option(names = "--reason", description = "Only those that died of this, such as exhausted.")
        private @Nullable String reason;

        @Option(names = "--tenant", description = "Only those of this tenant.")
        private @Nullable String tenant;

        Predicate<Letter> predicate() {
            return letter -> (reason == null || letter.letter().getReason().equals(reason))
                    && (tenant == null || letter.tenant().equals(tenant));
        }
    }

    /** {@code penstock dead-letters list}. */
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists those that have not been replayed.")
    static final class ListThem implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private LedgerCommand.Log log = new LedgerCommand.Log();

        @Mixin
        private Choice choice = new Choice();

        @Override
        public Integer call() throws IOException {
            List<Letter> letters = log
                    .at((settings, kafka) -> new DeadLetters(settings.kafkaClients(kafka), settings.topics()).list());
            PrintWriter out = spec.commandLine().getOut();
            letters.stream().filter(choice.predicate()).forEach(letter -> {
                RequestEnvelope envelope = letter.envelope();
                out.printf(Locale.ROOT, "%s  %s  %-13s %-16s %-12s %s  %s%n", letter.position(),
                        letter.letter().getAt(), letter.letter().getReason(), letter.tenant(),
                        envelope == null ? "" : envelope.getLane().name().toLowerCase(Locale.ROOT),
                        envelope == null ? "" : envelope.getRequestId(), letter.letter().getDetail());
            });
            out.flush();
            return 0;
        }
    }

    /** {@code penstock dead-letters replay}. */
    @Command(name = "replay", mixinStandardHelpOptions = true, description = "Appends requests to their queues again, as batch: nobody waits for them any more. What they cost is checked against the caps anew.")
    static final class Replay implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private LedgerCommand.Log log = new LedgerCommand.Log();

        @Mixin
        private Choice choice = new Choice();

        @Option(names = "--all", description = "All of them, or all that --reason and --tenant leave.")
        private boolean all;

        @Option(names = "--hours", defaultValue = "24", description = "How long each may take (${DEFAULT-VALUE}).")
        private int hours;

        @Parameters(arity = "0..*", paramLabel = "POSITION", description = "Those at these positions, as list tells them.")
        private List<String> positions = List.of();

        @Override
        public Integer call() throws IOException {
            if (!all && positions.isEmpty()) {
                throw new CommandLine.ParameterException(spec.commandLine(), "say which, by their positions, or --all");
            }
            var chosen = new HashSet<>(positions);
            Predicate<Letter> which = choice.predicate().and(letter -> all || chosen.contains(letter.position()));
            int count = log.at((settings, kafka) -> {
                try {
                    return new DeadLetters(settings.kafkaClients(kafka), settings.topics()).replay(which,
                            Duration.ofHours(hours));
                } catch (ExecutionException e) {
                    throw new IllegalStateException("Kafka does not take them: " + e.getCause(), e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted", e);
                }
            });
            spec.commandLine().getOut().printf(Locale.ROOT, "%d sent on their way again%n", count);
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
