package dev.penstock.schemas.ledger;

import dev.penstock.schemas.event.Period;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;

/** The days of a day, a week from Monday on, and a month. */
public final class Periods {
    private Periods() {}

    /** The first day of the period that a day is in. */
    public static LocalDate first(Period period, LocalDate day) {
        return switch (period) {
            case DAY -> day;
            case WEEK -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
            case MONTH -> day.withDayOfMonth(1);
        };
    }

    /** The first day after the period that a day is in. */
    public static LocalDate next(Period period, LocalDate day) {
        LocalDate first = first(period, day);
        return switch (period) {
            case DAY -> first.plusDays(1);
            case WEEK -> first.plusWeeks(1);
            case MONTH -> first.plusMonths(1);
        };
    }

    /** When the period after the one that a day is in begins: at midnight, or what comes next where that is skipped. */
    public static Instant reset(Period period, LocalDate day, ZoneId zone) {
        return next(period, day).atStartOfDay(zone).toInstant();
    }
}
