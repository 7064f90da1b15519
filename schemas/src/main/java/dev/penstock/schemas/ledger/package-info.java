/**
 * The spender's half of the allowance protocol, pure: no clock, Kafka or Vert.x. It is here because two programs spend,
 * ingress and dispatcher, and neither may depend on the other; the ledger's half is metering's own.
 *
 * <p>A {@link dev.penstock.schemas.ledger.Wallet} takes holds for requests from the
 * {@link dev.penstock.schemas.ledger.Purse}s of the accounts that pay for them. A purse tells the ledger totals, never
 * differences: what it would like to have been granted, and what it has returned. The ledger answers with the total it
 * has granted. So a message that is lost, repeated or overtaken does no harm, and at all times
 * {@code settled + granted - returned - used} is at least what was or may yet be spent.
 */
@NullMarked
package dev.penstock.schemas.ledger;

import org.jspecify.annotations.NullMarked;
