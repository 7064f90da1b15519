@NullMarked
package dev.penstock.ingress.admission;

import org.jspecify.annotations.NullMarked;
