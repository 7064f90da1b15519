/**
 * Decides which models may answer a request, and in which order they are to be tried. Pure: what is known of the
 * providers, the time and chance are passed in.
 *
 * <p>{@link dev.penstock.ingress.routing.ModelRouter} leaves out what cannot or must not answer, and
 * {@link dev.penstock.ingress.routing.Order} puts the rest in the order of the route's strategy;
 * {@link dev.penstock.ingress.routing.Quote} tells what the dearest of them may cost.
 * {@link dev.penstock.ingress.routing.Sights} is what the workers say of their providers.
 */
@NullMarked
package dev.penstock.ingress.routing;

import org.jspecify.annotations.NullMarked;
