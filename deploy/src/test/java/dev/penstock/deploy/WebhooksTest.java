package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.webhooks.UnwrapWebhookEvent;
import com.openai.models.webhooks.WebhookVerificationParams;
import dev.penstock.deploy.WebhookReceiver.Received;
import dev.penstock.ingress.batch.BatchIds;
import dev.penstock.metering.webhook.Webhook;
import dev.penstock.metering.webhook.Webhooks;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.AlertKind;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchCancel;
import dev.penstock.schemas.event.BatchStatus;
import dev.penstock.schemas.event.DeliveryOutcome;
import dev.penstock.schemas.event.Period;
import dev.penstock.schemas.event.WebhookDelivery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks on a real log, with real receivers. */
class WebhooksTest {
    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private static EmbeddedBroker broker;
    private static KafkaProducer<byte[], byte[]> producer;
    private static int tests;

    private Topics topics;
    private WebhookReceiver receiver;
    private int ids;

    @BeforeAll
    static void startBroker(@TempDir Path folder) {
        broker = EmbeddedBroker.start(folder, 0);
        producer = new KafkaProducer<>(kafkaObjects(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterAll
    static void stopBroker() {
        producer.close();
        broker.close();
    }

    @BeforeEach
    void start() throws Exception {
        topics = new Topics("test" + ++tests);
        TopicSetup.ensure(kafka(), topics, List.of(), 2);
        receiver = new WebhookReceiver();
    }

    @AfterEach
    void stop() {
        receiver.close();
    }

    @Test
    void anEventIsPostedWithASignatureThatItsReceiverCanCheck() {
        try (var _ = start(hook("hook", receiver))) {
            tell("acme", AlertKind.CAP_THRESHOLD);
            await().atMost(Duration.ofSeconds(30)).until(() -> !receiver.received.isEmpty());
        }
        assertThat(receiver.received).singleElement().satisfies(received -> {
            assertThat(received.genuine()).isTrue();
            assertThat(received.id()).isEqualTo("evt_1");
            assertThat(received.type()).isEqualTo("alert.cap_threshold");
            assertThat(received.body()).contains("\"id\":\"evt_1\"", "\"object\":\"event\"", "\"tenant\":\"acme\"");
        });
    }

    @Test
    void whatFailsIsTriedAgainWithTheSameIdAndHoldsNothingUp() throws IOException {
        try (var well = new WebhookReceiver(); var _ = start(hook("failing", receiver), hook("well", well))) {
            receiver.answer(500);
            tell("acme", AlertKind.CAP_THRESHOLD);
            await().atMost(Duration.ofSeconds(30)).until(() -> receiver.received.size() == 1);
            tell("acme", AlertKind.CAP_REFUSAL);
            await().atMost(Duration.ofSeconds(30)).until(() -> well.received.size() == 2);
            await().atMost(Duration.ofSeconds(30)).until(() -> receiver.ids().contains("evt_2")); // beside the first
            receiver.answer(200);
            await().atMost(Duration.ofSeconds(30)).until(() -> delivered("failing").size() == 2);
            assertThat(well.ids()).containsExactlyInAnyOrder("evt_1", "evt_2");
        }
        assertThat(receiver.ids()).contains("evt_1", "evt_2").hasSizeGreaterThan(2);
        assertThat(receiver.received).allMatch(WebhookReceiver.Received::genuine);
        assertThat(deliveries("failing")).filteredOn(delivery -> delivery.getEventId().equals("evt_1"))
                .extracting(WebhookDelivery::getOutcome).startsWith(DeliveryOutcome.RETRYING)
                .endsWith(DeliveryOutcome.DELIVERED);
        assertThat(deliveries("failing").getFirst().getStatus()).isEqualTo(500);
        assertThat(deliveries("failing").getFirst().getNextAt()).isNotNull();
    }

    @Test
    void aRestartDeliversWhatWasNotDeliveredAndNothingElse() {
        try (var _ = start(hook("hook", receiver))) {
            tell("acme", AlertKind.CAP_THRESHOLD);
            await().atMost(Duration.ofSeconds(30)).until(() -> delivered("hook").size() == 1);
            receiver.answer(503);
            tell("acme", AlertKind.CAP_REFUSAL);
            await().atMost(Duration.ofSeconds(30)).until(() -> receiver.received.size() == 2);
        }
        receiver.answer(200);
        try (var _ = start(hook("hook", receiver))) {
            await().atMost(Duration.ofSeconds(30)).until(() -> delivered("hook").size() == 2);
        }
        assertThat(receiver.ids()).containsExactly("evt_1", "evt_2", "evt_2");
        assertThat(delivered("hook")).containsExactlyInAnyOrder("evt_1", "evt_2");
    }

    @Test
    void anOutageIsMadeUpForHoweverManyEventsThereWere() {
        int events = 150; // more than are kept in memory
        receiver.answer(503);
        try (var _ = start(hook("hook", receiver))) {
            for (int i = 0; i < events; i++) {
                tell("tenant-" + i % 5, AlertKind.CAP_THRESHOLD);
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> receiver.received.size() >= 20);
            receiver.answer(200);
            await().atMost(Duration.ofSeconds(60)).until(() -> delivered("hook").size() == events);
        }
        assertThat(delivered("hook")).doesNotHaveDuplicates().hasSize(events);
    }

    @Test
    void aWebhookGetsWhatItWantsAndOneThatIsGoneIsLeftAlone() {
        var wanted = new Webhook("hook", receiver.url(), new Secret(WebhookReceiver.SECRET),
                Set.of("alert.cap_refusal"),
                Set.of("acme"));
        receiver.answer(410);
        try (var _ = start(wanted)) {
            tell("acme", AlertKind.CAP_THRESHOLD);
            tell("other", AlertKind.CAP_REFUSAL);
            tell("acme", AlertKind.CAP_REFUSAL);
            await().atMost(Duration.ofSeconds(30)).until(() -> deliveries("hook").size() == 1);
        }
        assertThat(receiver.ids()).containsExactly("evt_3");
        assertThat(deliveries("hook").getFirst().getOutcome()).isEqualTo(DeliveryOutcome.GIVEN_UP);
    }

    @Test
    void nobodyThereIsAFailureLikeOthers() {
        receiver.close();
        try (var _ = start(hook("hook", receiver))) {
            tell("acme", AlertKind.CAP_THRESHOLD);
            await().atMost(Duration.ofSeconds(30)).until(() -> deliveries("hook").size() == 1);
        }
        assertThat(deliveries("hook").getFirst().getFailure()).isEqualTo("connect");
        assertThat(deliveries("hook").getFirst().getStatus()).isNull();
    }

    /** What OpenAI's own SDK makes of it. */
    @Test
    void theEndsOfBatchesAreToldAsOpenAiTellsThemAndOnceHoweverOftenSomebodyRestarts() {
        String ended = BatchIds.newBatch();
        var events = List.of(
                Batch.newBuilder(batch(BatchIds.newBatch(), BatchStatus.COMPLETED))
                        .setEndedAt(NOW.minus(Duration.ofDays(2))).build(), // nobody wants to know any more
                batch(ended, BatchStatus.IN_PROGRESS), new BatchCancel(ended, Instant.EPOCH),
                batch(ended, BatchStatus.CANCELLING), batch(ended, BatchStatus.CANCELLED),
                batch(BatchIds.newBatch(), BatchStatus.COMPLETED), batch(BatchIds.newBatch(), BatchStatus.FAILED),
                batch(BatchIds.newBatch(), BatchStatus.EXPIRED), batch(BatchIds.newBatch(), BatchStatus.VALIDATING));
        for (int i = 0; i < events.size(); i++) {
            try (var _ = start(hook("hook", receiver))) {
                producer.send(topics.batches().record(ended, events.get(i)));
                producer.flush();
                int ends = (int) events.subList(0, i + 1).stream()
                        .filter(one -> one instanceof Batch batch && NOW.equals(batch.getEndedAt())).count();
                await().atMost(Duration.ofSeconds(30)).until(() -> delivered("hook").size() == ends);
            }
        }
        assertThat(receiver.ids()).hasSize(4).doesNotHaveDuplicates();
        OpenAIClient openai = OpenAIOkHttpClient.builder().apiKey("none").webhookSecret(WebhookReceiver.SECRET).build();
        assertThat(receiver.received).extracting(one -> unwrap(openai, one)).satisfiesExactly(
                first -> {
                    assertThat(first.asBatchCancelled().data().id()).isEqualTo(ended);
                    assertThat(first.asBatchCancelled().createdAt()).isEqualTo(NOW.getEpochSecond());
                },
                second -> assertThat(second.isBatchCompleted()).isTrue(),
                third -> assertThat(third.isBatchFailed()).isTrue(),
                fourth -> assertThat(fourth.isBatchExpired()).isTrue());
        openai.close();
    }

    private static UnwrapWebhookEvent unwrap(OpenAIClient openai, Received received) {
        var headers = com.openai.core.http.Headers.builder();
        received.headers().forEach(headers::put);
        return openai.webhooks().unwrap(WebhookVerificationParams.builder().payload(received.body())
                .headers(headers.build()).secret(WebhookReceiver.SECRET).build());
    }

    private static Batch batch(String id, BatchStatus status) {
        return Batch.newBuilder().setBatchId(id).setTenant("acme").setKeyId("main").setEndpoint("/v1/chat/completions")
                .setInputFileId("file-1").setCompletionWindow("24h").setStatus(status).setCreatedAt(NOW)
                .setExpiresAt(NOW.plus(Duration.ofDays(1))).setEndedAt(switch (status) {
                    case COMPLETED, FAILED, EXPIRED, CANCELLED -> NOW;
                    case VALIDATING, IN_PROGRESS, FINALIZING, CANCELLING -> null;
                }).build();
    }

    private Webhooks start(Webhook... webhooks) {
        return Webhooks.start(kafka(), topics, List.of(webhooks));
    }

    private static Webhook hook(String name, WebhookReceiver receiver) {
        return new Webhook(name, receiver.url(), new Secret(WebhookReceiver.SECRET), Set.of(), Set.of());
    }

    private void tell(String tenant, AlertKind kind) {
        Alert alert = Alert.newBuilder().setId("evt_" + ++ids).setTenant(tenant).setAccount(tenant).setKind(kind)
                .setAt(Instant.now().truncatedTo(ChronoUnit.MILLIS)).setDay(LocalDate.of(2026, 11, 24))
                .setPeriod(Period.DAY).setPercent(50).setCap(10L).setSettled(5L).build();
        producer.send(topics.alerts().record(tenant, alert));
        producer.flush();
    }

    private List<WebhookDelivery> deliveries(String webhook) {
        return TestBed.read(broker.bootstrapServers(), topics.webhookDeliveries()).stream()
                .filter(delivery -> delivery.getWebhook().equals(webhook)).toList();
    }

    private List<String> delivered(String webhook) {
        return deliveries(webhook).stream().filter(one -> one.getOutcome() == DeliveryOutcome.DELIVERED)
                .map(WebhookDelivery::getEventId).toList();
    }

    private static Map<String, String> kafka() {
        return Map.of("bootstrap.servers", broker.bootstrapServers());
    }

    private static Map<String, Object> kafkaObjects() {
        return Map.of("bootstrap.servers", broker.bootstrapServers());
    }
}
