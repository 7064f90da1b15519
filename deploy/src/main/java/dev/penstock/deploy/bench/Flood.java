package dev.penstock.deploy.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * Plays the steady load of one tenant, alone and while another has sent very many requests at once, in turns. Both ask for
 * the same model, whose provider has room for a small part of them. The flood has an event loop of its own, so that what
 * it costs to send is not in the other's latencies, as far as there are cores; the steady tenant keeps its connections,
 * as an SDK does.
 */
final class Flood {
    private final Vertx calm;
    private final Rig rig;
    private final Plan plan;
    private final Plan flood;

    /** What was found in one round: about the steady tenant alone and beside the flood, and about the flood. */
    record Found(Findings alone, Findings beside, Findings flood) {}

    /** @param calm has one event loop, for the steady load */
    Flood(Vertx calm, Rig rig, Plan plan, Plan flood) {
        this.calm = calm;
        this.rig = rig;
        this.plan = plan;
        this.flood = flood;
    }

    List<Found> play(int rounds, int warmup) {
        Vertx flooding = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        HttpClient steady = client(calm);
        try {
            if (warmup > 0) {
                Future.all(Round.play(calm, steady, rig.narrow(), plan.warmup(warmup)),
                        burst(flooding, flood.warmup(warmup))).await();
            }
            var found = new ArrayList<Found>();
            for (int round = 0; round < rounds; round++) {
                Findings alone = Round.play(calm, steady, rig.narrow(), plan).await();
                Future<Findings> burst = burst(flooding, flood);
                Future<Findings> beside = Round.play(calm, steady, rig.narrow(), plan);
                Future.all(burst, beside).await();
                found.add(new Found(alone, beside.result(), burst.result()));
            }
            return found;
        } finally {
            steady.close().await();
            flooding.close().await();
        }
    }

    private Future<Findings> burst(Vertx flooding, Plan load) {
        HttpClient client = client(flooding);
        return Round.play(flooding, client, rig.flooding(), load).eventually(client::close);
    }

    private static HttpClient client(Vertx vertx) {
        return vertx.createHttpClient(new HttpClientOptions().setKeepAliveTimeout(0),
                new PoolOptions().setHttp1MaxSize(BenchCommand.CONNECTIONS));
    }
}
