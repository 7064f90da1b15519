@NullMarked
package dev.penstock.dispatcher.policy;

import org.jspecify.annotations.NullMarked;
