/**
 * The rim of the spender's half of the allowance protocol: the Kafka clients that carry what a
 * {@link dev.penstock.schemas.ledger.Wallet} tells the ledger and hears from it.
 */
@NullMarked
package dev.penstock.schemas.till;

import org.jspecify.annotations.NullMarked;
