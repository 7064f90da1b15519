@NullMarked
package dev.penstock.ingress.idempotency;

import org.jspecify.annotations.NullMarked;
