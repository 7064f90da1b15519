/**
 * Takes records off the providers' queues and says to Kafka which of them are answered, without ever waiting for an
 * answer.
 *
 * <p>{@link dev.penstock.dispatcher.intake.Intake} is one thread around one consumer. What it takes it hands to its
 * {@link dev.penstock.dispatcher.intake.Intake.Listener}; answers come back from any thread and in any order. An
 * {@code OffsetLedger} for each partition turns them into what is committed: the lowest unanswered offset, and in the
 * commit's metadata which of those above it are answered, so that a restart repeats only calls that had not ended.
 */
@NullMarked
package dev.penstock.dispatcher.intake;

import org.jspecify.annotations.NullMarked;
