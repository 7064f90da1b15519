package dev.penstock.ingress;

/**
 * How large files may be, in bytes.
 *
 * @param file the largest file
 * @param batchInput the largest input of a batch
 * @param tenant all files of a tenant together
 */
public record FileLimits(long file, long batchInput, long tenant) {
    public FileLimits {
        if (file <= 0 || batchInput <= 0 || tenant <= 0) {
            throw new IllegalArgumentException("files: the limits must be positive");
        }
    }
}
