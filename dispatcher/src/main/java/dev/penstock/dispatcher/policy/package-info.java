/** Who is next, and whether there is room: pure decisions, without clock, Kafka or Vert.x. */
@NullMarked
package dev.penstock.dispatcher.policy;

import org.jspecify.annotations.NullMarked;
