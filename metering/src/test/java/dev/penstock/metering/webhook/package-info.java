/** What of the webhooks needs no Kafka; the rest is tested in deploy. */
@NullMarked
package dev.penstock.metering.webhook;

import org.jspecify.annotations.NullMarked;
