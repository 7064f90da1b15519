/** The simulator, called by a plain HTTP client as an application or a dispatcher calls it. */
@NullMarked
package dev.penstock.deploy.simulator;

import org.jspecify.annotations.NullMarked;
