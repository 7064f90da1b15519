/**
 * Decides which waiting record goes next, when a call may begin, and what follows its end. Pure: no Kafka, no Vert.x, no
 * clock (times are passed in); not thread-safe.
 */
@NullMarked
package dev.penstock.dispatcher.policy;

import org.jspecify.annotations.NullMarked;
