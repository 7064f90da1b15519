/** Makes of the parts of an answer that is kept what its readers are to see: the same for each, whenever they read. Pure. */
@NullMarked
package dev.penstock.ingress.replay;

import org.jspecify.annotations.NullMarked;
