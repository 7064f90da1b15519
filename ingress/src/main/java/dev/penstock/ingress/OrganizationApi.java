package dev.penstock.ingress;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.ingress.report.BucketQuery;
import dev.penstock.ingress.report.BucketQuery.Subject;
import dev.penstock.ingress.report.Dimension;
import dev.penstock.ingress.report.Report;
import dev.penstock.ingress.report.Totals;
import dev.penstock.schemas.catalog.Tenant;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/organization/usage/completions} and {@code /v1/organization/costs} in OpenAI's shapes, for the
 * dashboards that read them. The organization is the caller's tenant; its one project is the tenant, and a line item is
 * a model.
 */
final class OrganizationApi {
    private final Vertx vertx;
    private final SpendTable table;

    OrganizationApi(Vertx vertx, SpendTable table) {
        this.vertx = vertx;
        this.table = table;
    }

    void report(Subject subject, HttpServerRequest request, Tenant tenant) {
        switch (BucketQuery.parse(subject, Responses.parameters(request), tenant.zone(), Instant.now())) {
            case BucketQuery.Parsed.Invalid(var error) -> Responses.error(request.response(), error);
            case BucketQuery.Parsed.Valid(var query) -> Responses.computed(vertx, request.response(), Responses.JSON,
                    () -> page(subject, tenant, query));
        }
    }

    private byte[] page(Subject subject, Tenant tenant, BucketQuery query) {
        var spend = table.spend(tenant.name(), query.start(), query.end().minusDays(1)).stream().filter(query::wants)
                .toList();
        Report report = Report.of(spend, query.by());
        return Responses.written(json -> {
            json.writeStartObject();
            json.writeStringField("object", "page");
            json.writeArrayFieldStart("data");
            for (LocalDate day = query.start(); day.isBefore(query.end()); day = day.plusDays(1)) {
                json.writeStartObject();
                json.writeStringField("object", "bucket");
                json.writeNumberField("start_time", day.atStartOfDay(tenant.zone()).toEpochSecond());
                json.writeNumberField("end_time", day.plusDays(1).atStartOfDay(tenant.zone()).toEpochSecond());
                json.writeArrayFieldStart("results");
                for (var row : report.rows().subMap(first(report, day), first(report, day.plusDays(1))).entrySet()) {
                    result(json, subject, query, report, row.getKey(), row.getValue());
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeBooleanField("has_more", query.more());
            json.writeStringField("next_page", query.nextPage());
            json.writeEndObject();
        });
    }

    /** Comes before all rows of a day. */
    private static List<String> first(Report report, LocalDate day) {
        return report.by().stream().map(dimension -> dimension == Dimension.DAY ? day.toString() : "").toList();
    }

    private static void result(JsonGenerator json, Subject subject, BucketQuery query, Report report,
            List<String> row, Totals totals) throws IOException {
        json.writeStartObject();
        switch (subject) {
            case COMPLETIONS -> {
                json.writeStringField("object", "organization.usage.completions.result");
                json.writeNumberField("input_tokens", totals.inputTokens());
                json.writeNumberField("input_cached_tokens", totals.cacheReadTokens());
                json.writeNumberField("input_cache_write_tokens", totals.cacheWriteTokens());
                json.writeNumberField("input_uncached_tokens",
                        Math.max(0, totals.inputTokens() - totals.cacheReadTokens() - totals.cacheWriteTokens()));
                json.writeNumberField("output_tokens", totals.outputTokens());
                json.writeNumberField("num_model_requests", totals.attempts());
            }
            case COSTS -> {
                json.writeStringField("object", "organization.costs.result");
                json.writeObjectFieldStart("amount");
                json.writeFieldName("value");
                json.writeNumber(BigDecimal.valueOf(totals.costNanoUsd(), 9).stripTrailingZeros().toPlainString());
                json.writeStringField("currency", "usd");
                json.writeEndObject();
                json.writeNullField("quantity");
                json.writeNullField("quantity_unit");
            }
        }
        for (String group : subject.groups()) {
            group(json, group, query.groupBy().contains(group) ? value(report, row, group) : null);
        }
        json.writeEndObject();
    }

    private static @Nullable String value(Report report, List<String> row, String group) {
        int column = report.by().indexOf(BucketQuery.dimension(group));
        return column < 0 ? null : row.get(column);
    }

    private static void group(JsonGenerator json, String group, @Nullable String value) throws IOException {
        if (value != null && group.equals("batch")) {
            json.writeBooleanField(group, value.equals("batch"));
        } else {
            json.writeStringField(group, value);
        }
    }
}
