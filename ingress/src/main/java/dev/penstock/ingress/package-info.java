/**
 * The front: turns an HTTP request into an admitted record, and frames into the response.
 *
 * <p>A request's way: {@link dev.penstock.ingress.Callers} knows the key, {@link dev.penstock.ingress.Door} lets it in
 * when few of its tenant's wait for a provider, {@link dev.penstock.ingress.InferenceApi} takes the body in, the
 * {@code format} package makes a chat-completions request of what came by another API, {@code admission} reads and
 * validates it or refuses it, {@code routing} finds who may answer it, {@code limits} whether it is its turn, all without
 * effects; {@link dev.penstock.ingress.Budgets} holds for what it may cost. An admitted one becomes an {@link dev.penstock.ingress.Exchange}, is entered in
 * {@link dev.penstock.ingress.Exchanges}, and is appended to its provider's queue by
 * {@link dev.penstock.ingress.RequestLog}; only when Kafka has acknowledged it is it accepted. From then on frames come
 * from a dispatcher to this instance's one bus address, {@code Exchanges} finds the exchange they are for, and the
 * exchange writes to the client, gives credit as the client takes bytes in, and cancels when the client goes away.
 *
 * <p>A request whose answer is to be kept goes on without its caller: its {@link dev.penstock.ingress.Detached} only
 * counts it, and whoever wants the answer, its caller or another, at this ingress or another, gets it from the log by a
 * {@link dev.penstock.ingress.KeptAnswer}, which {@link dev.penstock.ingress.ResponseLog} feeds and the {@code replay}
 * package numbers.
 *
 * <p>A request with an Idempotency-Key is claimed for its key by {@link dev.penstock.ingress.Repeats} before money is held
 * for it; its equals get its answer from the log, by the rules of {@code idempotency}.
 *
 * <p>Every instance lives on one event loop, which owns all of its state; nothing here blocks it. Only the
 * {@link dev.penstock.ingress.Limiter} is shared by the instances of a process.
 */
@NullMarked
package dev.penstock.ingress;

import org.jspecify.annotations.NullMarked;
