/**
 * Metering: what each attempt used becomes a priced usage event and part of its tenant's day.
 *
 * <p>The path of a record, in one transaction: {@code attempts} holds what the dispatchers wrote, perhaps twice;
 * {@link dev.penstock.metering.Deduplicate} lets each ended attempt through once;
 * {@link dev.penstock.metering.PublishUsage} prices it and sends it out on {@code usage};
 * {@link dev.penstock.metering.SpendTotals} adds it to the tenant's day and publishes the sums on {@code spend};
 * {@link dev.penstock.metering.CapAlerts} and {@link dev.penstock.metering.SpendAlerts} write on {@code alerts} what
 * somebody should know.
 */
@NullMarked
package dev.penstock.metering;

import org.jspecify.annotations.NullMarked;
