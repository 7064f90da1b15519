package dev.penstock.deploy;

import dev.penstock.deploy.bench.BenchCommand;
import dev.penstock.deploy.bench.BurstCommand;
import dev.penstock.deploy.settings.SettingsException;
import dev.penstock.deploy.simulator.SimulatorCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. */
@Command(name = "penstock", mixinStandardHelpOptions = true, version = "penstock 0.1.0", description = "A durable broker between applications and AI model providers.")
public final class Main {
    private static final int BAD_SETTINGS = 2;

    private Main() {}

    /** Runs a command; the process ends with its exit code. */
    public static void main(String[] arguments) {
        System.exit(commands(Caller.here()).execute(arguments));
    }

    /** All commands; those that call a running Penstock do it for this caller. */
    static CommandLine commands(Caller caller) {
        return new CommandLine(new Main())
                .addSubcommand(new UpCommand())
                .addSubcommand(new ChatCommand(caller))
                .addSubcommand(UsageCommand.of(caller))
                .addSubcommand(BatchCommand.of(caller))
                .addSubcommand(LedgerCommand.of())
                .addSubcommand(new AlertsCommand())
                .addSubcommand(PricesCommand.of())
                .addSubcommand(DeadLettersCommand.of())
                .addSubcommand(new RoleCommands.IngressCommand())
                .addSubcommand(new RoleCommands.DispatcherCommand())
                .addSubcommand(new RoleCommands.MeteringCommand())
                .addSubcommand(new BrokerCommand())
                .addSubcommand(new SimulatorCommand())
                .addSubcommand(new CommandLine(new BenchCommand(BenchRig::new)).addSubcommand(new ReplayCommand())
                        .addSubcommand(new BurstCommand())
                        .addSubcommand(new BatchBenchCommand()))
                .setExecutionExceptionHandler((failure, line, _) -> {
                    if (failure instanceof SettingsException settings) {
                        settings.problems().forEach(line.getErr()::println);
                        return BAD_SETTINGS;
                    }
                    line.getErr().println("penstock: " + message(failure));
                    return 1;
                });
    }

    private static String message(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
