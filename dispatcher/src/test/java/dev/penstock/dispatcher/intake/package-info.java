@NullMarked
package dev.penstock.dispatcher.intake;

import org.jspecify.annotations.NullMarked;
