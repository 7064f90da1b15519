/**
 * Decides which waiting record goes next and how many calls may be open. Pure: no Kafka, no Vert.x, no clock; not
 * thread-safe.
 */
@NullMarked
package dev.penstock.dispatcher.policy;

import org.jspecify.annotations.NullMarked;
