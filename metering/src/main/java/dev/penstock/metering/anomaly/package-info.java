/**
 * Tells an account's unusual hours from its usual ones, pure: {@link dev.penstock.metering.anomaly.Hours} is told what
 * was spent and in which hour, and answers with what is odd about it.
 */
@NullMarked
package dev.penstock.metering.anomaly;

import org.jspecify.annotations.NullMarked;
