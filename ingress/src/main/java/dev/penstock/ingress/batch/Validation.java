package dev.penstock.ingress.batch;

import dev.penstock.schemas.event.BatchError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every line of an input before any is fed, some at a time. Of each {@code custom_id} eight bytes of a hash are
 * kept, so an input of millions of lines takes some tens of MB; two ids with the same are taken for one, once in some
 * ten million inputs of a million lines.
 */
final class Validation implements AutoCloseable {
    private static final int MOST_ERRORS = 1_000;

    private final InputLines lines;
    private final String endpoint;
    private final int mostLines;
    private final Predicate<String> knowsModel;
    private final Set<Long> customIds = new HashSet<>();
    private final List<BatchError> errors = new ArrayList<>();
    private final MessageDigest sha256;
    private int count;
    private @Nullable String model;
    private boolean severalModels;
    private boolean over;

    Validation(InputLines lines, String endpoint, int mostLines, Predicate<String> knowsModel) {
        this.lines = lines;
        this.endpoint = endpoint;
        this.mostLines = mostLines;
        this.knowsModel = knowsModel;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** Looks at so many lines more; true when there are none left to look at. */
    boolean step(int most) throws IOException {
        for (int i = 0; i < most && !over; i++) {
            byte[] line = lines.next();
            if (line == null) {
                over = true;
                if (count == 0) {
                    add("empty_file", "The input file is empty. Please ensure that the batch contains at least one"
                            + " request.", null);
                }
            } else if (count == mostLines) {
                over = true;
                errors.clear();
                add("too_many_tasks", "The batch has more lines than the maximum of " + mostLines + ".", null);
            } else {
                look(line);
            }
        }
        return over;
    }

    /** What was found to be wrong, the first of it. */
    List<BatchError> errors() {
        return List.copyOf(errors);
    }

    int count() {
        return count;
    }

    /** The model of all lines; null if they name several. */
    @Nullable
    String model() {
        return severalModels ? null : model;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    private void look(byte[] line) {
        count++;
        switch (LineReader.read(line, count, endpoint)) {
            case LineReader.Result.Invalid(var error) -> {
                if (errors.size() < MOST_ERRORS) {
                    errors.add(error);
                }
            }
            case LineReader.Result.Valid(String customId, String named, _) -> {
                if (!customIds.add(hash(customId))) {
                    add("duplicate_custom_id", "The custom_id of this line is also that of an earlier one.",
                            "custom_id");
                }
                if (!named.equals(model)) {
                    if (!knowsModel.test(named)) {
                        add("model_not_found",
                                "The provided model is not known, or you do not have access to it.", "body.model");
                    }
                    severalModels |= model != null;
                    model = named;
                }
            }
        }
    }

    private void add(String code, String message, @Nullable String param) {
        if (errors.size() < MOST_ERRORS) {
            errors.add(new BatchError(code, message, param, count == 0 || param == null ? null : count));
        }
    }

    private long hash(String customId) {
        byte[] digest = sha256.digest(customId.getBytes(StandardCharsets.UTF_8));
        long hash = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            hash = hash << Byte.SIZE | digest[i] & 0xff;
        }
        return hash;
    }
}
