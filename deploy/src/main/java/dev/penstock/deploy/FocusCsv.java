package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Spend in the columns of the FinOps Open Cost and Usage Specification, 1.2: a charge for each day, key, model, provider
 * and lane of a tenant. What a provider charges is what Penstock's prices say, so list, contracted, effective and billed
 * cost are one. A cost that is unknown for some attempts, which the specification has no word for, is told by
 * {@code x_UnpricedAttempts}.
 *
 * @see <a href="https://focus.finops.org/focus-specification/v1-2/">FOCUS 1.2</a>
 */
final class FocusCsv {
    private FocusCsv() {}

    /** The head and a line for each row of {@code GET /v1/usage}, split by day, key, model, provider and lane. */
    static Stream<String> lines(JsonNode usage) {
        var zone = ZoneId.of(usage.path("time_zone").asText("UTC"));
        String tenant = usage.path("tenant").asText();
        String head = String.join(",", columns(tenant, zone, ApiClient.JSON.createObjectNode().put("day", "1970-01-01"))
                .keySet());
        return Stream.concat(Stream.of(head), StreamSupport.stream(usage.path("data").spliterator(), false)
                .map(row -> columns(tenant, zone, row).values().stream().map(FocusCsv::quoted)
                        .collect(Collectors.joining(","))));
    }

    private static Map<String, String> columns(String tenant, ZoneId zone, JsonNode row) {
        LocalDate day = LocalDate.parse(row.path("day").asText());
        LocalDate month = day.withDayOfMonth(1);
        String model = row.path("model").asText();
        String provider = row.path("provider").asText();
        String cost = BigDecimal.valueOf(row.path("cost_nano_usd").asLong(), 9).toPlainString();
        String tokens = Long.toString(row.path("input_tokens").asLong() + row.path("output_tokens").asLong());
        var columns = new LinkedHashMap<String, String>();
        columns.put("BilledCost", cost);
        columns.put("BillingAccountId", provider);
        columns.put("BillingAccountName", provider);
        columns.put("BillingCurrency", "USD");
        columns.put("BillingPeriodStart", instant(month, zone));
        columns.put("BillingPeriodEnd", instant(month.plusMonths(1), zone));
        columns.put("ChargeCategory", "Usage");
        columns.put("ChargeClass", "");
        columns.put("ChargeDescription", "Tokens of " + model);
        columns.put("ChargeFrequency", "Usage-Based");
        columns.put("ChargePeriodStart", instant(day, zone));
        columns.put("ChargePeriodEnd", instant(day.plusDays(1), zone));
        columns.put("ConsumedQuantity", tokens);
        columns.put("ConsumedUnit", "Tokens");
        columns.put("ContractedCost", cost);
        columns.put("EffectiveCost", cost);
        columns.put("InvoiceIssuerName", provider);
        columns.put("ListCost", cost);
        columns.put("PricingCategory", "Standard");
        columns.put("PricingQuantity", tokens);
        columns.put("PricingUnit", "Tokens");
        columns.put("ProviderName", provider);
        columns.put("PublisherName", provider);
        columns.put("ServiceCategory", "AI and Machine Learning");
        columns.put("ServiceSubcategory", "Generative AI");
        columns.put("ServiceName", provider);
        columns.put("SkuId", provider + "/" + model);
        columns.put("SubAccountId", tenant);
        columns.put("SubAccountName", tenant);
        columns.put("Tags", ApiClient.JSON.createObjectNode().put("key", row.path("key").asText())
                .put("lane", row.path("lane").asText()).toString());
        columns.put("x_Attempts", row.path("attempts").asText());
        columns.put("x_InputTokens", row.path("input_tokens").asText());
        columns.put("x_CacheReadTokens", row.path("cache_read_tokens").asText());
        columns.put("x_CacheWriteTokens", row.path("cache_write_tokens").asText());
        columns.put("x_OutputTokens", row.path("output_tokens").asText());
        columns.put("x_ReasoningTokens", row.path("reasoning_tokens").asText());
        columns.put("x_UnpricedAttempts", row.path("unpriced_attempts").asText());
        return columns;
    }

    private static String instant(LocalDate day, ZoneId zone) {
        return day.atStartOfDay(zone).toInstant().toString();
    }

    /** As RFC 4180 asks. */
    private static String quoted(String value) {
        return value.matches("[^\",\r\n]*") ? value : '"' + value.replace("\"", "\"\"") + '"';
    }
}
