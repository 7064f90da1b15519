package dev.penstock.ingress.report;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.Spend;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What OpenAI's {@code /v1/organization/usage/completions} and {@code /v1/organization/costs} are asked for. A bucket
 * is a day of the tenant's time zone, since it is days that are summed up; OpenAI's are days of UTC.
 *
 * @param start the first bucket
 * @param end the day after the last one
 * @param more whether buckets follow that were not asked for at once; the next page begins with {@code end}
 * @param groupBy OpenAI's words
 * @see <a href="https://platform.openai.com/docs/api-reference/usage/completions">usage</a>
 */
public record BucketQuery(LocalDate start, LocalDate end, boolean more, List<String> groupBy, List<String> keys,
        List<String> models, List<String> tenants, @Nullable Boolean batch) {
    /** A query, or what is wrong with it. */
    public sealed interface Parsed {
        /** To be answered. */
        record Valid(BucketQuery query) implements Parsed {}

        /** To be refused. */
        record Invalid(ApiError error) implements Parsed {}
    }

    /** Which of the two. */
    public enum Subject {
        COMPLETIONS(31), COSTS(180);

        private final int mostBuckets;

        Subject(int mostBuckets) {
            this.mostBuckets = mostBuckets;
        }

        /** What it can be grouped by, in OpenAI's words. */
        public List<String> groups() {
            return switch (this) {
                case COMPLETIONS -> List.of("project_id", "user_id", "api_key_id", "model", "batch", "service_tier");
                case COSTS -> List.of("project_id", "api_key_id", "line_item");
            };
        }
    }

    private static final String PAGE = "page_";
    private static final int BUCKETS = 7;
    /** The year 9999. */
    private static final long LATEST = 253_402_300_799L;

    /** Reads OpenAI's parameters; {@code now} stands for an absent end. */
    public static Parsed parse(Subject subject, Map<String, List<String>> given, ZoneId zone, Instant now) {
        var parameters = new Parameters(given);
        if (parameters.text("start_time") == null) {
            parameters.refuse("start_time", "is required");
        }
        if (!List.of("1d").containsAll(parameters.list("bucket_width"))) {
            parameters.refuse("bucket_width", "must be 1d: usage is summed up by day");
        }
        long from = parameters.number("start_time", 0, 0, LATEST);
        long until = parameters.number("end_time", Math.max(from, now.getEpochSecond()) + 1, from + 1, LATEST);
        LocalDate end = day(until - 1, zone).plusDays(1);
        LocalDate first = page(parameters, day(from, zone));
        long limit = parameters.number("limit", BUCKETS, 1, subject.mostBuckets);
        LocalDate last = first.plusDays(limit);
        boolean more = last.isBefore(end);
        List<String> groupBy = parameters.choices("group_by", Set.copyOf(subject.groups()));
        List<String> batch = parameters.choices("batch", Set.of("true", "false"));
        ApiError error = parameters.error();
        return error != null
                ? new Parsed.Invalid(error)
                : new Parsed.Valid(new BucketQuery(first, more ? last : end, more, groupBy,
                        parameters.list("api_key_ids"), parameters.list("models"), parameters.list("project_ids"),
                        batch.isEmpty() ? null : Boolean.valueOf(batch.getFirst())));
    }

    /** Whether a sum is asked for. */
    public boolean wants(Spend spend) {
        return (keys.isEmpty() || keys.contains(spend.getKeyId()))
                && (models.isEmpty() || models.contains(spend.getModel()))
                && (tenants.isEmpty() || tenants.contains(spend.getTenant()))
                && (batch == null || batch == (spend.getLane() == Lane.BATCH));
    }

    /** What to split by: the day, and what the groups stand for. Nothing is known of users and service tiers. */
    public List<Dimension> by() {
        var by = new ArrayList<>(List.of(Dimension.DAY));
        groupBy.stream().map(BucketQuery::dimension).filter(Objects::nonNull).forEach(by::add);
        return List.copyOf(by);
    }

    /** What a group of OpenAI's is here; null if there is no such thing. */
    public static @Nullable Dimension dimension(String group) {
        return switch (group) {
            case "project_id" -> Dimension.TENANT;
            case "api_key_id" -> Dimension.KEY;
            case "model", "line_item" -> Dimension.MODEL;
            case "batch" -> Dimension.LANE;
            default -> null;
        };
    }

    /** Where the next page begins, or null. */
    public @Nullable String nextPage() {
        return more ? PAGE + end : null;
    }

    private static LocalDate page(Parameters parameters, LocalDate otherwise) {
        String page = parameters.text("page");
        if (page == null || page.isEmpty()) {
            return otherwise;
        }
        try {
            return LocalDate.parse(page.substring(Math.min(PAGE.length(), page.length())));
        } catch (DateTimeException _) {
            parameters.refuse("page", "must be the next_page of an earlier answer");
            return otherwise;
        }
    }

    private static LocalDate day(long seconds, ZoneId zone) {
        return LocalDate.ofInstant(Instant.ofEpochSecond(seconds), zone);
    }
}
