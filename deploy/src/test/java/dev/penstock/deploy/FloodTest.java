package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One tenant sends very many requests at once; {@code penstock bench --profile flood} is the long form. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class FloodTest {
    /** More than a dispatcher takes of a tenant before it pauses a partition; they are answered after 21 s. */
    private static final int FLOOD = 1400;

    @Test
    void anotherTenantOnTheSamePartitionsDoesNotWaitBehindIt(@TempDir Path folder) throws Exception {
        try (var bed = new TestBed(folder, """
                providers: {narrow: {kind: OPENAI_COMPATIBLE, baseUrl: SIMULATOR, maxConcurrentCalls: 20}}
                models: {sim-narrow: {provider: narrow, model: sim-small}}
                tenants: {busy: {keys: [{id: main, key: sk-busy}]}}
                """); var vertx = new Closing(Vertx.vertx())) {
            assertThat(bed.post(chat(5)).statusCode()).isEqualTo(200);
            var answered = new AtomicInteger();
            var client = vertx.of.createHttpClient(
                    new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false),
                    new PoolOptions().setHttp2MaxSize(FLOOD));
            var options = new RequestOptions().setMethod(HttpMethod.POST)
                    .setAbsoluteURI(bed.url() + "/chat/completions").putHeader("authorization", "Bearer sk-busy");
            for (int i = 0; i < FLOOD; i++) {
                client.request(options).compose(request -> request.send(chat(300)))
                        .onSuccess(_ -> answered.incrementAndGet());
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> answered.get() >= 40);
            for (int i = 0; i < 10; i++) {
                assertThat(bed.post(chat(50)).statusCode()).isEqualTo(200);
            }

            System.out.printf("while another's ten requests were answered, %d of %d of a flood were%n",
                    answered.get() - 40, FLOOD);
            assertThat(answered.get()).as("behind it they would have waited for 900 of it").isLessThan(FLOOD / 2);
        }
    }

    /** Closed before what its clients call. */
    private record Closing(Vertx of) implements AutoCloseable {
        @Override
        public void close() {
            of.close().await();
        }
    }

    private static String chat(int millis) {
        return "{\"model\":\"sim-narrow\",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim ttft=" + millis
                + " itl=0 tokens=1]]\"}]}";
    }
}
