package dev.penstock.metering.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Alert;
import dev.penstock.schemas.event.AlertKind;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.Period;
import dev.penstock.schemas.event.ResponsePart;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WebhookTest {
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /** The example of the Standard Webhooks libraries' own tests. */
    @Test
    void theSignatureIsThatOfTheScheme() {
        try (var post = new Post(webhook("http://localhost/", SECRET, Set.of()))) {
            assertThat(post.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                    "{\"test\": 2432232314}".getBytes(UTF_8)))
                    .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        }
    }

    @Test
    void anAlertHasTheShapeOfAnEvent() {
        Alert alert = Alert.newBuilder().setId("evt_1").setTenant("acme").setAccount("acme/main")
                .setKind(AlertKind.CAP_THRESHOLD).setAt(NOON).setDay(LocalDate.of(2026, 11, 24)).setPeriod(Period.WEEK)
                .setPercent(80).setCap(5_000L).setSettled(4_000L).build();

        assertThat(new String(AlertEvents.of(alert).payload(), UTF_8)).isEqualTo("""
                {"id":"evt_1","object":"event","type":"alert.cap_threshold","created_at":1795521600,"data":\
                {"tenant":"acme","account":"acme/main","day":"2026-11-24","period":"week","percent":80,\
                "cap_nano_usd":5000,"settled_nano_usd":4000}}""");
    }

    @Test
    void theEndOfAResponseIsToldAsWhatItSaysOfItself() {
        assertThat(end(PartKind.DONE, "{\"id\":\"resp_1\",\"error\":{\"status\":1},\"status\":\"incomplete\"}"))
                .isEqualTo("response.incomplete");
        assertThat(end(PartKind.DONE, "{\"status\":\"completed\"}")).isEqualTo("response.completed");
        assertThat(end(PartKind.FAILED, null)).isEqualTo("response.failed");
        assertThat(end(PartKind.CANCELLED, null)).isEqualTo("response.cancelled");
        for (PartKind kind : new PartKind[]{PartKind.HEAD, PartKind.BEGUN, PartKind.EVENTS, PartKind.DELETED}) {
            assertThat(end(kind, null)).isNull();
        }
    }

    private static @Nullable String end(PartKind kind, @Nullable String body) {
        WebhookEvent event = ResponseEvents.of(ResponsePart.newBuilder().setRequestId("resp_1").setTenant("acme")
                .setKind(kind).setAt(NOON).setBody(body == null ? null : ByteBuffer.wrap(body.getBytes(UTF_8)))
                .build());
        return event == null ? null : event.type();
    }

    @Test
    void pausesGrowAreNeverTheSameAndEndAfterADay() {
        Instant now = NOON;
        @Nullable
        Duration before = null;
        int attempts = 0;
        Instant next;
        while ((next = Backoff.DAY.next(NOON, ++attempts, now, 0.5)) != null) {
            Duration pause = Duration.between(now, next);
            assertThat(pause).isLessThanOrEqualTo(Duration.ofHours(2));
            assertThat(before == null || pause.compareTo(before) >= 0).isTrue();
            before = pause;
            now = next;
        }
        assertThat(Duration.between(NOON, now)).isBetween(Duration.ofHours(21), Duration.ofHours(24));
        assertThat(attempts).isBetween(15, 25);
        assertThat(Backoff.DAY.next(NOON, 1, NOON, 0)).isEqualTo(NOON.plusMillis(2500));
        assertThat(Backoff.DAY.next(NOON, 1, NOON, 1)).isEqualTo(NOON.plusMillis(5000));
    }

    @Test
    void whatIsDoneInTheMiddleIsNotCommittedBeforeWhatComesFirst() {
        var progress = new Progress();
        assertThat(progress.isNews()).isFalse();
        for (int offset = 3; offset < 7; offset++) {
            progress.took(offset, offset != 6);
        }
        progress.done(4);
        assertThat(progress.offset()).isEqualTo(3);
        progress.done(3);
        assertThat(progress.offset()).isEqualTo(5);
        progress.done(5);
        assertThat(progress.offset()).isEqualTo(7);
    }

    @Test
    void whatIsNoWebhookIsToldWithoutItsSecret() {
        assertThatThrownBy(() -> webhook("ftp://localhost/x", SECRET, Set.of())).hasMessageStartingWith("url: ");
        assertThatThrownBy(() -> webhook("http://localhost/", SECRET, Set.of("alert.capp")))
                .hasMessageStartingWith("events: there is no event alert.capp, only [alert.cap_threshold,");
        for (String bad : new String[]{"secretly", "whsec_c2hvcnQ=", "whsec_###"}) {
            assertThatThrownBy(() -> webhook("http://localhost/", bad, Set.of())).hasMessageStartingWith("secret: ")
                    .message().doesNotContain(bad.substring(6));
        }
    }

    private static Webhook webhook(String url, String secret, Set<String> events) {
        return new Webhook("hook", URI.create(url), new Secret(secret), events, Set.of());
    }
}
