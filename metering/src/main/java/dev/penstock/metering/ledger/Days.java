package dev.penstock.metering.ledger;

import dev.penstock.schemas.event.Grants;
import java.time.LocalDate;

/** What is known of the days of one account. */
public interface Days {
    /** What was spent on a day, in nano-US-dollars. */
    long settled(LocalDate day);

    /** What is granted for a day; {@link Granted#NONE} if nothing ever was. */
    Grants grants(LocalDate day);
}
