/**
 * Tells the outside world of events: an {@link dev.penstock.metering.webhook.Endpoint} for each webhook reads the topics
 * that hold something to tell, posts what the webhook wants, signed, and goes on trying for a day. The only part of
 * metering that calls out.
 */
@NullMarked
package dev.penstock.metering.webhook;

import org.jspecify.annotations.NullMarked;
