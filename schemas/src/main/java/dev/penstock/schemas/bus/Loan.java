package dev.penstock.schemas.bus;

/**
 * How a loan of one worker to another stands: of slots at a provider, of which each has what its partitions carry. Sent by
 * either side to the other when something has changed, and once a second while something is lent. Totals since the two
 * know each other, of which the greater is the later: so that it does no harm if one is lost, repeated or overtaken.
 *
 * @param from the bus address of who tells
 * @param provider by its name in the catalog
 * @param lends whether it is the teller who lends; else it borrows
 * @param lent how many slots were lent
 * @param returned how many of them were returned
 * @param wanted how many the lender wants back as soon as may be; of no meaning from the borrower
 */
public record Loan(String from, String provider, boolean lends, long lent, long returned, int wanted)
        implements
            BusMessage {}
