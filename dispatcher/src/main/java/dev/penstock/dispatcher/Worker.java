package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Intake;
import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.bus.BusMessage;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the dispatchers' group: an intake thread, an event loop with a {@link Desk}, and a bus address. More
 * event loops are more workers, among which the group shares out the partitions, and the quotas with them.
 */
final class Worker extends VerticleBase implements Intake.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final DispatcherConfig config;
    private final AttemptLog log;
    private final String address = "penstock.dispatcher." + UUID.randomUUID();
    private final Promise<Void> assigned = Promise.promise();
    private @Nullable Desk desk;
    private @Nullable Intake intake;
    private @Nullable MessageConsumer<BusMessage> signals;

    Worker(DispatcherConfig config, AttemptLog log) {
        this.config = config;
        this.log = log;
    }

    @Override
    public Future<?> start() {
        signals = vertx.eventBus().consumer(address, this::onMessage);
        return signals.completion().compose(_ -> vertx.executeBlocking(this::consumer)).map(consumer -> {
            intake = new Intake(consumer, queues(), this);
            desk = new Desk(vertx, config, address, log, intake);
            intake.start();
            return null;
        });
    }

    /** Completes when the group has given this worker partitions. */
    Future<Void> assigned() {
        return assigned.future();
    }

    /** Stops taking, lets open calls end, commits and leaves the group. */
    Future<Void> drain() {
        if (intake == null || desk == null) {
            return Future.succeededFuture();
        }
        Intake taking = intake;
        Desk open = desk;
        taking.stopTaking();
        return Future.<Void>future(done -> context.runOnContext(_ -> open.drain(config.drain()).onComplete(done)))
                .transform(_ -> vertx.executeBlocking(() -> {
                    taking.close();
                    return null;
                })).transform(_ -> Objects.requireNonNull(signals).unregister());
    }

    @Override
    public void onTaken(List<Taken> records) {
        var jobs = new ArrayList<Job>(records.size());
        var unreadable = new ArrayList<Taken>();
        for (Taken taken : records) {
            try {
                jobs.add(new Job(taken, envelope(taken)));
            } catch (UnreadableEventException e) {
                unreadable.add(taken);
            }
        }
        Desk at = Objects.requireNonNull(desk);
        context.runOnContext(_ -> {
            unreadable.forEach(at::bury);
            jobs.forEach(at::take);
        });
    }

    @Override
    public void onAssignment(Set<TopicPartition> owned) {
        Desk at = Objects.requireNonNull(desk);
        Map<String, Share> shares = shares(owned);
        context.runOnContext(_ -> {
            shares.forEach((provider, share) -> at.share(provider, share.owned(), share.partitions()));
            at.dropLost(owned);
            if (!owned.isEmpty()) {
                assigned.tryComplete();
            }
        });
    }

    @Override
    public void onFailure(Exception cause) {
        assigned.tryFail(cause);
    }

    private record Share(int owned, int partitions) {}

    /** On the intake's thread, where the consumer may be asked. */
    private Map<String, Share> shares(Set<TopicPartition> owned) {
        var shares = new HashMap<String, Share>();
        for (Provider provider : config.catalog().providers().values()) {
            String topic = config.topics().requests(provider.name(), Lane.INTERACTIVE).name();
            int own = (int) owned.stream().filter(partition -> partition.topic().equals(topic)).count();
            shares.put(provider.name(), new Share(own, Objects.requireNonNull(intake).partitions(topic)));
        }
        return shares;
    }

    private RequestEnvelope envelope(Taken taken) {
        return config.topics().requests("any", Lane.INTERACTIVE).value(taken.value());
    }

    private List<String> queues() {
        return config.catalog().providers().keySet().stream()
                .flatMap(name -> Stream.of(Lane.values()).map(lane -> config.topics().requests(name, lane).name()))
                .toList();
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        var properties = new HashMap<String, Object>(config.kafka());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, address);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, config.topics().prefix() + ".dispatchers");
        properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void onMessage(Message<BusMessage> message) {
        if (desk == null) {
            return;
        }
        switch (message.body()) {
            case Signal signal -> desk.onSignal(signal);
            case Inquiry inquiry -> message.reply(new Standing(inquiry.requestId(),
                    desk.isAnswering(inquiry.requestId()) ? Standing.State.ANSWERING : Standing.State.GONE));
            case Frame _,Standing _ -> LOG.debug("a message that is not for a worker");
        }
    }
}
