package dev.penstock.ingress.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.schemas.catalog.Secret;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.gaul.s3proxy.junit.S3ProxyExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Against S3Proxy, a server of S3's protocol that checks signatures. */
class S3FilesTest {
    @TempDir
    static Path folder = Path.of("");
    @RegisterExtension
    static final S3ProxyExtension SERVER = S3ProxyExtension.builder().withCredentials("penstock", "a secret").build();

    @BeforeEach
    void makeABucket() {
        try (S3Client client = S3Client.builder().region(Region.US_EAST_1).endpointOverride(SERVER.getUri())
                .forcePathStyle(true).httpClientBuilder(UrlConnectionHttpClient.builder())
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("penstock", "a secret")))
                .build()) {
            client.createBucket(request -> request.bucket("files"));
        }
    }

    @Test
    void whatIsPutIsReadFromAnyOffsetUntilItIsDeleted() throws IOException {
        try (var files = new S3Files(bucket("files", "a secret"), folder.resolve("local"))) {
            byte[] content = new byte[3_000_000];
            new Random(1).nextBytes(content);
            Path scratch = Files.write(files.scratch(), content);

            files.put("file-1", scratch);

            assertThat(scratch).doesNotExist();
            assertThat(read(files, 0)).isEqualTo(content);
            assertThat(read(files, 2_999_990)).hasSize(10).endsWith(content[2_999_999]);
            assertThat(read(files, 3_000_000)).isEmpty();
            try (InputStream part = files.open("file-1", 5)) {
                assertThat(part.read()).isEqualTo(content[5] & 0xff); // and the rest is not read
            }

            files.delete("file-1");
            files.delete("file-1");
            assertThatThrownBy(() -> files.open("file-1", 0)).isInstanceOf(FileNotFoundException.class);
        }
    }

    @Test
    void anEmptyFileIsAFile() throws IOException {
        try (var files = new S3Files(bucket("files", "a secret"), folder.resolve("local"))) {
            files.put("file-2", files.scratch());
            assertThat(read(files, "file-2", 0)).isEmpty();
        }
    }

    @Test
    void aBucketThatCannotBeUsedIsToldOfAtOnce() {
        assertThatThrownBy(() -> new S3Files(bucket("files", "another"), folder.resolve("local")))
                .isInstanceOf(IOException.class).hasMessage("the bucket files cannot be used");
        assertThatThrownBy(() -> new S3Files(bucket("none", "a secret"), folder.resolve("local")))
                .isInstanceOf(IOException.class).hasMessage("the bucket none cannot be used");
    }

    private static Bucket bucket(String name, String secret) {
        return new Bucket(name, "us-east-1", SERVER.getUri(), "penstock/",
                "penstock", new Secret(secret));
    }

    private static byte[] read(S3Files files, long from) throws IOException {
        return read(files, "file-1", from);
    }

    private static byte[] read(S3Files files, String id, long from) throws IOException {
        try (InputStream in = files.open(id, from)) {
            return in.readAllBytes();
        }
    }
}
