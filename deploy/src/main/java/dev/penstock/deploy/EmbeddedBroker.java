package dev.penstock.deploy;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.ObjectName;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka broker in this process: KRaft, one node that is broker and controller, with its log on disk. What it has
 * acknowledged survives a kill of the process; a single node can of course not survive the loss of its disk.
 *
 * <p>The classes it starts are Kafka's own but not a public interface; this class alone knows them.
 */
final class EmbeddedBroker implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final String CLUSTER_ID = "cluster-id";
    private static final String LOCK = "in-use";
    private static final String ADDRESS = "address";
    /** Kafka's own mark in a folder whose broker was stopped in order. */
    private static final String STOPPED_WELL = ".kafka_cleanshutdown";
    private static final Duration FENCED_WITHIN = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(20);

    private final KafkaRaftServer server;
    private final FileChannel lock;
    private final int port;

    private EmbeddedBroker(KafkaRaftServer server, FileChannel lock, int port) {
        this.server = server;
        this.lock = lock;
        this.port = port;
    }

    /**
     * Starts a broker on the loopback address and returns when it serves.
     *
     * @param dataDir where its log is or is to be; throws {@link IllegalStateException} if another broker uses it
     * @param port 0 for the one it had last time, so that readers find it again, or a free one if that is taken
     */
    static EmbeddedBroker start(Path dataDir, int port) {
        try {
            Path log = Files.createDirectories(dataDir);
            FileChannel lock = lock(log);
            int brokerPort = port == 0 ? lastPort(log) : port;
            Properties properties = properties(log, brokerPort, freePort());
            format(log, clusterId(log));
            if (wasKilled(log)) {
                fence(log);
            }
            var server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
            server.startup();
            Files.writeString(log.resolve(ADDRESS), HOST + ":" + brokerPort);
            return new EmbeddedBroker(server, lock, brokerPort);
        } catch (IOException e) {
            throw new UncheckedIOException("the broker's folder " + dataDir + " cannot be used", e);
        }
    }

    /** Where the broker that uses a folder is found, or was when it last ran; null if there never was one. */
    static @Nullable String address(Path dataDir) throws IOException {
        Path file = dataDir.resolve(ADDRESS);
        return Files.exists(file) ? Files.readString(file).strip() : null;
    }

    /** Whether a broker uses a folder. */
    static boolean isUsed(Path dataDir) throws IOException {
        try {
            lock(dataDir).close();
            return false;
        } catch (IllegalStateException _) {
            return true;
        }
    }

    /** Where clients find it. */
    String bootstrapServers() {
        return HOST + ":" + port;
    }

    /** Stops in order and returns when the log is closed. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the lock of the broker's folder cannot be released", e);
        }
    }

    /** Kafka's own lock comes too late: by then it has read and may have written the log that another broker writes. */
    private static FileChannel lock(Path log) throws IOException {
        var channel = FileChannel.open(log.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException _) { // another in this process
        }
        channel.close();
        throw new IllegalStateException("the broker's folder " + log + " is in use by another broker: stop that one, "
                + "or choose another folder with --data");
    }

    private static Properties properties(Path log, int brokerPort, int controllerPort) {
        var p = new Properties();
        p.put("process.roles", "broker,controller");
        p.put("node.id", "1");
        p.put("listeners", "PLAINTEXT://" + HOST + ":" + brokerPort + ",CONTROLLER://" + HOST + ":" + controllerPort);
        p.put("advertised.listeners", "PLAINTEXT://" + HOST + ":" + brokerPort);
        p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        p.put("controller.listener.names", "CONTROLLER");
        p.put("inter.broker.listener.name", "PLAINTEXT");
        p.put("controller.quorum.voters", "1@" + HOST + ":" + controllerPort);
        p.put("log.dirs", log.toString());
        p.put("auto.create.topics.enable", "false");
        // One node holds everything once.
        p.put("default.replication.factor", "1");
        p.put("min.insync.replicas", "1");
        p.put("offsets.topic.replication.factor", "1");
        p.put("transaction.state.log.replication.factor", "1");
        p.put("transaction.state.log.min.isr", "1");
        p.put("share.coordinator.state.topic.replication.factor", "1");
        p.put("share.coordinator.state.topic.min.isr", "1");
        p.put("offsets.topic.num.partitions", "2");
        p.put("transaction.state.log.num.partitions", "2");
        p.put("share.coordinator.state.topic.num.partitions", "1");
        // Nobody else will join, and a worker that was killed is missed after 6 s.
        p.put("group.initial.rebalance.delay.ms", "0");
        p.put("group.consumer.min.session.timeout.ms", "6000");
        p.put("group.consumer.session.timeout.ms", "6000");
        p.put("group.consumer.min.heartbeat.interval.ms", "500");
        p.put("group.consumer.heartbeat.interval.ms", "1000");
        // Small: it shares the machine with everything else.
        p.put("num.network.threads", "1");
        p.put("num.io.threads", "1");
        p.put("background.threads", "2");
        p.put("num.recovery.threads.per.data.dir", "2");
        p.put("log.cleaner.dedupe.buffer.size", "2097152");
        p.put("log.cleaner.io.buffer.size", "65536");
        p.put("log.segment.bytes", "134217728");
        p.put("log.index.size.max.bytes", "1048576");
        p.put("message.max.bytes", "68157440");
        p.put("replica.fetch.max.bytes", "68157440");
        p.put("socket.request.max.bytes", "104857600");
        return p;
    }

    private static boolean wasKilled(Path log) {
        return Files.exists(log.resolve(ADDRESS)) && !Files.exists(log.resolve(STOPPED_WELL));
    }

    /**
     * Has the controller note that the broker is not there. Otherwise a broker that was killed takes itself for the leader of
     * everything when it starts, until a moment later the controller says otherwise; a transaction whose end is written in
     * that moment loses the partitions that have no leader just then, as if they had been deleted, and hangs for good
     * (seen with 4.3.1: "Couldn't find leader endpoint").
     */
    private static void fence(Path log) throws IOException {
        int controllerPort = freePort();
        Properties p = properties(log, controllerPort, controllerPort);
        p.put("process.roles", "controller");
        p.put("listeners", "CONTROLLER://" + HOST + ":" + controllerPort);
        p.remove("advertised.listeners");
        p.remove("inter.broker.listener.name");
        p.put("broker.heartbeat.interval.ms", "200");
        p.put("broker.session.timeout.ms", "500");
        var controller = new KafkaRaftServer(KafkaConfig.fromProps(p, false), Time.SYSTEM);
        controller.startup();
        try {
            long until = System.nanoTime() + FENCED_WITHIN.toNanos();
            while (brokers("Fenced") == 0 && System.nanoTime() < until) {
                LockSupport.parkNanos(POLL.toNanos());
            }
        } finally {
            controller.shutdown();
            controller.awaitShutdown();
        }
    }

    /** How many brokers this process's controller counts as such; 0 as long as it does not know. */
    private static int brokers(String kind) {
        try {
            return (Integer) ManagementFactory.getPlatformMBeanServer().getAttribute(
                    new ObjectName("kafka.controller:type=KafkaController,name=" + kind + "BrokerCount"), "Value");
        } catch (JMException _) {
            return 0;
        }
    }

    private static Uuid clusterId(Path log) throws IOException {
        Path file = log.resolve(CLUSTER_ID);
        if (Files.exists(file)) {
            return Uuid.fromString(Files.readString(file).strip());
        }
        Uuid id = Uuid.randomUuid();
        Files.writeString(file, id.toString());
        return id;
    }

    private static void format(Path log, Uuid clusterId) {
        try {
            new Formatter().setPrintStream(new PrintStream(PrintStream.nullOutputStream(), true))
                    .setClusterId(clusterId.toString()).setNodeId(1).setDirectories(List.of(log.toString()))
                    .setMetadataLogDirectory(log.toString()).setControllerListenerName("CONTROLLER")
                    .setIgnoreFormatted(true).run();
        } catch (Exception e) {
            throw new IllegalStateException("the broker's folder " + log + " cannot be formatted", e);
        }
    }

    private static int lastPort(Path log) throws IOException {
        String address = address(log);
        if (address == null) {
            return freePort();
        }
        int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
        try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return port;
        } catch (BindException _) {
            return freePort();
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
