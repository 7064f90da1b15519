package dev.penstock.metering;

import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageEvent;
import org.jspecify.annotations.Nullable;

/** What an attempt cost, by the catalog. Pure; never throws, whatever a provider may have counted. */
record Pricing(Catalog catalog) {
    /** The usage event of an attempt that has ended. */
    UsageEvent usage(AttemptEnded ended) {
        Tokens tokens = ended.getTokens();
        Price price = tokens == null ? null : price(ended);
        Long cost = tokens == null ? Long.valueOf(0) : price == null ? null : cost(price, tokens);
        return UsageEvent.newBuilder()
                .setAttemptId(ended.getAttemptId())
                .setRequestId(ended.getRequestId())
                .setAttempt(ended.getAttempt())
                .setTenant(ended.getTenant())
                .setKeyId(ended.getKeyId())
                .setLane(ended.getLane())
                .setBillingDay(ended.getBillingDay())
                .setModel(ended.getModel())
                .setProvider(ended.getProvider())
                .setProviderModel(ended.getProviderModel())
                .setStartedAt(ended.getStartedAt())
                .setFirstTokenAt(ended.getFirstTokenAt())
                .setEndedAt(ended.getEndedAt())
                .setEnd(ended.getEnd())
                .setErrorCode(ended.getErrorCode())
                .setTokens(tokens)
                .setCostNanoUsd(cost)
                .setPriceVersion(price == null || cost == null ? null : catalog.version())
                .build();
    }

    /** The price at the provider that was called: the catalog may since have given the name to another. */
    private @Nullable Price price(AttemptEnded ended) {
        Model model = catalog.model(ended.getModel());
        return model != null && model.provider().equals(ended.getProvider()) ? model.price() : null;
    }

    /** Null for counts that no provider can mean: negative, or worth more than a long holds. */
    private static @Nullable Long cost(Price price, Tokens tokens) {
        if (Math.min(Math.min(tokens.getInput(), tokens.getOutput()),
                Math.min(tokens.getCacheRead(), tokens.getCacheWrite())) < 0) {
            return null;
        }
        try {
            return price.cost(tokens.getInput(), tokens.getOutput(), tokens.getCacheRead(), tokens.getCacheWrite());
        } catch (ArithmeticException _) {
            return null;
        }
    }
}
