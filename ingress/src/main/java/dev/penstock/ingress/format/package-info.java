/**
 * The APIs that callers may speak beside chat completions, without effects: each body is held against its shape and
 * turned into the canonical chat-completions request, which then goes the way of every other. So nothing behind the
 * ingress knows which API a request came by, but the encoder that writes its answer.
 *
 * <p>A body is read once against its shape and once into a tree, and what comes of it once more as a chat-completions
 * request: a foreign API is to have no way around the checks of our own.
 */
@NullMarked
package dev.penstock.ingress.format;

import org.jspecify.annotations.NullMarked;
