package dev.penstock.schemas.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageSource;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PriceTest {
    private static final long MILLION = 1_000_000;
    private static final List<TokenClass> OF_THE_PROMPT = List.of(TokenClass.INPUT, TokenClass.CACHE_READ,
            TokenClass.CACHE_WRITE, TokenClass.CACHE_WRITE_1H, TokenClass.AUDIO_INPUT);

    /** Each class at its own rate: a token of it costs so many nano-dollars. */
    private static final Rates RATES = rates(Map.of(TokenClass.INPUT, 10, TokenClass.OUTPUT, 100,
            TokenClass.CACHE_READ, 1, TokenClass.CACHE_WRITE, 13, TokenClass.CACHE_WRITE_1H, 20,
            TokenClass.AUDIO_INPUT, 50, TokenClass.AUDIO_OUTPUT, 200, TokenClass.REASONING, 110));
    private static final Price PRICE = new Price(RATES,
            new TreeMap<>(Map.of(1_000, plain(20, 150).rates(), 5_000, plain(40, 400).rates())),
            new TreeMap<>(Map.of("flex", plain(5, 50), "priority", plain(30, 300))));

    @Test
    void everyClassHasItsRate() {
        assertThat(PRICE.cost(mixed())).isEqualTo(40 * 10 + 30 * 1 + 15 * 13 + 5 * 20 + 10 * 50 + 40 * 100 + 15 * 110
                + 5 * 200);
    }

    @Test
    void whatHasNoRateOfItsOwnIsPartOfTheWhole() {
        assertThat(plain(10, 100).cost(mixed())).isEqualTo(100 * 10 + 60 * 100);
        assertThat(new Price(10 * MILLION, 100 * MILLION, null, 13 * MILLION).cost(mixed()))
                .isEqualTo(80 * 10 + 20 * 13 + 60 * 100);
    }

    @Test
    void aLongPromptMakesAllTokensDearer() {
        assertThat(PRICE.cost(counts(1_000, 1).build())).isEqualTo(1_000 * 10 + 100);
        assertThat(PRICE.cost(counts(1_001, 1).build())).isEqualTo(1_001 * 20 + 150);
        assertThat(PRICE.cost(counts(5_001, 1).build())).isEqualTo(5_001 * 40 + 400);
        assertThat(PRICE.cost(counts(1_001, 0).setCacheRead(1_001).build()))
                .as("a discount that the step does not tell of is none").isEqualTo(1_001 * 20);
        assertThat(PRICE.cost(counts(1_001, 0).setAudioInput(1_001).build()))
                .as("sound is as dear as usual at least").isEqualTo(1_001 * 50);
    }

    @Test
    void aPromptThatIsReadTwiceIsNoLongerForThat() {
        assertThat(PRICE.cost(counts(2_000, 2).setCalls(2).build())).isEqualTo(2_000 * 10 + 200);
        assertThat(PRICE.cost(counts(2_002, 2).setCalls(2).build())).isEqualTo(2_002 * 20 + 300);
    }

    @Test
    void theTierThatServedSetsThePrice() {
        assertThat(PRICE.cost(counts(10, 1).setServiceTier("flex").build())).isEqualTo(10 * 5 + 50);
        assertThat(PRICE.cost(counts(10, 1).setServiceTier("priority").build())).isEqualTo(10 * 30 + 300);
        assertThat(PRICE.cost(counts(10, 1).setServiceTier("default").build())).isEqualTo(10 * 10 + 100);
        assertThat(plain(10, 100).cost(counts(10, 1).setServiceTier("flex").build()))
                .as("a discount that is not known").isEqualTo(10 * 10 + 100);
        assertThat(plain(10, 100).cost(counts(10, 1).setServiceTier("priority").build()))
                .as("a surcharge that is not known").isNull();
        assertThat(PRICE.cost(counts(2_000, 1).setServiceTier("priority").build()))
                .as("both at once, as dear as the dearer").isEqualTo(2_000 * 30 + 300);
    }

    @Test
    void aBatchApiIsCheaperWhereItsPriceIsKnownAndLower() {
        assertThat(plain(10, 100).isCheaperInBatch()).as("an unknown price is no lower one").isFalse();
        assertThat(inBatch(plain(10, 100), plain(10, 100)).isCheaperInBatch()).isFalse();
        assertThat(inBatch(plain(10, 100), plain(5, 101)).isCheaperInBatch()).isFalse();
        Price known = inBatch(PRICE, plain(5, 100));
        assertThat(known.isCheaperInBatch()).isTrue();
        assertThat(known.cost(counts(10, 1).setServiceTier(Price.BATCH).build())).isEqualTo(10 * 5 + 100);
        assertThat(known.withBatchPercent(10)).as("what is known counts").isEqualTo(known);
    }

    @Test
    void aPercentageMakesAPriceOfABatchApiOfAllThatIsKnown() {
        Price half = PRICE.withBatchPercent(50);

        assertThat(half.isCheaperInBatch()).isTrue();
        assertThat(half.cost(mixed())).isEqualTo(PRICE.cost(mixed()));
        for (int input : new int[]{10, 2_000, 6_000}) {
            assertThat(half.cost(counts(input, 8).setCacheRead(4).setServiceTier(Price.BATCH).build()))
                    .isEqualTo(PRICE.cost(counts(input, 8).setCacheRead(4).build()) / 2);
        }
        assertThat(half.dearest(10, null)).as("held at the dearer").isEqualTo(PRICE.dearest(10, null));
    }

    private static Price inBatch(Price usual, Price batch) {
        var tiers = new TreeMap<>(usual.serviceTiers());
        tiers.put(Price.BATCH, batch);
        return new Price(usual.rates(), usual.above(), tiers);
    }

    @Test
    void countsThatNobodyCanMeanHaveNoPrice() {
        assertThat(PRICE.cost(counts(-1, 0).build())).isNull();
        assertThat(PRICE.cost(counts(1, 1).setReasoning(-1).build())).isNull();
        assertThat(PRICE.cost(counts(1, 1).setCacheWrite1h(-1).build())).isNull();
        assertThat(PRICE.cost(counts(Long.MAX_VALUE, Long.MAX_VALUE).build())).isNull();
        assertThat(plain(10, 100).cost(counts(3, 4).setCacheRead(9).setReasoning(7).build()))
                .as("parts that are more than the whole").isEqualTo(9 * 10 + 4 * 100);
    }

    @Test
    void theDearestIsNeverBelowTheCost() {
        var random = new Random(7);
        String[] asked = {null, "auto", "default", "flex", "priority"};
        int compared = 0;
        for (int i = 0; i < 20_000; i++) {
            Price price = i % 2 == 0 ? PRICE : random(random);
            long bound = random.nextInt(1, 8_000);
            long input = random.nextLong(bound + 1);
            long output = random.nextInt(1_000);
            long read = random.nextLong(input + 1);
            long write = random.nextLong(input - read + 1);
            String tier = asked[random.nextInt(asked.length)];
            String served = tier == null || tier.equals("auto")
                    ? asked[random.nextInt(2, asked.length)]
                    : random.nextBoolean() ? tier : "default";
            Tokens tokens = counts(input, output).setCacheRead(read).setCacheWrite(write)
                    .setCacheWrite1h(random.nextLong(write + 1)).setAudioInput(input - read - write)
                    .setReasoning(random.nextLong(output + 1)).setServiceTier(served).build();
            Rates dearest = price.dearest(bound, tier);
            Long cost = price.cost(tokens);
            if (dearest != null && cost != null) {
                long in = OF_THE_PROMPT.stream().mapToLong(dearest::of).max().orElseThrow();
                long out = Math.max(dearest.of(TokenClass.OUTPUT), dearest.of(TokenClass.REASONING));
                assertThat(cost * MILLION).isLessThan(input * in + output * out + MILLION);
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(15_000);
    }

    @Test
    void aTierWithoutAPriceHasNoBound() {
        assertThat(plain(1, 1).dearest(10, "priority")).isNull();
        assertThat(plain(1, 1).dearest(10, "flex")).isEqualTo(plain(1, 1).dearest(10, null));
        assertThat(PRICE.dearest(10, "default").of(TokenClass.INPUT)).isEqualTo(10 * MILLION);
        assertThat(PRICE.dearest(10, null).of(TokenClass.INPUT)).isEqualTo(30 * MILLION);
    }

    @Test
    void aCostIsExactAndRoundedUp() {
        var random = new Random(11);
        for (int i = 0; i < 10_000; i++) {
            long in = random.nextLong(1L << 45);
            long out = random.nextLong(1L << 45);
            long input = random.nextInt(1 << 22);
            long output = random.nextInt(1 << 22);
            BigDecimal exact = BigDecimal.valueOf(in).multiply(BigDecimal.valueOf(input))
                    .add(BigDecimal.valueOf(out).multiply(BigDecimal.valueOf(output)));
            assertThat(new Price(in, out, null, null).cost(counts(input, output).build()))
                    .isEqualTo(exact.movePointLeft(6).setScale(0, RoundingMode.CEILING).longValueExact());
        }
    }

    @Test
    void aPriceTellsAllOfItselfAlwaysInTheSameWords() {
        assertThat(PRICE.toString()).contains("CACHE_WRITE_1H=20000000", "1000=", "5000=", "flex=", "priority=");
        assertThat(new Price(1, 2, 1L, 1L)).isEqualTo(new Price(1, 2, null, null));
        assertThatThrownBy(() -> new Price(-1, 1, null, null)).hasMessageContaining("input: -1");
        assertThatThrownBy(() -> new Rates(Map.of(TokenClass.INPUT, 1L))).hasMessageContaining("output: is missing");
    }

    private static Price random(Random random) {
        var rates = new TreeMap<TokenClass, Integer>();
        for (TokenClass one : TokenClass.values()) {
            if (one == TokenClass.INPUT || one == TokenClass.OUTPUT || random.nextBoolean()) {
                rates.put(one, random.nextInt(500));
            }
        }
        var above = new TreeMap<Integer, Rates>();
        var tiers = new TreeMap<String, Price>();
        if (random.nextBoolean()) {
            above.put(random.nextInt(1, 8_000), plain(random.nextInt(500), random.nextInt(500)).rates());
        }
        if (random.nextBoolean()) {
            tiers.put("priority", plain(random.nextInt(500), random.nextInt(500)));
        }
        return new Price(rates(rates), above, tiers);
    }

    private static Tokens mixed() {
        return counts(100, 60).setCacheRead(30).setCacheWrite(20).setCacheWrite1h(5).setAudioInput(10)
                .setReasoning(15).setAudioOutput(5).build();
    }

    private static Tokens.Builder counts(long input, long output) {
        return Tokens.newBuilder().setInput(input).setOutput(output).setSource(UsageSource.PROVIDER);
    }

    private static Price plain(int input, int output) {
        return new Price(input * MILLION, output * MILLION, null, null);
    }

    private static Rates rates(Map<TokenClass, Integer> nanoEach) {
        var rates = new TreeMap<TokenClass, Long>();
        nanoEach.forEach((one, rate) -> rates.put(one, rate * MILLION));
        return new Rates(rates);
    }
}
