@NullMarked
package dev.penstock.ingress.report;

import org.jspecify.annotations.NullMarked;
