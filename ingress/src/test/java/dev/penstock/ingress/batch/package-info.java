@NullMarked
package dev.penstock.ingress.batch;

import org.jspecify.annotations.NullMarked;
