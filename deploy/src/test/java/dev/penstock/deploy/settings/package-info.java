/** Tests of the settings: plain files and plain maps of the environment. */
@NullMarked
package dev.penstock.deploy.settings;

import org.jspecify.annotations.NullMarked;
