@NullMarked
package dev.penstock.deploy.classify;

import org.jspecify.annotations.NullMarked;
