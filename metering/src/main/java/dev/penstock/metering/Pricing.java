package dev.penstock.metering;

import dev.penstock.schemas.catalog.Catalog;
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
        Price price = tokens == null ? null : catalog.price(ended.getModel(), ended.getProvider());
        Long cost = cost(ended);
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
                .setCostNanoUsd(cost == null ? null : Long.valueOf(cost + ended.getAdjustNanoUsd()))
                .setPriceVersion(price == null || cost == null ? null : catalog.version())
                .setCorrects(ended.getCorrects())
                .setRoute(ended.getRoute())
                .setArm(ended.getArm())
                .setContinues(ended.getContinues())
                .build();
    }

    /** In nano-US-dollars; null if the price is unknown, or the counts are none that a provider can mean. */
    @Nullable
    Long cost(AttemptEnded ended) {
        Tokens tokens = ended.getTokens();
        if (tokens == null) {
            return 0L;
        }
        Price price = catalog.price(ended.getModel(), ended.getProvider());
        return price == null ? null : price.cost(tokens);
    }
}
