package dev.penstock.dispatcher.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The slots of one provider that this worker has lent to others or borrowed from them. Quota follows partitions, but what
 * waits need not lie where the free slots are.
 *
 * <p>A slot is the borrower's from when it hears that it was lent, and the lender's again from when that one hears that it
 * was returned; in between nobody uses it. So all together never use more than there are, whichever messages are lost.
 * Not thread-safe.
 */
public final class Loans {
    private final Map<String, Loan> given = new TreeMap<>();
    private final Map<String, Loan> had = new TreeMap<>();

    /** How a loan stands; {@code lends} is whether this worker is the one who lends to the other. */
    public record Terms(String other, boolean lends, long lent, long returned, int wanted) {}

    private static final class Loan {
        long lent;
        long returned;
        int wanted;
        boolean untold;

        int open() {
            return (int) (lent - returned);
        }
    }

    /** How many slots this worker has beyond its own; below 0 if it has lent more than it borrowed. */
    int net() {
        return open(had.values()) - open(given.values());
    }

    void lend(String to, int slots) {
        Loan loan = given.computeIfAbsent(to, _ -> new Loan());
        loan.lent += slots;
        loan.untold = true;
    }

    /** So many of those that are lent are needed here. */
    void want(int slots) {
        int left = slots;
        for (Loan loan : given.values()) {
            int wanted = Math.min(left, loan.open());
            left -= wanted;
            loan.untold |= wanted != loan.wanted;
            loan.wanted = wanted;
        }
    }

    /** How many of those that are borrowed are wanted back. */
    int wanted() {
        return had.values().stream().mapToInt(loan -> Math.min(loan.wanted, loan.open())).sum();
    }

    /** Gives back what is wanted, out of so many free slots. */
    void giveBack(int free) {
        int left = Math.max(0, free);
        for (Loan loan : had.values()) {
            left -= giveBack(loan, Math.min(left, loan.wanted));
        }
    }

    /** Gives back whatever is borrowed, out of so many free slots that nothing needs. */
    void giveBackAll(int free) {
        int left = Math.max(0, free);
        for (Loan loan : had.values()) {
            left -= giveBack(loan, left);
        }
    }

    private static int giveBack(Loan loan, int most) {
        int slots = Math.min(most, loan.open());
        if (slots > 0) {
            loan.returned += slots;
            loan.wanted = Math.max(0, loan.wanted - slots);
            loan.untold = true;
        }
        return slots;
    }

    /** What another says of a loan; {@code lends} is whether this worker is the one who lends. */
    void hear(Terms terms) {
        Loan loan = (terms.lends() ? given : had).computeIfAbsent(terms.other(), _ -> new Loan());
        if (!terms.lends()) { // what was returned since it was wanted is not wanted any more
            loan.wanted = (int) Math.max(0, terms.wanted() - Math.max(0, loan.returned - terms.returned()));
        }
        loan.untold |= terms.lent() < loan.lent || terms.returned() < loan.returned;
        loan.lent = Math.max(loan.lent, terms.lent());
        loan.returned = Math.max(loan.returned, terms.returned());
    }

    /** Another worker is gone, and its calls with it. */
    void gone(String other) {
        given.remove(other);
        had.remove(other);
    }

    /** Whether something is lent or borrowed. */
    boolean isOpen() {
        return open(had.values()) + open(given.values()) > 0;
    }

    /** What has to be told: what changed since the last time or, if {@code all}, whatever is open. */
    List<Terms> toTell(boolean all) {
        var terms = new ArrayList<Terms>();
        toTell(given, true, all, terms);
        toTell(had, false, all, terms);
        return terms;
    }

    private static void toTell(Map<String, Loan> loans, boolean lends, boolean all, List<Terms> terms) {
        loans.forEach((other, loan) -> {
            if (loan.untold || all && loan.open() > 0) {
                loan.untold = false;
                terms.add(new Terms(other, lends, loan.lent, loan.returned, loan.wanted));
            }
        });
    }

    private static int open(Collection<Loan> loans) {
        return loans.stream().mapToInt(Loan::open).sum();
    }
}
