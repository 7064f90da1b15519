package dev.penstock.ingress.limits;

/**
 * How a limit of a minute stands, for the {@code x-ratelimit-*} headers.
 *
 * @param resetMs when all of it will be there again
 * @see <a href="https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers">Rate limits in headers</a>
 */
public record Standing(long limit, long remaining, long resetMs) {
    /** As Go writes durations, which is OpenAI's way: {@code 12ms}, {@code 1.5s}, {@code 6m0s}. */
    public String reset() {
        if (resetMs < 1_000) {
            return resetMs + "ms";
        }
        long hours = resetMs / 3_600_000;
        long minutes = resetMs / 60_000 % 60;
        long seconds = resetMs / 1_000 % 60;
        long millis = resetMs % 1_000;
        String fraction = millis == 0 ? "" : "." + String.format("%03d", millis).replaceAll("0+$", "");
        return (hours > 0 ? hours + "h" : "") + (hours > 0 || minutes > 0 ? minutes + "m" : "") + seconds + fraction
                + "s";
    }
}
