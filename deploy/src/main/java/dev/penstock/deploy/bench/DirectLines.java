package dev.penstock.deploy.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * What a batch could reach at best: its lines sent to the provider by hand, always so many calls at a time, the answers
 * written to a file. A call that fails is sent again at once, whatever the provider says of when. Everything happens on one
 * event loop.
 */
public final class DirectLines {
    private final HttpClient client;
    private final RequestOptions options;
    private final Queue<Buffer> bodies;
    private final OutputStream answers;
    private final Promise<Void> finished = Promise.promise();
    private int open;

    private DirectLines(HttpClient client, Target target, List<Buffer> bodies, OutputStream answers) {
        this.client = client;
        this.options = new RequestOptions().setMethod(HttpMethod.POST).setAbsoluteURI(target.chatUrl())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        this.bodies = new ArrayDeque<>(bodies);
        this.answers = answers;
    }

    /** Sends each body until it is answered; returns how many seconds all of them took. Blocks. */
    public static double play(Vertx vertx, Target target, int concurrency, List<Buffer> bodies, OutputStream answers) {
        var client = Round.client(vertx, concurrency);
        var lines = new DirectLines(client, target, bodies, answers);
        long began = System.nanoTime();
        vertx.runOnContext(_ -> {
            for (int i = 0; i < concurrency; i++) {
                lines.sendNext();
            }
        });
        lines.finished.future().eventually(client::close).await();
        return (System.nanoTime() - began) / 1e9;
    }

    private void sendNext() {
        Buffer body = bodies.poll();
        if (body != null) {
            open++;
            client.request(options).compose(request -> send(request, body)).onSuccess(this::keep)
                    .onFailure(_ -> bodies.add(body)).onComplete(_ -> {
                        open--;
                        sendNext();
                    });
        } else if (open == 0) {
            finished.tryComplete();
        }
    }

    private static Future<Buffer> send(HttpClientRequest request, Buffer body) {
        return request.send(body).compose(response -> response.body().compose(answer -> response.statusCode() == 200
                ? Future.succeededFuture(answer)
                : Future.failedFuture("refused")));
    }

    private void keep(Buffer answer) {
        try {
            answers.write(answer.getBytes());
            answers.write('\n');
        } catch (IOException e) {
            finished.tryFail(new UncheckedIOException(e));
        }
    }
}
