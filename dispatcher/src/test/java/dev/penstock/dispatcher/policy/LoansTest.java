package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.dispatcher.policy.Loans.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LoansTest {
    private final Loans lender = new Loans();
    private final Loans borrower = new Loans();

    @Test
    void aSlotIsTheBorrowersWhenItHearsOfItAndTheLendersWhenThatHearsOfItsReturn() {
        lender.lend("b", 3);
        assertThat(lender.net()).isEqualTo(-3);
        assertThat(borrower.net()).isZero();
        exchange(lender, borrower, false);
        assertThat(borrower.net()).isEqualTo(3);
        lender.want(2);
        exchange(lender, borrower, false);
        borrower.giveBack(1);
        assertThat(borrower.net()).isEqualTo(2);
        assertThat(lender.net()).isEqualTo(-3);
        exchange(borrower, lender, false);
        assertThat(lender.net()).isEqualTo(-2);
    }

    @Test
    void whatWasReturnedIsNotReturnedAgainForTheSameWish() {
        lender.lend("b", 3);
        lender.want(1);
        List<Terms> wish = lender.toTell(false);
        wish.forEach(terms -> hear(borrower, terms));
        borrower.giveBack(3);
        wish.forEach(terms -> hear(borrower, terms));
        borrower.giveBack(3);
        assertThat(borrower.net()).isEqualTo(2);
    }

    @Test
    void whoIsGoneHasNothingAndIsBelievedWhenItComesBack() {
        lender.lend("b", 3);
        exchange(lender, borrower, false);
        lender.gone("b");
        assertThat(lender.net()).isZero();
        exchange(borrower, lender, true);
        assertThat(lender.net()).isEqualTo(-3);
    }

    @Test
    void bothNeverUseMoreThanThereIsWhateverIsLostOrOvertaken() {
        for (int seed = 0; seed < 200; seed++) {
            var chance = new Random(seed);
            var a = new Loans();
            var b = new Loans();
            var underWay = new ArrayList<Runnable>();
            for (int i = 0; i < 200; i++) {
                Loans one = chance.nextBoolean() ? a : b;
                Loans other = one == a ? b : a;
                switch (chance.nextInt(5)) {
                    case 0 -> one.lend("b", Math.clamp(one.net() + 5, 0, 2));
                    case 1 -> one.want(chance.nextInt(4));
                    case 2 -> one.giveBack(chance.nextInt(3));
                    case 3 -> one.toTell(chance.nextBoolean()).stream().filter(_ -> chance.nextInt(4) > 0)
                            .forEach(terms -> underWay.add(() -> hear(other, terms)));
                    case 4 -> {
                        if (!underWay.isEmpty()) {
                            underWay.remove(chance.nextInt(underWay.size())).run();
                        }
                    }
                    default -> throw new AssertionError();
                }
                assertThat(a.net() + b.net()).as("seed %d, step %d", seed, i).isLessThanOrEqualTo(0);
            }
            a.want(0);
            b.want(0);
            for (int i = 0; i < 4; i++) {
                exchange(a, b, true);
                exchange(b, a, true);
            }
            assertThat(a.net() + b.net()).as("seed %d: nothing is lost for ever", seed).isZero();
        }
    }

    /** Every message arrives, at once. */
    private static void exchange(Loans from, Loans to, boolean all) {
        from.toTell(all).forEach(terms -> hear(to, terms));
    }

    private static void hear(Loans to, Terms terms) {
        to.hear(new Terms(terms.other(), !terms.lends(), terms.lent(), terms.returned(), terms.wanted()));
    }
}
