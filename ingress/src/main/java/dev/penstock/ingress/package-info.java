@NullMarked
package dev.penstock.ingress;

import org.jspecify.annotations.NullMarked;
