package dev.penstock.metering.ledger;

import dev.penstock.schemas.event.Grant;
import dev.penstock.schemas.event.Grants;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is granted of one account's day, and to whom. All here is pure; the events are never changed. */
public final class Granted {
    public static final Grants NONE = new Grants(0L, 0L, List.of());

    private Granted() {}

    /** What parties may still spend: granted, not returned, and not used by any attempt that has ended. */
    public static long outstanding(Grants grants) {
        long sum = 0;
        for (Grant grant : grants.getParties()) {
            sum += outstanding(grant);
        }
        return sum;
    }

    static long outstanding(Grant grant) {
        return grant.getClosed() ? 0 : Math.max(0, grant.getGranted() - grant.getReturned() - grant.getUsed());
    }

    /** An attempt has ended and used so much of a hold of this party. */
    public static Grants use(Grants grants, String party, long amount) {
        return change(grants, party, grant -> new Grant(grant.getParty(), grant.getSequence(), grant.getGranted(),
                grant.getReturned(), grant.getUsed() + Math.max(0, amount), grant.getRecallSeen(), grant.getHeardAt(),
                grant.getCloseAfterMs(), grant.getClosed()));
    }

    /**
     * Gives up the parties that were silent for too long, so that what they had is free again.
     *
     * @param now in ms
     * @param listeningSince since when nothing can have been missed; what came before counts as heard then
     * @param running whether an attempt of a party has been started and has neither ended nor been settled as lost
     */
    public static Grants closeSilent(Grants grants, long now, long listeningSince, Predicate<String> running) {
        Grants after = grants;
        for (Grant grant : grants.getParties()) {
            long silence = now - Math.max(grant.getHeardAt(), listeningSince);
            if (!grant.getClosed() && silence > grant.getCloseAfterMs() && !running.test(grant.getParty())) {
                after = change(after, grant.getParty(), g -> new Grant(g.getParty(), g.getSequence(), 0L, 0L, 0L, 0L,
                        g.getHeardAt(), g.getCloseAfterMs(), true));
            }
        }
        return after;
    }

    static @Nullable Grant find(Grants grants, String party) {
        for (Grant grant : grants.getParties()) {
            if (grant.getParty().equals(party)) {
                return grant;
            }
        }
        return null;
    }

    /** An attempt has ended whose cost is unknown: so much of its hold counts as spent. */
    public static Grants addUnpriced(Grants grants, long amount) {
        return new Grants(grants.getRecall(), grants.getUnpriced() + Math.max(0, amount), grants.getParties());
    }

    static Grants with(Grants grants, Grant changed, long recall) {
        var parties = new ArrayList<>(grants.getParties());
        parties.removeIf(grant -> grant.getParty().equals(changed.getParty()));
        parties.add(changed);
        return new Grants(recall, grants.getUnpriced(), parties);
    }

    private static Grants change(Grants grants, String party, UnaryOperator<Grant> change) {
        Grant grant = find(grants, party);
        return grant == null ? grants : with(grants, change.apply(grant), grants.getRecall());
    }
}
