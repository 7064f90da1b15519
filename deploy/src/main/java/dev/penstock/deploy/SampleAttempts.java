package dev.penstock.deploy;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageSource;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Attempts as dispatchers write them: of many tenants with a few keys, in two models, and some of them twice. */
final class SampleAttempts {
    static final String SETTINGS = "models: {sim-small: {provider: simulator, price: {input: 0.1, output: 0.4}}}\n";
    private static final int TENANTS = 200;
    private static final int KEYS = 3;
    private static final int AGAIN_EVERY = 50;
    private static final List<String> MODELS = List.of("sim-small", "sim-large");

    private SampleAttempts() {}

    /** Writes the start and the end of so many attempts, and returns when the log has them; throws if it does not take one. */
    static void write(Map<String, String> kafka, Topics topics, int attempts) {
        var failure = new AtomicReference<Exception>();
        Callback sent = (_, failed) -> failure.compareAndSet(null, failed);
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        properties.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
        var topic = topics.attempts();
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        LocalDate day = LocalDate.ofInstant(now, ZoneOffset.UTC);
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < attempts; i++) {
                AttemptStarted started = started(i, day, now);
                AttemptEnded ended = ended(started);
                producer.send(topic.record(started.getTenant(), started), sent);
                producer.send(topic.record(started.getTenant(), ended), sent);
                if (i % AGAIN_EVERY == 0) {
                    producer.send(topic.record(started.getTenant(), ended), sent);
                }
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw new KafkaException("an attempt could not be written", failure.get());
        }
    }

    private static AttemptStarted started(int number, LocalDate day, Instant now) {
        // A multiple of each, so that ids are spread as random ones are.
        String id = String.format("chatcmpl-%016x/replay-1", number * 0x9E3779B97F4A7C15L);
        String tenant = "tenant-" + number % TENANTS;
        return AttemptStarted.newBuilder().setAttemptId(id).setRequestId(id.substring(0, id.indexOf('/')))
                .setAttempt(1).setTenant(tenant).setKeyId("key-" + number / TENANTS % KEYS).setBillingDay(day)
                .setModel(MODELS.get(number % MODELS.size())).setProvider("simulator")
                .setProviderModel(MODELS.get(number % MODELS.size())).setWorker("penstock.dispatcher.replay")
                .setStartedAt(now).setDeadline(now.plus(Duration.ofDays(1)))
                .setHold(new Hold(100_000L, List.of(new HeldFrom(tenant, "ingress.replay#1")))).build();
    }

    private static AttemptEnded ended(AttemptStarted started) {
        return AttemptEnded.newBuilder().setAttemptId(started.getAttemptId()).setRequestId(started.getRequestId())
                .setAttempt(1).setTenant(started.getTenant()).setKeyId(started.getKeyId()).setLane(Lane.INTERACTIVE)
                .setBillingDay(started.getBillingDay()).setModel(started.getModel())
                .setProvider(started.getProvider()).setProviderModel(started.getProviderModel())
                .setStartedAt(started.getStartedAt()).setFirstTokenAt(started.getStartedAt())
                .setEndedAt(started.getStartedAt()).setEnd(AttemptEnd.COMPLETED)
                .setTokens(Tokens.newBuilder().setInput(30).setOutput(40).setSource(UsageSource.PROVIDER).build())
                .setHold(started.getHold())
                .setHoldUsed(19_000).build();
    }
}
