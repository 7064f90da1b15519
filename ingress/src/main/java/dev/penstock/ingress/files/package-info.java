/**
 * Keeps the bytes of callers' files. Everything here blocks, and is called from threads that may.
 */
@NullMarked
package dev.penstock.ingress.files;

import org.jspecify.annotations.NullMarked;
