package dev.penstock.deploy;

import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.dispatcher.Dispatcher;
import dev.penstock.ingress.Ingress;
import dev.penstock.ingress.IngressConfig;
import dev.penstock.metering.Metering;
import dev.penstock.schemas.catalog.Cap;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One role as a process of its own, on a Kafka that runs elsewhere; ingresses and dispatchers meet on a clustered bus. */
final class RoleCommands {
    private RoleCommands() {}

    /** What every role needs to be told. */
    static final class Common {
        @Option(names = "--kafka", required = true, paramLabel = "HOST:PORT", description = "Kafka's bootstrap servers.")
        private String kafka = "";

        @Option(names = "--config", description = "Settings to lay over the defaults.")
        private @Nullable Path config;

        @Option(names = "--simulator", paramLabel = "URL", description = "Base URL of the simulator to use where no provider is configured.")
        private @Nullable URI simulator;

        /** The settings, when the topics they ask for are there. */
        Settings settings() throws InterruptedException {
            Settings settings = SettingsReader.read(config, System.getenv(), simulator);
            TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(),
                    settings.kafka().partitions(), settings.kafka().responseRetention());
            return settings;
        }

        /** Has the caps of the file, whenever it changes, taken up. */
        void watch(Consumer<Map<String, Cap>> caps) {
            CapsWatch.start(config, () -> SettingsReader.caps(config, System.getenv(), simulator), caps);
        }

        static Vertx vertx(Settings settings) {
            var cluster = settings.cluster();
            return EventBus.clustered(settings.eventLoops(),
                    new EventBus.Cluster(cluster.host(), cluster.port(), cluster.members())).await();
        }
    }

    /** {@code penstock ingress}. */
    @Command(name = "ingress", mixinStandardHelpOptions = true, description = "Runs an ingress: the HTTP front.")
    static final class IngressCommand implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(names = "--port", description = "Port to listen on (8080).")
        private @Nullable Integer port;

        @Option(names = "--data", defaultValue = ".penstock", description = "Folder for callers' files, the same for all ingresses (${DEFAULT-VALUE}).")
        private Path data = Path.of("");

        @Override
        public Integer call() throws InterruptedException {
            Settings settings = common.settings();
            Vertx vertx = Common.vertx(settings);
            IngressConfig config = settings.ingressConfig(common.kafka, data);
            Ingress ingress = Ingress.start(vertx, port == null ? config : config.withPort(port)).await();
            System.out.println("The ingress is ready at http://" + config.host() + ":" + ingress.port() + "/v1");
            common.watch(ingress::configure);
            return UntilStopped.run(() -> {
                ingress.close(settings.dispatcher().drain()).await();
                vertx.close().await();
            });
        }
    }

    /** {@code penstock dispatcher}. */
    @Command(name = "dispatcher", mixinStandardHelpOptions = true, description = "Runs a dispatcher: carries requests to providers.")
    static final class DispatcherCommand implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Override
        public Integer call() throws InterruptedException {
            Settings settings = common.settings();
            Vertx vertx = Common.vertx(settings);
            Dispatcher dispatcher = Dispatcher.start(vertx, settings.dispatcherConfig(common.kafka)).await();
            System.out.println("The dispatcher is ready");
            return UntilStopped.run(() -> {
                dispatcher.close().await();
                vertx.close().await();
            });
        }
    }

    /** {@code penstock metering}. */
    @Command(name = "metering", mixinStandardHelpOptions = true, description = "Runs metering: prices usage and keeps the ledger.")
    static final class MeteringCommand implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(names = "--data", defaultValue = ".penstock", description = "Folder for the state (${DEFAULT-VALUE}).")
        private Path data = Path.of("");

        @Override
        public Integer call() throws InterruptedException {
            Settings settings = common.settings();
            Metering metering = Metering
                    .start(settings.meteringConfig(common.kafka, data.resolve("metering")));
            System.out.println("Metering is starting");
            common.watch(metering::configure);
            return UntilStopped.run(metering::close);
        }
    }
}
