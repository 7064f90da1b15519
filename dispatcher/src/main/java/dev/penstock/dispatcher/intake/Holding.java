package dev.penstock.dispatcher.intake;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/** The state of a claimed partition. For the intake's thread only. */
final class Holding {
    final Claim claim;
    final OffsetLedger ledger;
    /** The partition's end when it was claimed. */
    final long inheritedBelow;
    /** Whether the intake's owner wants no more of it for now. */
    boolean held;
    /** Whether the consumer has it paused. */
    boolean paused = true;
    /** Whether something was answered since it was last committed. */
    boolean dirty;

    Holding(Claim claim, OffsetLedger ledger, long inheritedBelow) {
        this.claim = claim;
        this.ledger = ledger;
        this.inheritedBelow = inheritedBelow;
    }

    OffsetAndMetadata toCommit() {
        return new OffsetAndMetadata(ledger.committable().orElseThrow(), ledger.metadata());
    }
}
