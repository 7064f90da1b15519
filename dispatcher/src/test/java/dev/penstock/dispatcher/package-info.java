@NullMarked
package dev.penstock.dispatcher;

import org.jspecify.annotations.NullMarked;
