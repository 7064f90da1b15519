package dev.penstock.deploy.settings;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A file, or an http or https URL, with prices in it. Blocks, for a URL at most {@link #PATIENCE}. */
final class PriceSource {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** LiteLLM's table has two MB. */
    private static final int MOST_BYTES = 32 << 20;

    private PriceSource() {}

    /** All of it. The text of an {@link IOException} says what is wrong and neither path nor host. */
    static byte[] read(String source) throws IOException {
        return source.matches("https?://.*") ? fetch(source) : file(source);
    }

    private static byte[] file(String path) throws IOException {
        try (var in = Files.newInputStream(Path.of(path))) {
            byte[] all = in.readNBytes(MOST_BYTES + 1);
            if (all.length > MOST_BYTES) {
                throw new IOException("is larger than 32MiB");
            }
            return all;
        } catch (FileSystemException | InvalidPathException _) {
            throw new IOException("cannot be read");
        }
    }

    private static byte[] fetch(String url) throws IOException {
        var client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url)).header("accept", "application/json").build();
            HttpResponse<byte[]> response = client
                    .sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES))
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (response.statusCode() != 200) {
                throw new IOException("was answered with status " + response.statusCode());
            }
            return response.body();
        } catch (ExecutionException _) {
            throw new IOException("cannot be fetched");
        } catch (TimeoutException _) {
            throw new IOException("was not answered in " + PATIENCE.toSeconds() + " s");
        } catch (IllegalArgumentException _) {
            throw new IOException("is no URL");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new IOException("was not waited for");
        } finally {
            client.shutdownNow();
        }
    }
}
