package dev.penstock.deploy.simulator;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The provider simulator, listening: {@code POST /v1/chat/completions}, {@code POST /v1/responses},
 * {@code POST /v1/messages},
 * {@code POST /openai/deployments/MODEL/chat/completions}, {@code POST /mistral/v1/chat/completions},
 * {@code POST /v1beta/models/MODEL:generateContent}, {@code POST /model/MODEL/converse}, {@code POST /api/chat},
 * {@code POST /api/v1/services/aigc/text-generation/generation}, {@code GET /v1/models} and, for tests, {@code GET /stats};
 * and the batch APIs of the first three.
 * HTTP/1.1, and HTTP/2 in clear text. Any key will do.
 */
public final class Simulator {
    private final Vertx vertx;
    private final ProviderApi api;
    private final String deployment;
    private final int port;

    private Simulator(Vertx vertx, ProviderApi api, String deployment, int port) {
        this.vertx = vertx;
        this.api = api;
        this.deployment = deployment;
        this.port = port;
    }

    /** Completes when it listens; port 0 takes a free one. */
    public static Future<Simulator> start(Vertx vertx, String host, int port) {
        return start(vertx, host, port, SimulatorSettings.DEFAULT);
    }

    static Future<Simulator> start(Vertx vertx, String host, int port, SimulatorSettings settings) {
        var api = new ProviderApi(vertx, settings, new Stats());
        var bound = new AtomicInteger();
        // Vert.x gives instances of one deployment the same free port for a negative number, each its own for 0.
        int wanted = port == 0 ? -1 : port;
        return vertx.deployVerticle(() -> new Listener(api, host, wanted, bound),
                new DeploymentOptions().setInstances(settings.eventLoops()))
                .map(deployment -> new Simulator(vertx, api, deployment, bound.get()));
    }

    /** From now on these faults strike, and no others: by their names, in percent of all requests. */
    public void strike(Map<String, Double> percents) {
        api.strike(FaultRates.named(percents));
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** Completes when nothing listens any more; answers that are being given are cut. */
    public Future<Void> close() {
        return vertx.undeploy(deployment);
    }

    private static final class Listener extends VerticleBase {
        private final ProviderApi api;
        private final String host;
        private final int port;
        private final AtomicInteger bound;

        Listener(ProviderApi api, String host, int port, AtomicInteger bound) {
            this.api = api;
            this.host = host;
            this.port = port;
            this.bound = bound;
        }

        @Override
        public Future<HttpServer> start() {
            return vertx.createHttpServer().requestHandler(api).listen(port, host)
                    .onSuccess(server -> bound.set(server.actualPort()));
        }
    }
}
