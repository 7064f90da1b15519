@NullMarked
package dev.penstock.ingress.routing;

import org.jspecify.annotations.NullMarked;
