/**
 * Measures what Penstock adds to a provider, through the real HTTP interface: the same load goes in turns to the provider
 * directly and through Penstock. The load is an open loop: requests leave on a schedule ({@link Plan}) that waits for nobody,
 * and latency counts from the scheduled time, so a stall is seen by every request that it delays (no coordinated
 * omission). Every answer is held against the simulator's script: what is lost, doubled or misplaced is found.
 *
 * <p>{@link BenchCommand} plans and prints; a {@link Round} plays the load against a {@link Target} on one event loop and
 * fills {@link Findings}; {@link Footprint} reads what the target's processes used meanwhile.
 */
@NullMarked
package dev.penstock.deploy.bench;

import org.jspecify.annotations.NullMarked;
