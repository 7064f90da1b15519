@NullMarked
package dev.penstock.ingress.replay;

import org.jspecify.annotations.NullMarked;
