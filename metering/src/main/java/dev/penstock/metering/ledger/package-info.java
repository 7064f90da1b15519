/**
 * The ledger's half of the allowance protocol, pure: no clock, Kafka or Streams. An
 * {@link dev.penstock.metering.ledger.Account} grants out of its caps what spenders ask for, and keeps
 * {@code settled + granted - returned - used} at or under each of them. The spenders' half is
 * {@link dev.penstock.schemas.ledger}.
 */
@NullMarked
package dev.penstock.metering.ledger;

import org.jspecify.annotations.NullMarked;
