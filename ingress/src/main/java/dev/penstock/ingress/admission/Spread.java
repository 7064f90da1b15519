package dev.penstock.ingress.admission;

/**
 * Which partitions of a queue are a tenant's own (shuffle sharding): a large tenant reaches several workers, a noisy
 * one disturbs few others.
 *
 * @see <a href="https://aws.amazon.com/builders-library/workload-isolation-using-shuffle-sharding/">shuffle sharding</a>
 */
public final class Spread {
    private Spread() {}

    /**
     * The partition for a tenant's next request.
     *
     * @param partitions how many the queue has
     * @param spread how many of them the tenant uses; all, if there are no more
     * @param turn any number; consecutive ones go round the tenant's partitions
     */
    public static int partition(String tenant, int partitions, int spread, int turn) {
        int own = Math.min(spread, partitions);
        int hash = mix(tenant.hashCode());
        int start = Math.floorMod(hash, partitions);
        // A step without a common divisor with the number of partitions visits each of them once.
        int step = coprime(partitions, Math.floorMod(mix(hash), partitions));
        return (int) ((start + (long) step * Math.floorMod(turn, own)) % partitions);
    }

    private static int coprime(int partitions, int wanted) {
        int step = Math.max(1, wanted);
        while (gcd(step, partitions) != 1) {
            step++;
        }
        return step;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** MurmurHash3's finaliser. */
    private static int mix(int value) {
        int h = value ^ (value >>> 16);
        h *= 0x85ebca6b;
        h ^= h >>> 13;
        h *= 0xc2b2ae35;
        return h ^ (h >>> 16);
    }
}
