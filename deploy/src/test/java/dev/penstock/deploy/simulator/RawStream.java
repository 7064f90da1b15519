package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A chat request on a bare socket, to see and to do what an HTTP client hides: a cut connection, not reading. */
final class RawStream implements AutoCloseable {
    private final Socket socket = new Socket();

    RawStream(int port, JsonNode body) throws IOException {
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream().write(("POST /v1/chat/completions HTTP/1.1\r\nHost: simulator\r\nContent-Length: "
                + bytes.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(bytes);
    }

    void read(int bytes) throws IOException {
        socket.getInputStream().skipNBytes(bytes);
    }

    String readToTheEnd() throws IOException {
        return readUntilSilence(10_000);
    }

    /** What comes until the end or until nothing came for so long. */
    String readUntilSilence(int millis) throws IOException {
        socket.setSoTimeout(millis);
        var received = new ByteArrayOutputStream();
        try {
            for (int next = socket.getInputStream().read(); next >= 0; next = socket.getInputStream().read()) {
                received.write(next);
            }
        } catch (SocketTimeoutException _) {
            // Silence: what came so far is the answer.
        }
        return received.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
