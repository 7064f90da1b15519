/**
 * The program: reads configuration, starts the chosen roles and stops them in order. It alone knows all the others, the
 * environment and the process.
 */
@NullMarked
package dev.penstock.deploy;

import org.jspecify.annotations.NullMarked;
