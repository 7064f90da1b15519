package dev.penstock.metering;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FingerprintsTest {
    @Test
    void itRemembersWhatAMapDoes() {
        var random = new Random(3);
        var prints = new Fingerprints();
        var map = new HashMap<Long, Long>();
        for (int i = 0; i < 20_000; i++) {
            long id = Fingerprints.of("attempt-" + random.nextInt(10_000));
            long value = 1 + random.nextInt(3);
            prints.put(id, value);
            map.put(id, value);
        }

        assertThat(prints.size()).isEqualTo(map.size());
        map.forEach((id, value) -> assertThat(prints.get(id)).isEqualTo(value));
        assertThat(prints.get(Fingerprints.of("other"))).isEqualTo(Fingerprints.NONE);
        var twos = new HashSet<Long>();
        prints.where(value -> value == 2, twos::add);
        map.values().removeIf(value -> value != 2);
        assertThat(twos).isEqualTo(map.keySet());
    }

    @Test
    void aMillionIdsHaveAMillionFingerprints() {
        var prints = new Fingerprints();
        for (int i = 0; i < 1_000_000; i++) {
            prints.put(Fingerprints.of("chatcmpl-" + Integer.toHexString(i) + "/1"), 1);
        }
        assertThat(prints.size()).isEqualTo(1_000_000);
    }
}
