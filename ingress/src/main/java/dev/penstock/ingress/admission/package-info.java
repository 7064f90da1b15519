/**
 * Decides, without effects, whether the body of a request is one that Penstock takes in, and says why not in OpenAI's
 * words. No Vert.x, Kafka, clock or randomness.
 *
 * <p>{@link dev.penstock.ingress.admission.ChatRequestReader} walks the bytes once under the rules declared in
 * {@code ChatRequestShape} and gives the canonical body; {@link dev.penstock.ingress.admission.Refusals} is the closed
 * list of the other errors an ingress may show.
 */
@NullMarked
package dev.penstock.ingress.admission;

import org.jspecify.annotations.NullMarked;
