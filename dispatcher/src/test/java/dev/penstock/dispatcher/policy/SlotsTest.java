package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SlotsTest {
    @Test
    void carriesNothingWithoutAPartitionAndItsPartWithSome() {
        var slots = new Slots(6);
        assertThat(slots.quota()).isZero();
        slots.own(Set.of(0), 3);
        assertThat(slots.quota()).isEqualTo(2);
    }

    @Test
    void countsOpenCallsWhenItsShareShrinks() {
        var slots = new Slots(4);
        slots.own(Set.of(0, 1), 2);
        IntStream.range(0, 4).forEach(_ -> slots.take());
        slots.own(Set.of(1), 2);
        slots.release();
        assertThat(slots.quota()).isEqualTo(2);
        assertThat(slots.taken()).isEqualTo(3);
    }

    @Test
    void refusesToReleaseWhatWasNotTaken() {
        assertThatThrownBy(new Slots(1)::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void partsOfAllWorkersAddUpToTheWholeAndNoPartitionGoesEmpty() {
        var random = new Random(1);
        for (int round = 0; round < 2_000; round++) {
            int limit = 1 + random.nextInt(500);
            int partitions = 1 + random.nextInt(limit);
            var workers = Stream.generate(HashSet<Integer>::new).limit(1 + random.nextInt(8)).toList();
            IntStream.range(0, partitions).forEach(p -> workers.get(random.nextInt(workers.size())).add(p));
            int sum = 0;
            for (var owned : workers) {
                var slots = new Slots(limit);
                slots.own(owned, partitions);
                assertThat(slots.quota()).isGreaterThanOrEqualTo(owned.size());
                sum += slots.quota();
            }
            assertThat(sum).isEqualTo(limit);
        }
    }
}
