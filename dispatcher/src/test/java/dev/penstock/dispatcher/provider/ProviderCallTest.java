package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.catalog.Provider;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the one who makes a call can do to it, as the provider sees it. */
class ProviderCallTest extends WithLocalProvider {
    @Test
    void letsTheProviderNoticeACancelAtOnce() throws Exception {
        var closed = Promise.<Void>promise();
        behaviour = (request, _) -> {
            request.connection().closeHandler(closed::complete);
            stream(request).write(CHUNK);
        };
        ProviderCall call = send(Samples.streaming());
        await(firstDelta.future());
        loop.runOnContext(_ -> call.cancel());
        await(closed.future());
        assertThat(await(call.outcome()))
                .isEqualTo(new Outcome.Abandoned(new Consumption(new Usage(4, 1, 0, 0, 0), true)));
    }

    @Test
    void cancelsACallThatHasNoConnectionYet() throws Exception {
        ProviderCall call = onLoop(() -> {
            ProviderCall begun = client.send(Samples.streaming(), Samples.CANDIDATE, 0, _ -> {});
            begun.cancel();
            return begun;
        });
        assertThat(await(call.outcome()))
                .isEqualTo(new Outcome.Abandoned(new Consumption(new Usage(0, 0, 0, 0, 0), true)));
    }

    @Test
    void stopsTheProviderWhilePausedAndLosesNothing() throws Exception {
        var full = Promise.<Void>promise();
        var drained = Promise.<Void>promise();
        Buffer block = Buffer.buffer(CHUNK.repeat(1000));
        int[] blocks = {0};
        behaviour = (request, _) -> {
            HttpServerResponse response = stream(request);
            while (!response.writeQueueFull()) {
                response.write(block);
                blocks[0]++;
            }
            vertx.setPeriodic(100, timer -> {
                if (!response.writeQueueFull()) {
                    response.write(block);
                    blocks[0]++;
                } else {
                    vertx.cancelTimer(timer);
                    full.complete();
                }
            });
            full.future().onSuccess(_ -> response.drainHandler(_ -> {
                drained.tryComplete();
                response.end(END);
            }));
        };
        ProviderCall call = onLoop(() -> {
            ProviderCall begun = client.send(Samples.streaming(), Samples.CANDIDATE, 0, seen::writeBytes);
            begun.pause();
            return begun;
        });
        await(full.future());
        assertThat(seen.size()).isZero();
        assertThat(drained.future().isComplete()).isFalse();
        loop.runOnContext(_ -> call.resume());
        await(drained.future());
        assertThat(await(call.outcome())).isInstanceOf(Outcome.Completed.class);
        assertThat(seen().split("\"content\":\"Hi\"", -1)).hasSize(blocks[0] * 1000 + 1);
    }

    @Test
    void isNotImpatientWhilePaused() throws Exception {
        client = client(new Provider.Timeouts(Duration.ofSeconds(5), Duration.ofMillis(200), Duration.ofMillis(200)));
        var waited = Promise.<Void>promise();
        behaviour = (request, _) -> {
            stream(request).write(CHUNK);
            vertx.setTimer(600, _ -> {
                request.response().end(END);
                waited.complete();
            });
        };
        ProviderCall call = send(Samples.streaming());
        await(firstDelta.future());
        loop.runOnContext(_ -> call.pause());
        await(waited.future());
        assertThat(call.outcome().isComplete()).isFalse();
        loop.runOnContext(_ -> call.resume());
        assertThat(await(call.outcome())).isInstanceOf(Outcome.Completed.class);
    }

    @Test
    void closesWhatIsOpen() throws Exception {
        behaviour = (request, _) -> stream(request).write(CHUNK);
        ProviderCall call = send(Samples.streaming());
        await(firstDelta.future());
        await(client.close());
        assertThat(await(call.outcome())).isInstanceOf(Outcome.Broken.class);
    }
}
