@NullMarked
package dev.penstock.dispatcher.provider;

import org.jspecify.annotations.NullMarked;
