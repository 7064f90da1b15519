package dev.penstock.metering.ledger;

import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.Grant;
import dev.penstock.schemas.event.Grants;
import dev.penstock.schemas.event.Period;
import dev.penstock.schemas.event.Verdict;
import dev.penstock.schemas.ledger.Periods;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An account whose caps are to be kept. Pure. Of what is left, all that a waiting request needs is granted, or nothing;
 * beyond that a part at most, so that what is granted ahead shrinks as the cap comes near and no party starves another.
 *
 * @param cap in force now
 * @param days of the account
 */
public record Account(Cap cap, Days days) {
    /** So much of what is left is granted ahead of need. */
    private static final int AHEAD = 4;
    private static final long UNLIMITED = Long.MAX_VALUE / 4;

    /**
     * What came of a request.
     *
     * @param grants of the request's day, from now on
     * @param allowance to be published
     */
    public record Answer(Grants grants, Allowance allowance) {}

    /**
     * A percentage of a cap that is worth an alert.
     *
     * @param first day of the period
     * @param limit in that period
     * @param settled what is spent of it
     * @param left what may still be spent until the percentage is reached; not positive if it is
     */
    public record Threshold(Period period, LocalDate first, long limit, long settled, int percent, long left) {}

    private record Room(Period period, @Nullable Long limit, long settled, long left) {}

    /**
     * Answers a request; null if it is not news.
     *
     * @param now when it is taken in, in ms
     */
    public @Nullable Answer ask(AllowanceRequest request, long now) {
        Grants before = days.grants(request.getDay());
        Grant known = Granted.find(before, request.getParty());
        if (known != null && known.getClosed()) {
            return answer(before, known, request, Verdict.CLOSED, room(request.getDay(), before));
        }
        if (known != null && request.getSequence() <= known.getSequence()) {
            return null;
        }
        Grant heard = heard(known, request, now);
        Grants merged = Granted.with(before, heard, before.getRecall());
        Room room = room(request.getDay(), merged);
        long need = Math.max(0, request.getNeeded() - heard.getGranted());
        if (need > 0 && need > room.left()) {
            Grants recalling = new Grants(Math.max(before.getRecall(), request.getRecallWanted()),
                    before.getUnpriced(), merged.getParties());
            boolean all = recalling.getParties().stream().allMatch(other -> other.getParty().equals(request.getParty())
                    || other.getRecallSeen() >= request.getRecallWanted() || Granted.outstanding(other) == 0);
            return answer(recalling, heard, request, all ? Verdict.SHORT : Verdict.RECALLING, room);
        }
        long ahead = Math.min(request.getWanted() - heard.getGranted() - need, (room.left() - need) / AHEAD);
        long more = need + Math.max(0, ahead);
        Grant granted = new Grant(heard.getParty(), heard.getSequence(), heard.getGranted() + more,
                heard.getReturned(), heard.getUsed(), heard.getRecallSeen(), heard.getHeardAt(),
                heard.getCloseAfterMs(), false);
        Grants after = Granted.with(merged, granted, before.getRecall());
        return answer(after, granted, request, Verdict.GRANTED,
                new Room(room.period(), room.limit(), room.settled(), room.left() - more));
    }

    /** The alerts of every cap on the periods that a day is in, the lowest percentage of each first. */
    public List<Threshold> thresholds(LocalDate day) {
        var all = new ArrayList<Threshold>();
        for (Period period : Period.values()) {
            Long limit = cap.limit(period);
            if (limit != null && !cap.alerts().isEmpty()) {
                long settled = settled(period, day);
                cap.alerts().forEach(percent -> all.add(new Threshold(period, Periods.first(period, day), limit,
                        settled, percent, Math.max(1, part(limit, percent)) - settled)));
            }
        }
        return all;
    }

    /** Rounded up. */
    private static long part(long limit, int percent) {
        return limit / 100 * percent + (limit % 100 * percent + 99) / 100;
    }

    private long settled(Period period, LocalDate day) {
        LocalDate next = Periods.next(period, day);
        return Periods.first(period, day).datesUntil(next)
                .mapToLong(d -> days.settled(d) + days.grants(d).getUnpriced()).sum();
    }

    private static Grant heard(@Nullable Grant known, AllowanceRequest request, long now) {
        if (known == null) {
            return new Grant(request.getParty(), request.getSequence(), 0L, request.getReturned(), 0L,
                    request.getRecallSeen(), now, request.getCloseAfterMs(), false);
        }
        return new Grant(known.getParty(), request.getSequence(), known.getGranted(),
                Math.max(known.getReturned(), request.getReturned()), known.getUsed(),
                Math.max(known.getRecallSeen(), request.getRecallSeen()), now, request.getCloseAfterMs(), false);
    }

    /** What is left in the period that has the least. */
    private Room room(LocalDate day, Grants grants) {
        Room least = new Room(Period.DAY, null, days.settled(day), UNLIMITED);
        for (Period period : Period.values()) {
            Long limit = cap.limit(period);
            if (limit != null) {
                Room room = room(period, limit, day, grants);
                least = room.left() < least.left() ? room : least;
            }
        }
        return least;
    }

    private Room room(Period period, long limit, LocalDate day, Grants grants) {
        long settled = 0;
        long outstanding = 0;
        for (LocalDate d = Periods.first(period, day); d.isBefore(Periods.next(period, day)); d = d.plusDays(1)) {
            Grants granted = d.equals(day) ? grants : days.grants(d);
            settled += days.settled(d) + granted.getUnpriced();
            outstanding += Granted.outstanding(granted);
        }
        return new Room(period, limit, settled, limit - settled - outstanding);
    }

    private Answer answer(Grants after, Grant party, AllowanceRequest request, Verdict verdict, Room room) {
        Long limit = room.limit();
        return new Answer(after, new Allowance(request.getTenant(), request.getAccount(), request.getDay(),
                request.getParty(), request.getSequence(), party.getGranted(), verdict, after.getRecall(),
                room.period(), limit, room.settled(), room.left()));
    }
}
