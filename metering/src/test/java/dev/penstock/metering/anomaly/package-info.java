/** Simulated histories in virtual time. */
@NullMarked
package dev.penstock.metering.anomaly;

import org.jspecify.annotations.NullMarked;
