package dev.penstock.dispatcher.provider;

/**
 * What a call has used.
 *
 * @param estimated false: the provider said so; true: it did not, and the figure is Penstock's. Then the input is a
 *            quarter of the request's bytes and the output the greater of the number of pieces streamed and a quarter
 *            of their UTF-8 bytes, each rounded up
 */
public record Consumption(Usage usage, boolean estimated) {}
