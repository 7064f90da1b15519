/** Takes records from the provider queues, and remembers which are answered: the one thread that owns the consumer, and its offset ledgers. */
@NullMarked
package dev.penstock.dispatcher.intake;

import org.jspecify.annotations.NullMarked;
