package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ByteRangeTest {
    @Test
    void rangesAreThoseOfTheRfc() {
        assertThat(ByteRange.of(null, 10)).isEqualTo(new ByteRange(0, 10, 10));
        assertThat(ByteRange.of("bytes=2-4", 10)).isEqualTo(new ByteRange(2, 3, 10));
        assertThat(ByteRange.of("bytes=7-", 10)).isEqualTo(new ByteRange(7, 3, 10));
        assertThat(ByteRange.of("bytes=-3", 10)).isEqualTo(new ByteRange(7, 3, 10));
        assertThat(ByteRange.of("bytes=5-99", 10)).isEqualTo(new ByteRange(5, 5, 10));
        assertThat(ByteRange.of("bytes=-99", 10)).isEqualTo(new ByteRange(0, 10, 10));
    }

    @Test
    void whatIsNotThereCannotBeGiven() {
        assertThat(ByteRange.of("bytes=10-", 10)).isNull();
        assertThat(ByteRange.of("bytes=-0", 10)).isNull();
        assertThat(ByteRange.of("bytes=5-4", 10)).isNull();
    }

    @Test
    void whatIsNotUnderstoodIsPassedOver() {
        assertThat(ByteRange.of("bytes=0-1,4-5", 10)).isEqualTo(new ByteRange(0, 10, 10));
        assertThat(ByteRange.of("lines=1-2", 10)).isEqualTo(new ByteRange(0, 10, 10));
        assertThat(ByteRange.of("bytes=-", 10)).isEqualTo(new ByteRange(0, 10, 10));
    }
}
