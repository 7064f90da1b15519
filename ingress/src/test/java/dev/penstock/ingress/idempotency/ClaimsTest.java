package dev.penstock.ingress.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.IdempotencyClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClaimsTest {
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
    private static final byte[] PRINT = {1, 2, 3};

    @Test
    void theFirstClaimOnTheLogWins() {
        IdempotencyClaim first = claim("a", null);
        assertThat(Claims.fold(first, claim("b", null))).isSameAs(first);
        assertThat(Claims.holder(first, NOON)).isEqualTo("a");
        assertThat(Claims.isSame(first, PRINT)).isTrue();
        assertThat(Claims.isSame(first, new byte[]{1, 2})).isFalse();
    }

    /** A claim made on knowing of it would replace it. */
    @Test
    void aKeyIsHeldFromItsClaimUntilItIsFreedOrLapses() {
        IdempotencyClaim first = claim("a", null);
        assertThat(Claims.isHeld(null, NOON)).isFalse();
        assertThat(Claims.isHeld(first, NOON)).isTrue();
        assertThat(Claims.isHeld(Claims.fold(first, free("a")), NOON)).isFalse();
        assertThat(Claims.isHeld(Claims.fold(first, answered("a")), NOON)).isTrue();
        assertThat(Claims.isHeld(first, first.getDeadline().plusSeconds(30))).isFalse();
    }

    @Test
    void onlyItsOwnRequestFreesAKeyAndThenTheNextOneHasIt() {
        IdempotencyClaim first = claim("a", null);
        assertThat(Claims.fold(first, free("b"))).isSameAs(first);
        IdempotencyClaim freed = Claims.fold(first, free("a"));
        assertThat(Claims.holder(freed, NOON)).isNull();
        IdempotencyClaim next = claim("b", freed);
        assertThat(Claims.fold(freed, next)).isSameAs(next);
        assertThat(Claims.fold(next, free("a"))).isSameAs(next);
    }

    @Test
    void whatIsAnsweredStaysSoForADayWhateverASecondCopyComesTo() {
        IdempotencyClaim answered = Claims.fold(claim("a", null), answered("a"));
        assertThat(answered.getAnswered()).isTrue();
        assertThat(Claims.fold(answered, free("a"))).isSameAs(answered);
        assertThat(Claims.fold(answered, answered("a"))).isSameAs(answered);
        assertThat(Claims.holder(answered, NOON.plus(Claims.LIFE).minusMillis(1))).isEqualTo("a");
        assertThat(Claims.isLapsed(answered, NOON.plus(Claims.LIFE))).isFalse();
        Instant tomorrow = NOON.plus(Claims.LIFE);
        assertThat(Claims.holder(answered, tomorrow)).isNull();
        IdempotencyClaim next = Claims.of("b", PRINT, answered, tomorrow, tomorrow);
        assertThat(Claims.fold(answered, next)).isSameAs(next);
    }

    @Test
    void aRequestThatIsHeardOfNoMoreLosesItsKeyAfterItsDeadline() {
        IdempotencyClaim lost = claim("a", null);
        Instant later = lost.getDeadline().plusSeconds(30);
        assertThat(Claims.isLapsed(lost, lost.getDeadline())).isFalse();
        assertThat(Claims.isLapsed(lost, later)).isTrue();
        IdempotencyClaim heir = Claims.fold(lost, Claims.of("b", PRINT, lost, later, later));
        assertThat(heir.getRequestId()).isEqualTo("b");
        assertThat(Claims.fold(heir, answered("a"))).isSameAs(heir);
        assertThat(Claims.fold(heir, Claims.of("c", PRINT, lost, later, later))).isSameAs(heir);
    }

    /** Ingresses that know the log up to some point claim, answer and free as they like. */
    @Test
    void atNoTimeDoTwoRequestsBelieveThatTheyHaveTheKey() {
        for (int seed = 0; seed < 500; seed++) {
            var random = new Random(seed);
            var log = new ArrayList<@Nullable IdempotencyClaim>();
            log.add(null);
            var holders = new ArrayList<String>();
            for (int i = 0; i < 60; i++) {
                IdempotencyClaim current = log.getLast();
                IdempotencyClaim seen = log.get(random.nextInt(log.size()));
                String holder = holders.isEmpty() ? "nobody" : holders.get(random.nextInt(holders.size()));
                IdempotencyClaim next = switch (random.nextInt(8)) {
                    case 0 -> free(holder);
                    case 1 -> answered(holder);
                    default -> Claims.holder(seen, NOON) == null ? claim("r" + i, seen) : null;
                };
                if (next == null) {
                    continue;
                }
                IdempotencyClaim now = Claims.fold(current, next);
                if (current != null && current.getRequestId() != null && now != current) { // only its own word ends it
                    assertThat(next.getReplaces()).as("seed %d", seed).isEqualTo(current.getRequestId());
                    assertThat(next.getRequestId() == null || next.getRequestId().equals(current.getRequestId()))
                            .isTrue();
                }
                if (now == next && next.getRequestId() != null && !next.getAnswered()) {
                    holders.add(next.getRequestId());
                }
                log.add(now);
            }
            long answers = log.stream().filter(one -> one != null && one.getAnswered()).distinct().count();
            assertThat(answers).isLessThanOrEqualTo(1);
        }
    }

    private static IdempotencyClaim claim(String request, @Nullable IdempotencyClaim known) {
        return Claims.of(request, PRINT, known, NOON, NOON.plus(Duration.ofMinutes(10)));
    }

    private static IdempotencyClaim free(String request) {
        return IdempotencyClaim.newBuilder().setReplaces(request).setAt(NOON).setDeadline(NOON).build();
    }

    private static IdempotencyClaim answered(String request) {
        return IdempotencyClaim.newBuilder().setRequestId(request).setReplaces(request)
                .setAnswered(true).setAt(NOON).setDeadline(NOON).build();
    }
}
