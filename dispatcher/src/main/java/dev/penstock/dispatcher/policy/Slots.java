package dev.penstock.dispatcher.policy;

/**
 * The calls that one worker may have open to one provider. Quota follows partitions: who owns k of a queue's P
 * partitions has k/P of the provider's limit, rounded down, so the parts of all workers never exceed the whole. Not
 * thread-safe.
 */
public final class Slots {
    private final int limit;
    private int share;
    private int taken;

    /** None are this worker's yet; {@code limit} is how many the provider takes at once, over all workers. */
    public Slots(int limit) {
        this.limit = limit;
    }

    /** Sets the share by partitions owned. It may fall below what is taken: then nothing is free until enough ended. */
    public void share(int owned, int partitions) {
        share = partitions == 0 ? 0 : (int) ((long) limit * owned / partitions);
    }

    /** Takes a slot if one is free. */
    public boolean tryTake() {
        if (taken >= share) {
            return false;
        }
        taken++;
        return true;
    }

    /** Gives back a slot that was taken. */
    public void release() {
        taken--;
    }
}
