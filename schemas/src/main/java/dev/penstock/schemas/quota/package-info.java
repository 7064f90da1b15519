/** How much may be used in how much time. Pure: the time is passed in, and nothing here knows Kafka or Vert.x. */
@NullMarked
package dev.penstock.schemas.quota;

import org.jspecify.annotations.NullMarked;
