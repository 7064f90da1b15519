/**
 * Decides whose an Idempotency-Key is, from what the log says of it. Pure: the time is passed in.
 */
@NullMarked
package dev.penstock.ingress.idempotency;

import org.jspecify.annotations.NullMarked;
