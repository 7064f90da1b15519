/**
 * Everything that talks to providers. A {@link dev.penstock.dispatcher.provider.ProviderClient} makes the calls; a
 * dialect turns the canonical request into a provider's and its answer, at any byte boundary, into canonical events;
 * a pair of encoders for each API that callers speak turns those events into the bytes that the client will see. A
 * {@link dev.penstock.dispatcher.provider.BatchClient} hands requests over to a provider's own batch API by the same
 * dialects. All but the clients, their calls and the batch APIs is free of I/O, clocks and threads.
 */
@NullMarked
package dev.penstock.dispatcher.provider;

import org.jspecify.annotations.NullMarked;
