/**
 * What travels on the event bus between an ingress and a dispatcher while a request is answered. The bus is a
 * convenience: a lost message may cost a stream, never a request and never a charge.
 */
@NullMarked
package dev.penstock.schemas.bus;

import org.jspecify.annotations.NullMarked;
