/**
 * The worker: carries each admitted request to a provider that answers, within that provider's capacity.
 *
 * <p>A request's way: the {@code intake} thread polls the provider queues and notes each offset in a ledger;
 * {@link dev.penstock.dispatcher.Worker} decodes the envelope and hands it to its event loop, where
 * {@link dev.penstock.dispatcher.Desk} lets it wait at its provider's turnstile ({@code policy}) until a call may begin.
 * Then, in {@link dev.penstock.dispatcher.Calls}, an {@link dev.penstock.dispatcher.Attempt} writes {@code AttemptStarted}, calls the {@code provider}, and
 * relays the answer as frames to the ingress that holds the caller. At its end {@code AttemptEnded} goes to
 * {@link dev.penstock.dispatcher.AttemptLog}; when Kafka has acknowledged it, the last frame is sent and only then does
 * the record count as answered, so that its offset may be committed.
 *
 * <p>Of an answer that is kept, {@link dev.penstock.dispatcher.ResponseWriter} writes the events to the log instead, as
 * fast as Kafka takes them, and its end before the last frame.
 *
 * <p>A call that was refused is followed by what {@link dev.penstock.dispatcher.policy.Fallback} decides: the request is
 * appended to the queue of its next candidate, or to a retry topic, from which
 * {@link dev.penstock.dispatcher.WaitingRoom} takes it to a queue when it is due, or it becomes a dead letter; its record
 * counts as answered when that is acknowledged. Always through Kafka, also where this worker has the other queue too: a
 * hop takes some milliseconds, and there is but one way that a crash can cut.
 *
 * <p>A call that broke off after it had begun to speak ends its request, unless the route wants it to be gone on with.
 * Then the request goes the same way to its next candidate, with what its caller has seen and what was paid for it; that
 * attempt needs a hold of its own, and goes on only at an ingress that has sent its caller exactly as much.
 *
 * <p>Lines of batches for a provider whose own batch API is to be used, and costs less, take another way: {@code Desk}
 * appends them to {@code penstock.handovers}, which takes responsibility over from their queue for as long as the provider
 * takes, a day perhaps. There a {@link dev.penstock.dispatcher.HandoverRunner} owns partitions as the runner of batches
 * does, all lines of a batch in one: it gathers them, writes a {@code Handover} with the starts of their attempts, and only
 * when that is committed is the provider called. Whether a call that was cut off came through, the provider is asked by the
 * handover's name. What came of a line, the end of its attempt, its result or its next queue, and that it is done with, is
 * one transaction, so it is collected as often as it has to be and counts once. The attempts' ids follow from the request
 * and the handover.
 *
 * <p>What a crash leaves behind:
 * <ul>
 * <li>before the acknowledgement: the record comes again, marked as inherited; its ingress is asked whether anybody
 * still waits who has seen nothing of an answer, or as much as the record says, and only then is a provider called again,
 * as a new attempt;
 * <li>after the acknowledgement and before the commit: it comes again, and its ingress says that nobody waits;
 * <li>of a lost partition: calls that are open go on and answer their callers, what waits is dropped, and late
 * results are fenced by the epoch of the assignment.
 * </ul>
 */
@NullMarked
package dev.penstock.dispatcher;

import org.jspecify.annotations.NullMarked;
