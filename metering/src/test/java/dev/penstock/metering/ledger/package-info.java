/** Tests of the ledger's decisions, among them the model check of the whole allowance protocol. */
@NullMarked
package dev.penstock.metering.ledger;

import org.jspecify.annotations.NullMarked;
