package dev.penstock.deploy.simulator;

import java.util.Optional;

/** A way in which the simulated provider fails. Written {@code NAME} or {@code NAME@NUMBER} in options and directives. */
sealed interface Fault {
    /** No fault at all. */
    record None() implements Fault {}

    /**
     * {@code 400}, {@code 401}, {@code 429@SECONDS}, {@code 503@SECONDS}: refuses with this status and OpenAI's error for
     * it; the seconds are those of Retry-After.
     */
    record Refuse(int status, long retryAfterSeconds) implements Fault {}

    /** {@code slow@MILLIS}: the head comes that much later. */
    record SlowHead(long millis) implements Fault {}

    /** Strikes when the model has said so many tokens; not at all if it has less to say. */
    sealed interface AfterTokens extends Fault {
        long tokens();
    }

    /** {@code stall@TOKENS}: says so many tokens, then nothing more, and keeps the connection. */
    record Stall(long tokens) implements AfterTokens {}

    /** {@code drop}: closes the connection before the head. */
    record DropHead() implements Fault {}

    /** {@code drop@TOKENS}: closes the connection after so many tokens; an answer in one piece is cut in its middle. */
    record Drop(long tokens) implements AfterTokens {}

    /** {@code garbage}: 200, then what is neither events nor JSON. */
    record Garbage() implements Fault {}

    /** {@code error200}: 200, then an error object where the answer should start. */
    record ErrorInHead() implements Fault {}

    /** {@code error@TOKENS}: an error event after so many tokens, then the end without {@code [DONE]}. */
    record ErrorEvent(long tokens) implements AfterTokens {}

    /** The fault that this text names; empty for any other text. */
    static Optional<Fault> parse(String text) {
        int at = text.indexOf('@');
        String name = at < 0 ? text : text.substring(0, at);
        var number = at < 0 ? Optional.<Long>empty() : number(text.substring(at + 1));
        if (at >= 0 && number.isEmpty()) {
            return Optional.empty();
        }
        return Optional.ofNullable(switch (name) {
            case "429" -> new Refuse(429, number.orElse(1L));
            case "503" -> new Refuse(503, number.orElse(0L));
            case "400" -> new Refuse(400, 0);
            case "401" -> new Refuse(401, 0);
            case "slow" -> new SlowHead(number.orElse(30_000L));
            case "stall" -> new Stall(number.orElse(0L));
            case "drop" -> number.<Fault>map(Drop::new).orElseGet(DropHead::new);
            case "garbage" -> new Garbage();
            case "error200" -> new ErrorInHead();
            case "error" -> new ErrorEvent(number.orElse(1L));
            default -> null;
        });
    }

    private static Optional<Long> number(String text) {
        boolean digits = !text.isEmpty() && text.length() <= 15 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
