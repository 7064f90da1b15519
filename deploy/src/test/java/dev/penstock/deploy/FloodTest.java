package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

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
        Vertx vertx = Vertx.vertx();
        try (var bed = new TestBed(folder, """
                providers: {narrow: {kind: OPENAI_COMPATIBLE, baseUrl: SIMULATOR, maxConcurrentCalls: 20}}
                models: {sim-narrow: {provider: narrow, model: sim-small}}
                tenants: {busy: {keys: [{id: main, key: sk-busy}]}}
                """)) {
            assertThat(bed.post(chat(5)).statusCode()).isEqualTo(200);
            var over = new AtomicInteger();
            var client = vertx.createHttpClient(
                    new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false),
                    new PoolOptions().setHttp2MaxSize(FLOOD));
            var options = new RequestOptions().setMethod(HttpMethod.POST)
                    .setAbsoluteURI(bed.url() + "/chat/completions").putHeader("authorization", "Bearer sk-busy");
            for (int i = 0; i < FLOOD; i++) {
                client.request(options).compose(request -> request.send(chat(300)))
                        .onComplete(_ -> over.incrementAndGet());
            }
            long longest = 0;
            for (int i = 0; i < 20; i++) {
                long begun = System.nanoTime();
                assertThat(bed.post(chat(50)).statusCode()).isEqualTo(200);
                longest = Math.max(longest, System.nanoTime() - begun);
            }
            System.out.printf("beside a flood the longest of 20 requests took %d ms%n", longest / 1_000_000);
            assertThat(over.get()).as("the flood is still there").isLessThan(FLOOD / 2);
            assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofSeconds(3));
            client.close().await();
        } finally {
            vertx.close().await();
        }
    }

    private static String chat(int millis) {
        return "{\"model\":\"sim-narrow\",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim ttft=" + millis
                + " itl=0 tokens=1]]\"}]}";
    }
}
