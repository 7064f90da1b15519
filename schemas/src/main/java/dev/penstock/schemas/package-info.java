/**
 * What crosses a process boundary on the log: topics, and the serde of their values. The generated events are in
 * {@link dev.penstock.schemas.event}, what travels on the bus in {@link dev.penstock.schemas.bus}, and what every
 * program knows of providers, models and tenants in {@link dev.penstock.schemas.catalog}.
 */
@NullMarked
package dev.penstock.schemas;

import org.jspecify.annotations.NullMarked;
