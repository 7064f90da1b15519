package dev.penstock.deploy;

import com.hazelcast.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;

/** The Vert.x that a process runs on: alone, or one of a cluster whose event bus spans its processes. */
final class EventBus {
    private EventBus() {}

    /**
     * Where the members of a cluster meet.
     *
     * @param host the address that this process listens on for the others
     * @param port the first of the ports that members of the cluster try
     * @param members addresses where members may be found
     */
    record Cluster(String host, int port, List<String> members) {
        Cluster {
            members = List.copyOf(members);
        }
    }

    /** For a process that has every role. */
    static Vertx local(int eventLoops) {
        return BusCodec.register(Vertx.vertx(options(eventLoops)));
    }

    /** For a process that has one role; completes when it has joined the others. */
    static Future<Vertx> clustered(int eventLoops, Cluster cluster) {
        var hazelcast = new Config().setClusterName("penstock").setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.logging.type", "slf4j").setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.socket.bind.any", "false")
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .setProperty("hazelcast.heartbeat.interval.seconds", "1")
                .setProperty("hazelcast.max.no.heartbeat.seconds", "6");
        var network = hazelcast.getNetworkConfig().setPort(cluster.port()).setPortAutoIncrement(true);
        network.getInterfaces().setEnabled(true).addInterface(cluster.host());
        network.getJoin().getMulticastConfig().setEnabled(false);
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getTcpIpConfig().setEnabled(true).setMembers(cluster.members());
        var bus = new EventBusOptions().setHost(cluster.host());
        return Vertx.builder().with(options(eventLoops).setEventBusOptions(bus))
                .withClusterManager(new HazelcastClusterManager(hazelcast)).buildClustered().map(BusCodec::register);
    }

    private static VertxOptions options(int eventLoops) {
        return new VertxOptions().setEventLoopPoolSize(eventLoops).setPreferNativeTransport(true);
    }
}
