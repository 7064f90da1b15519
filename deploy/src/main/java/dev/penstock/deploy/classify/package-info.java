/**
 * Batch jobs that put labels on the rows of a file: makes the requests, and joins the answers to the rows. Knows files and
 * JSON, and nothing of the network.
 */
@NullMarked
package dev.penstock.deploy.classify;

import org.jspecify.annotations.NullMarked;
