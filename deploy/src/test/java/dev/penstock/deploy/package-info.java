@NullMarked
package dev.penstock.deploy;

import org.jspecify.annotations.NullMarked;
