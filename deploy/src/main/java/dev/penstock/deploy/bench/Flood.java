package dev.penstock.deploy.bench;

import dev.penstock.deploy.bench.Burst.Sent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * Plays the steady load of one tenant, alone and while another has sent very many requests at once, in turns. Both ask for
 * the same model, whose provider has room for a small part of them. The steady tenant keeps its connections, as an SDK
 * does. The flood comes from a process of its own, at the lowest priority: what it costs to send is its sender's affair,
 * who elsewhere has a machine of its own.
 */
final class Flood {
    private final Vertx vertx;
    private final Rig rig;
    private final Plan plan;
    private final int requests;

    /** What was found in one round: about the steady tenant alone and beside the flood, and about the flood. */
    record Found(Findings alone, Findings beside, Sent flood) {}

    /**
     * @param vertx has one event loop, for the steady load
     * @param requests that are sent at once
     */
    Flood(Vertx vertx, Rig rig, Plan plan, int requests) {
        this.vertx = vertx;
        this.rig = rig;
        this.plan = plan;
        this.requests = requests;
    }

    List<Found> play(int rounds, int warmup) {
        HttpClient client = vertx.createHttpClient(new HttpClientOptions().setKeepAliveTimeout(0),
                new PoolOptions().setHttp1MaxSize(BenchCommand.CONNECTIONS));
        try (var burst = new Burst(rig.burst((int) (plan.answerSeconds() * 1e3)))) {
            if (warmup > 0) {
                Round.play(vertx, client, rig.narrow(), plan.warmup(warmup)).await();
                beside(client, burst, plan.warmup(warmup), requests / 5);
            }
            var found = new ArrayList<Found>();
            for (int round = 0; round < rounds; round++) {
                Findings alone = Round.play(vertx, client, rig.narrow(), plan).await();
                found.add(beside(client, burst, plan, requests).with(alone));
            }
            return found;
        } finally {
            client.close().await();
        }
    }

    private record Beside(Findings beside, Sent flood) {
        Found with(Findings alone) {
            return new Found(alone, beside, flood);
        }
    }

    private Beside beside(HttpClient client, Burst burst, Plan steady, int atOnce) {
        var flood = burst.send(atOnce);
        Future<Findings> beside = Round.play(vertx, client, rig.narrow(), steady);
        return new Beside(beside.await(), flood.join());
    }
}
