@NullMarked
package dev.penstock.schemas.example;

import org.jspecify.annotations.NullMarked;
