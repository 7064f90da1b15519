@NullMarked
package dev.penstock.ingress.format;

import org.jspecify.annotations.NullMarked;
