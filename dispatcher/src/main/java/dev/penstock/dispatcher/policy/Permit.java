package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.event.Lane;

/**
 * That one call may begin; to be given back at its end by {@link Capacity#end}.
 *
 * @param model as the provider names it
 * @param key which of the provider's API keys to call with, from 0
 * @param tokens that were taken from the quotas for it
 * @param probe whether it is to find out if the model is well again
 * @param begunAt nanoseconds
 */
public record Permit(Lane lane, String model, int key, long tokens, boolean probe, long begunAt) {}
