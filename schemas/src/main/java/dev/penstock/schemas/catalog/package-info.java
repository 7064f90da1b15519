/** What every program of an installation knows of its providers, models, prices and tenants: plain records that validate themselves. */
@NullMarked
package dev.penstock.schemas.catalog;

import org.jspecify.annotations.NullMarked;
