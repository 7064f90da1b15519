/** Decides what a report on spend says: what was asked for, and which sums answer it. Pure, like admission. */
@NullMarked
package dev.penstock.ingress.report;

import org.jspecify.annotations.NullMarked;
