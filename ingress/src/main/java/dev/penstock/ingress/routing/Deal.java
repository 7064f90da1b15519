package dev.penstock.ingress.routing;

import dev.penstock.schemas.catalog.Route.Target;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Deals requests to arms by weight: rendezvous hashing, so that a change of weights moves as few users to another arm as
 * it can, and none between two arms whose weights have not changed.
 *
 * @see <a href="https://www.snia.org/sites/default/files/SDC15_presentations/dist_sys/Jason_Resch_New_Consistent_Hashings_Rev.pdf">Resch, Weighted
 *     rendezvous hashing</a>
 */
final class Deal {
    private Deal() {}

    /** The arm with the lowest score is dealt to; the others stand behind it in the same way. */
    static double score(@Nullable String sticky, Target target, RandomGenerator random) {
        double chance = sticky == null ? random.nextDouble() : unit(hash(sticky + '\0' + target.arm()));
        return target.weight() == 0 ? Double.MAX_VALUE : -Math.log1p(-chance) / target.weight();
    }

    /** In [0, 1). */
    private static double unit(long hash) {
        return (hash >>> 11) * 0x1p-53;
    }

    /** FNV-1a, mixed by SplitMix64's finaliser, since FNV's upper bits know little of the last characters. */
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
        return hash ^ (hash >>> 31);
    }
}
