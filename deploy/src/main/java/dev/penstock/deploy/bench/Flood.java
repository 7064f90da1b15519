package dev.penstock.deploy.bench;

import dev.penstock.deploy.bench.Burst.Sent;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Plays the steady load of one tenant, alone and while another has sent very many requests at once, in turns. Both ask for
 * the same model, whose provider has room for a small part of them. The steady tenant keeps its connections, as an SDK
 * does. The flood comes from a process of its own, at the lowest priority: what it costs to send is its sender's affair,
 * who elsewhere has a machine of its own.
 */
final class Flood {
    private static final int ARRIVAL_SECONDS = 5;

    private final Vertx vertx;
    private final Rig rig;
    private final Plan plan;
    private final int requests;

    /**
     * What was found in one round, about the steady tenant and about the flood.
     *
     * @param arriving in the first seconds, while the flood's requests come: that costs the machine, whoever has to wait
     * @param beside in the rest, while they wait
     */
    record Found(Findings alone, Findings arriving, Findings beside, Sent flood) {}

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
        HttpClient client = Round.client(vertx, BenchCommand.CONNECTIONS);
        try (var burst = new Burst(rig.burst((int) (plan.answerSeconds() * 1e3)))) {
            if (warmup > 0) {
                Round.play(vertx, client, rig.narrow(), plan.warmup(warmup)).await();
                beside(client, burst, new Findings(), requests / 5);
            }
            var found = new ArrayList<Found>();
            for (int round = 0; round < rounds; round++) {
                Findings alone = Round.play(vertx, client, rig.narrow(), plan).await();
                found.add(beside(client, burst, alone, requests));
            }
            return found;
        } finally {
            client.close().await();
        }
    }

    private Found beside(HttpClient client, Burst burst, Findings alone, int atOnce) {
        CompletableFuture<Sent> flood = burst.send(atOnce);
        Findings arriving = Round.play(vertx, client, rig.narrow(), plan.lasting(ARRIVAL_SECONDS)).await();
        Findings beside = Round.play(vertx, client, rig.narrow(), plan).await();
        return new Found(alone, arriving, beside, flood.join());
    }
}
