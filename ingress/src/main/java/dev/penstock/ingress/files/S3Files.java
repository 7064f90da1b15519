package dev.penstock.ingress.files;

import dev.penstock.schemas.catalog.Secret;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A bucket, which all ingresses share; what is being uploaded is in a folder of this machine until it is whole. An object
 * is put in one request, so it has 5 GiB at most.
 */
public final class S3Files implements FileStore {
    private static final int NOT_FOUND = 404;
    private static final int NOTHING_FROM_THERE = 416;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final LocalFiles scratch;
    private final S3Client client;
    private final String bucket;
    private final String prefix;

    /** @throws IOException if the bucket cannot be reached, or the folder not be made */
    public S3Files(Bucket bucket, Path folder) throws IOException {
        this.scratch = new LocalFiles(folder);
        this.bucket = bucket.name();
        this.prefix = bucket.prefix();
        // Path style and no checksums beyond what is asked for: other stores than Amazon's often know nothing else.
        this.client = S3Client.builder().region(Region.of(bucket.region())).credentialsProvider(credentials(bucket))
                .endpointOverride(bucket.endpoint()).forcePathStyle(bucket.endpoint() != null)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .httpClientBuilder(UrlConnectionHttpClient.builder().socketTimeout(PATIENCE)
                        .connectionTimeout(PATIENCE))
                .build();
        try {
            client.headBucket(request -> request.bucket(this.bucket));
        } catch (SdkException e) {
            client.close();
            throw new IOException("the bucket " + this.bucket + " cannot be used", e);
        }
    }

    @Override
    public Path scratch() throws IOException {
        return scratch.scratch();
    }

    @Override
    public void put(String id, Path file) throws IOException {
        try {
            client.putObject(request -> request.bucket(bucket).key(key(id)), file);
        } catch (SdkException e) {
            throw new IOException("a file cannot be put into the bucket", e);
        }
        Files.delete(file);
    }

    @Override
    public InputStream open(String id, long from) throws IOException {
        try {
            return client.getObject(request -> request.bucket(bucket).key(key(id))
                    .range(from == 0 ? null : "bytes=" + from + "-"));
        } catch (S3Exception e) {
            if (e.statusCode() == NOTHING_FROM_THERE) {
                return InputStream.nullInputStream();
            }
            throw e.statusCode() == NOT_FOUND ? new FileNotFoundException(id) : unreadable(e);
        } catch (SdkException e) {
            throw unreadable(e);
        }
    }

    @Override
    public void delete(String id) throws IOException {
        try {
            client.deleteObject(request -> request.bucket(bucket).key(key(id)));
        } catch (SdkException e) {
            throw new IOException("a file cannot be deleted from the bucket", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private static IOException unreadable(SdkException e) {
        return new IOException("a file cannot be read from the bucket", e);
    }

    private String key(String id) {
        return prefix + LocalFiles.checked(id);
    }

    private static AwsCredentialsProvider credentials(Bucket bucket) {
        String id = bucket.accessKeyId();
        Secret secret = bucket.secretAccessKey();
        return id == null || secret == null
                ? DefaultCredentialsProvider.builder().build()
                : StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret.value()));
    }
}
