/**
 * What owns partitions of a compacted topic and drives what is in them, such as the jobs of {@code penstock.batches}: one
 * thread, a member of a consumer group, whose rounds each write all or nothing. What is in memory follows from the log, so
 * an error is mended by reading that again.
 */
@NullMarked
package dev.penstock.schemas.owner;

import org.jspecify.annotations.NullMarked;
