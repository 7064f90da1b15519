@NullMarked
package dev.penstock.ingress.limits;

import org.jspecify.annotations.NullMarked;
