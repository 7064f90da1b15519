/** The bench's pure parts by plain values, and the bench itself against the simulator. */
@NullMarked
package dev.penstock.deploy.bench;

import org.jspecify.annotations.NullMarked;
