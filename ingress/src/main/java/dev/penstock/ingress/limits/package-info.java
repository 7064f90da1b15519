/**
 * How much tenants and keys may ask for in a minute and at once, over all ingresses together. Pure: the time is passed
 * in.
 */
@NullMarked
package dev.penstock.ingress.limits;

import org.jspecify.annotations.NullMarked;
