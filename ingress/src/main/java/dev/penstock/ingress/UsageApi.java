package dev.penstock.ingress;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.ingress.report.Report;
import dev.penstock.ingress.report.ReportQuery;
import dev.penstock.ingress.report.Totals;
import dev.penstock.schemas.catalog.Tenant;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** {@code GET /v1/usage}: what the caller's tenant has spent on some days, as metering last published it. */
final class UsageApi {
    private static final List<String> FIGURES = List.of("attempts", "input_tokens", "output_tokens",
            "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "cost_nano_usd", "unpriced_attempts");

    private final Vertx vertx;
    private final SpendTable table;

    UsageApi(Vertx vertx, SpendTable table) {
        this.vertx = vertx;
        this.table = table;
    }

    /** In JSON, or in CSV where that is what the caller accepts. */
    void report(HttpServerRequest request, Tenant tenant) {
        LocalDate today = LocalDate.ofInstant(Instant.now(), tenant.zone());
        switch (ReportQuery.parse(Responses.parameters(request), today)) {
            case ReportQuery.Parsed.Invalid(var error) -> Responses.error(request.response(), error);
            case ReportQuery.Parsed.Valid(var query) -> answer(request, tenant, query);
        }
    }

    private void answer(HttpServerRequest request, Tenant tenant, ReportQuery query) {
        String accepted = request.getHeader(HttpHeaders.ACCEPT);
        boolean csv = accepted != null && accepted.contains("text/csv");
        Responses.computed(vertx, request.response(), csv ? Responses.CSV : Responses.JSON, () -> {
            var report = Report.of(table.spend(tenant.name(), query.start(), query.end()), query.by());
            return csv ? csv(report) : json(tenant, query, report);
        });
    }

    private byte[] json(Tenant tenant, ReportQuery query, Report report) {
        return Responses.written(json -> {
            json.writeStartObject();
            json.writeStringField("object", "usage");
            json.writeStringField("tenant", tenant.name());
            json.writeStringField("time_zone", tenant.zone().getId());
            json.writeStringField("start_date", query.start().toString());
            json.writeStringField("end_date", query.end().toString());
            json.writeBooleanField("complete", !query.start().isBefore(table.completeFrom()));
            write(json, report.total());
            json.writeArrayFieldStart("data");
            for (var row : report.rows().entrySet()) {
                json.writeStartObject();
                for (int i = 0; i < report.by().size(); i++) {
                    json.writeStringField(report.by().get(i).word(), row.getKey().get(i));
                }
                write(json, row.getValue());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, Totals totals) throws IOException {
        long[] figures = figures(totals).toArray();
        for (int i = 0; i < figures.length; i++) {
            json.writeNumberField(FIGURES.get(i), figures[i]);
        }
    }

    private static byte[] csv(Report report) {
        Stream<String> head = Stream.of(Stream
                .concat(report.by().stream().map(dimension -> dimension.word()), FIGURES.stream())
                .collect(Collectors.joining(",")));
        Stream<String> rows = report.rows().entrySet().stream()
                .map(row -> Stream.concat(row.getKey().stream().map(UsageApi::quoted),
                        figures(row.getValue()).mapToObj(Long::toString)).collect(Collectors.joining(",")));
        return Responses.utf8(Stream.concat(head, rows).collect(Collectors.joining("\r\n", "", "\r\n")));
    }

    private static LongStream figures(Totals t) {
        return LongStream.of(t.attempts(), t.inputTokens(), t.outputTokens(), t.cacheReadTokens(),
                t.cacheWriteTokens(), t.reasoningTokens(), t.costNanoUsd(), t.unpricedAttempts());
    }

    /** As RFC 4180 asks. */
    private static String quoted(String value) {
        return value.matches("[^\",\r\n]*") ? value : '"' + value.replace("\"", "\"\"") + '"';
    }
}
