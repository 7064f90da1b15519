package dev.penstock.ingress.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.ingress.report.BucketQuery.Subject;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.Spend;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 24);
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final List<Spend> SPENT = List.of(spend(DAY, "k1", "a", Lane.INTERACTIVE, 1),
            spend(DAY, "k2", "a", Lane.BATCH, 10), spend(DAY, "k1", "b", Lane.INTERACTIVE, 100),
            spend(DAY.plusDays(1), "k1", "a", Lane.INTERACTIVE, 1000));

    @Test
    void rowsAddUpInWhateverWayTheyAreSplit() {
        for (Dimension dimension : Dimension.values()) {
            assertThat(Report.of(SPENT, List.of(dimension)).total().costNanoUsd()).isEqualTo(1111);
        }
        Report report = Report.of(SPENT, List.of(Dimension.MODEL, Dimension.DAY));
        assertThat(report.rows().keySet()).containsExactly(List.of("a", "2026-11-24"), List.of("a", "2026-11-25"),
                List.of("b", "2026-11-24"));
        assertThat(report.rows().get(List.of("a", "2026-11-24")).costNanoUsd()).isEqualTo(11);
    }

    @Test
    void aReportIsOnTodayUnlessTold() {
        assertThat(report(Map.of())).isEqualTo(new ReportQuery(DAY, DAY, List.of(Dimension.DAY, Dimension.KEY,
                Dimension.MODEL, Dimension.PROVIDER, Dimension.LANE)));
        assertThat(report(Map.of("end_date", List.of("2026-11-20"), "group_by", List.of("key,model"))))
                .isEqualTo(new ReportQuery(LocalDate.of(2026, 11, 20), LocalDate.of(2026, 11, 20),
                        List.of(Dimension.KEY, Dimension.MODEL)));
    }

    @Test
    void aReportIsOnAYearAtMost() {
        assertThat(ReportQuery.parse(Map.of("start_date", List.of("2025-11-24")), DAY))
                .isInstanceOf(ReportQuery.Parsed.Valid.class);
        assertThat(ReportQuery.parse(Map.of("start_date", List.of("2025-11-23")), DAY))
                .isInstanceOfSatisfying(ReportQuery.Parsed.Invalid.class,
                        invalid -> assertThat(invalid.error().param()).isEqualTo("start_date"));
    }

    @Test
    void bucketsAreDaysOfTheTenantAlsoWhenTheClockIsPutBack() {
        // 25 hours, from 22:00Z to 23:00Z
        var query = buckets(Subject.COSTS, "start_time", "2026-10-24T22:00:00Z", "end_time", "2026-10-25T23:00:00Z");
        assertThat(query.start()).isEqualTo("2026-10-25");
        assertThat(query.end()).isEqualTo("2026-10-26");
        assertThat(query.nextPage()).isNull();
    }

    @Test
    void pagesFollowEachOtherWithoutGap() {
        var first = buckets(Subject.COSTS, "start_time", "2026-11-01T12:00:00Z", "end_time", "2026-11-20T00:00:00Z");
        assertThat(first.start()).isEqualTo("2026-11-01");
        assertThat(first.end()).isEqualTo("2026-11-08");
        var given = Map.of("start_time", List.of(seconds("2026-11-01T12:00:00Z")), "end_time",
                List.of(seconds("2026-11-20T00:00:00Z")), "page", List.of(String.valueOf(first.nextPage())), "limit",
                List.of("180"));
        var second = (BucketQuery.Parsed.Valid) BucketQuery.parse(Subject.COSTS, given, BERLIN, Instant.EPOCH);
        assertThat(second.query().start()).isEqualTo(first.end());
        assertThat(second.query().end()).isEqualTo("2026-11-21");
        assertThat(second.query().more()).isFalse();
    }

    @Test
    void listsComeInBracketsToo() {
        var given = Map.of("start_time", List.of("0"), "group_by[]", List.of("model", "user_id"), "models[]",
                List.of("a"), "batch", List.of("false"));
        var query = ((BucketQuery.Parsed.Valid) BucketQuery.parse(Subject.COMPLETIONS, given, BERLIN, Instant.EPOCH))
                .query();
        assertThat(query.by()).containsExactly(Dimension.DAY, Dimension.MODEL);
        assertThat(SPENT.stream().filter(query::wants).mapToLong(Spend::getCostNanoUsd).sum()).isEqualTo(1001);
    }

    @Test
    void whatOpenAiDoesNotKnowIsRefusedByName() {
        assertThat(refused(Subject.COSTS, "group_by", "model").param()).isEqualTo("group_by");
        assertThat(refused(Subject.COMPLETIONS, "limit", "32").param()).isEqualTo("limit");
        assertThat(refused(Subject.COMPLETIONS, "bucket_width", "1h").message()).contains("1d");
        assertThat(refused(Subject.COMPLETIONS, "page", "page_7").param()).isEqualTo("page");
        assertThat(refused(Subject.COMPLETIONS, "end_time", "-1").param()).isEqualTo("end_time");
        assertThat(refused(Subject.COMPLETIONS, "start_time", "99999999999999").param()).isEqualTo("start_time");
        assertThat(BucketQuery.parse(Subject.COSTS, Map.of(), BERLIN, Instant.EPOCH))
                .isInstanceOf(BucketQuery.Parsed.Invalid.class);
    }

    private static ApiError refused(Subject subject, String name, String value) {
        var given = new HashMap<>(Map.of("start_time", List.of("0")));
        given.put(name, List.of(value));
        return ((BucketQuery.Parsed.Invalid) BucketQuery.parse(subject, given, BERLIN, Instant.EPOCH)).error();
    }

    private static BucketQuery buckets(Subject subject, String name, String time, String other, String otherTime) {
        var given = Map.of(name, List.of(seconds(time)), other, List.of(seconds(otherTime)));
        return ((BucketQuery.Parsed.Valid) BucketQuery.parse(subject, given, BERLIN, Instant.EPOCH)).query();
    }

    private static String seconds(String time) {
        return Long.toString(Instant.parse(time).getEpochSecond());
    }

    private static ReportQuery report(Map<String, List<String>> given) {
        return ((ReportQuery.Parsed.Valid) ReportQuery.parse(given, DAY)).query();
    }

    private static Spend spend(LocalDate day, String key, String model, Lane lane, long cost) {
        return new Spend("tenant", day, key, model, "acme", lane, 1L, 1L, 1L, 0L, 0L, 0L, cost, 0L);
    }
}
