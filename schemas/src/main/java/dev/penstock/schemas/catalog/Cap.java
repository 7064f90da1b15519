package dev.penstock.schemas.catalog;

import dev.penstock.schemas.event.AccountCap;
import dev.penstock.schemas.event.Period;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an account may spend, in nano-US-dollars; null where a period has no cap. Periods begin at midnight of the
 * tenant's time zone, weeks on Monday.
 *
 * @param alerts percentages of a cap that are worth an alert, ascending
 */
public record Cap(@Nullable Long daily, @Nullable Long weekly, @Nullable Long monthly, Mode mode,
        List<Integer> alerts) {
    /** What an alert is raised at unless an account says otherwise. */
    public static final List<Integer> DEFAULT_ALERTS = List.of(50, 80, 100);
    /** No cap at all. */
    public static final Cap NONE = new Cap(null, null, null, Mode.HARD, DEFAULT_ALERTS);

    /** How strictly a cap is kept. */
    public enum Mode {
        /** A hold is the most that a request can cost: the cap is never exceeded. */
        HARD,
        /** A hold is what a request is expected to cost: the cap may be exceeded by what was not expected. */
        SOFT
    }

    public Cap {
        checkLimit("daily", daily);
        checkLimit("weekly", weekly);
        checkLimit("monthly", monthly);
        alerts = alerts.stream().sorted().toList();
        if (alerts.stream().anyMatch(percent -> percent < 1 || percent > 100)) {
            throw new IllegalArgumentException("alerts: " + alerts + " must be percentages from 1 to 100");
        }
    }

    /** The cap that was set at run time. */
    public static Cap of(AccountCap set) {
        return new Cap(set.getDaily(), set.getWeekly(), set.getMonthly(), set.getSoft() ? Mode.SOFT : Mode.HARD,
                set.getAlerts());
    }

    /** Of one period; null if there is none. */
    public @Nullable Long limit(Period period) {
        return switch (period) {
            case DAY -> daily;
            case WEEK -> weekly;
            case MONTH -> monthly;
        };
    }

    /** Whether there is nothing to keep to. */
    public boolean isNone() {
        return daily == null && weekly == null && monthly == null;
    }

    private static void checkLimit(String component, @Nullable Long limit) {
        if (limit != null) {
            Checks.notNegative(component, limit);
        }
    }
}
