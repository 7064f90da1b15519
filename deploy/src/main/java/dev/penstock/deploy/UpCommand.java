package dev.penstock.deploy;

import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.ingress.IngressConfig;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock up}: everything in one process, with a Kafka broker of its own. */
@Command(name = "up", mixinStandardHelpOptions = true, description = "Runs everything in one process, with an embedded Kafka broker and, unless the key of a provider is "
        + "in the environment or one is configured, a simulated provider.")
final class UpCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--port", description = "Port to listen on (8080).")
    private @Nullable Integer port;

    @Option(names = "--data", defaultValue = ".penstock", description = "Folder for the log and the key (${DEFAULT-VALUE}).")
    private Path data = Path.of("");

    @Option(names = "--config", description = "Settings to lay over the defaults.")
    private @Nullable Path config;

    @Override
    public Integer call() throws Exception {
        String key = key("PENSTOCK_API_KEY", KeyFile.API);
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("PENSTOCK_API_KEY", key);
        environment.put("PENSTOCK_ADMIN_KEY", key("PENSTOCK_ADMIN_KEY", KeyFile.ADMIN));
        Vertx providers = Vertx.vertx();
        Simulator simulator = Simulator.start(providers, "127.0.0.1", 0).await();
        URI simulated = URI.create("http://127.0.0.1:" + simulator.port() + "/v1");
        Settings settings = SettingsReader.read(config, environment, simulated);
        if (!settings.catalog().providers().containsKey("simulator")) {
            providers.close().await();
        }
        EmbeddedBroker broker = EmbeddedBroker.start(data.resolve("kafka"), 0);
        TopicSetup.ensure(settings.kafkaClients(broker.bootstrapServers()), settings.topics(),
                settings.catalog().providers().values(), settings.kafka().partitions(),
                settings.kafka().responseRetention());
        Vertx vertx = EventBus.local(settings.eventLoops());
        Installation all = Installation.start(vertx, ingress(settings, broker.bootstrapServers()),
                settings.dispatcherConfig(broker.bootstrapServers()),
                settings.meteringConfig(broker.bootstrapServers(), data.resolve("metering"))).await();
        greet(settings.ingress().host(), all.port(), key, settings.catalog(), broker.bootstrapServers());
        CapsWatch.start(config, () -> SettingsReader.caps(config, environment, simulated), all::configure);
        return UntilStopped.run(() -> {
            all.close().await();
            vertx.close().await();
            providers.close().await();
            broker.close();
        });
    }

    private String key(String variable, KeyFile file) throws IOException {
        String given = System.getenv(variable);
        return given == null || given.isEmpty() ? file.readOrMake(data) : given;
    }

    private IngressConfig ingress(Settings settings, String bootstrapServers) {
        IngressConfig ingress = settings.ingressConfig(bootstrapServers, data);
        return port == null ? ingress : ingress.withPort(port);
    }

    private void greet(String host, int listening, String key, Catalog catalog, String kafka) {
        String url = "http://" + host + ":" + listening;
        String model = catalog.models().values().stream().min(Comparator.comparing(Model::provider)
                .thenComparing(Comparator.comparing(Model::name).reversed())).map(Model::name).orElse("PROVIDER/MODEL");
        PrintWriter out = spec.commandLine().getOut();
        out.println("Penstock is ready at " + url + "/v1 with the API key " + key);
        out.println("Try: curl -N " + url + "/v1/chat/completions -H 'Authorization: Bearer " + key
                + "' -H 'Content-Type: application/json' -d '{\"model\":\"" + model
                + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'");
        out.println("Kafka is at " + kafka + ", the schemas of its topics at " + url + "/schemas/ids/{id}");
        out.flush();
    }
}
