@NullMarked
package dev.penstock.metering;

import org.jspecify.annotations.NullMarked;
