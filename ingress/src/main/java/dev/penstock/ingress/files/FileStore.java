package dev.penstock.ingress.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * Where the bytes of files are. What is known of a file besides is on the log; a file of which the log knows nothing is
 * left over from a crash and never read. Every method blocks, and may be called by several threads.
 */
public interface FileStore extends AutoCloseable {
    /** A new empty file on this machine to be written to and then {@link #put} or deleted. */
    Path scratch() throws IOException;

    /** Takes a scratch file in under an id, which is new. When it returns the bytes are safe, and the scratch file is gone. */
    void put(String id, Path scratch) throws IOException;

    /** The bytes of a file from an offset on; to be closed by the caller. */
    InputStream open(String id, long from) throws IOException;

    /** Forgets a file; one that is not there is no error. */
    void delete(String id) throws IOException;

    @Override
    void close();
}
