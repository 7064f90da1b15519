/** From YAML and the environment to the records that the roles run on; every problem is found at once and named by its path. */
@NullMarked
package dev.penstock.deploy.settings;

import org.jspecify.annotations.NullMarked;
