package dev.penstock.deploy;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code penstock broker}: the embedded Kafka broker alone. */
@Command(name = "broker", mixinStandardHelpOptions = true, description = "Runs the embedded Kafka broker alone, for several processes on one machine.")
final class BrokerCommand implements Callable<Integer> {
    @Option(names = "--port", defaultValue = "9092", description = "Port; 0 takes a free one (${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--data", defaultValue = ".penstock", description = "Folder for the log (${DEFAULT-VALUE}).")
    private Path data = Path.of("");

    @Override
    public Integer call() throws InterruptedException {
        EmbeddedBroker broker = EmbeddedBroker.start(data.resolve("kafka"), port);
        System.out.println("Kafka is ready at " + broker.bootstrapServers());
        return UntilStopped.run(broker::close);
    }
}
