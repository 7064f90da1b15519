package dev.penstock.deploy;

import dev.penstock.deploy.bench.BenchCommand;
import dev.penstock.deploy.settings.SettingsException;
import dev.penstock.deploy.simulator.SimulatorCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. */
@Command(name = "penstock", mixinStandardHelpOptions = true, version = "penstock 0.1.0", description = "A durable broker between applications and AI model providers.", subcommands = {
        UpCommand.class, ChatCommand.class, UsageCommand.class, RoleCommands.IngressCommand.class,
        RoleCommands.DispatcherCommand.class, RoleCommands.MeteringCommand.class, BrokerCommand.class,
        SimulatorCommand.class})
public final class Main {
    private static final int BAD_SETTINGS = 2;

    private Main() {}

    /** Runs a command; the process ends with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        return new CommandLine(new Main()).addSubcommand(new BenchCommand(BenchRig::new))
                .setExecutionExceptionHandler((failure, line, _) -> {
                    if (failure instanceof SettingsException settings) {
                        settings.problems().forEach(line.getErr()::println);
                        return BAD_SETTINGS;
                    }
                    line.getErr().println("penstock: " + message(failure));
                    return 1;
                }).execute(arguments);
    }

    private static String message(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
