/**
 * Runs batch jobs: reads their lines, feeds them to the queues by a window, counts what comes of them, and writes the
 * output. {@link dev.penstock.ingress.batch.BatchRunner} is the rim, a thread that owns the Kafka clients;
 * {@code LineReader}, {@code Job} and {@code OutputLine} decide and write without effects.
 *
 * <p>The log is all there is to a job. Each step is one Kafka transaction, of the lines that are fed and of the job as it
 * is with them, so that a line is on a queue exactly once however often a runner dies. What comes of a line is written by
 * the dispatcher to {@code penstock.batch-results}, at least once, and the first of each counts; a runner that takes a
 * job over reads them again. The output is written from them at the end, in one go.
 */
@NullMarked
package dev.penstock.ingress.batch;

import org.jspecify.annotations.NullMarked;
