package dev.penstock.ingress.routing;

import dev.penstock.schemas.bus.WorkerStatus;
import dev.penstock.schemas.bus.WorkerStatus.Seen;
import java.util.HashMap;
import java.util.Map;

/** What is known of the providers: what their workers say, as long as it is fresh, and what is open here. Not thread-safe. */
public final class Sights {
    /** A worker speaks every second. */
    private static final long FRESH_MS = 5_000;

    /** A model of a provider; an empty one is the provider as a whole. */
    private record Place(String provider, String model) {}

    private record Heard(Map<Place, Seen> seen, long at) {}

    private final Map<String, Heard> workers = new HashMap<>();
    private final Map<Place, Integer> own = new HashMap<>();

    /** A worker has said how it is. */
    public void heard(WorkerStatus status, long now) {
        var seen = new HashMap<Place, Seen>();
        status.providers().forEach(one -> seen.put(new Place(one.provider(), one.model()), one));
        workers.put(status.worker(), new Heard(seen, now));
        workers.values().removeIf(heard -> now - heard.at() > FRESH_MS);
    }

    /** A request has been sent there. */
    public void sent(String provider, String model) {
        own.merge(new Place(provider, model), 1, Integer::sum);
    }

    /** That request is over. */
    public void over(String provider, String model) {
        own.computeIfPresent(new Place(provider, model), (_, open) -> open == 1 ? null : open - 1);
    }

    /** How a model of a provider looks from here. */
    public Sight of(String provider, String model, long now) {
        int quota = 0;
        int free = 0;
        int waiting = 0;
        long firstToken = 0;
        int tellers = 0;
        boolean open = true;
        for (Heard heard : workers.values()) {
            Seen whole = heard.seen().get(new Place(provider, ""));
            Seen part = heard.seen().getOrDefault(new Place(provider, model), whole);
            if (part == null || now - heard.at() > FRESH_MS) {
                continue;
            }
            Seen all = whole == null ? part : whole;
            boolean shut = all.open() || part.open();
            quota += Math.min(all.quota(), part.quota());
            free += shut ? 0 : Math.min(all.free(), part.free());
            waiting += Math.max(all.waiting(), part.waiting());
            open &= shut;
            int ms = part.firstTokenMs() >= 0 ? part.firstTokenMs() : all.firstTokenMs();
            if (ms >= 0) {
                firstToken += ms;
                tellers++;
            }
        }
        return new Sight(quota, free, waiting, tellers == 0 ? -1 : (int) (firstToken / tellers), quota > 0 && open,
                own.getOrDefault(new Place(provider, model), 0));
    }
}
