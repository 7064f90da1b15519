package dev.penstock.ingress.files;

import dev.penstock.schemas.catalog.Secret;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A bucket of a store that speaks Amazon S3's protocol.
 *
 * @param name of the bucket, which is there
 * @param region that requests are signed for
 * @param endpoint of the store; null for Amazon's in the region
 * @param prefix that the keys of all objects begin with; may be empty
 * @param accessKeyId null to look where Amazon's SDK looks: the environment, its files, the machine's or container's role
 * @param secretAccessKey null if there is no {@code accessKeyId}
 */
public record Bucket(String name, String region, @Nullable URI endpoint, String prefix, @Nullable String accessKeyId,
        @Nullable Secret secretAccessKey) {
    public Bucket {
        if ((accessKeyId == null) != (secretAccessKey == null)) {
            throw new IllegalArgumentException("secretAccessKey: must be there if accessKeyId is, and only then");
        }
    }
}
