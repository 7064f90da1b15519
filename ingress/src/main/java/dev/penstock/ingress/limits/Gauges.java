package dev.penstock.ingress.limits;

import dev.penstock.schemas.bus.Traffic;
import dev.penstock.schemas.bus.Traffic.Used;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Tenant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The meters of all accounts of an ingress. Safe for several threads: its event loops share it. */
public final class Gauges {
    private final String ingress;
    private final Map<String, Meter> meters = new HashMap<>();

    /** What came of a request at the door. */
    public sealed interface Entry {
        /** It was let in, and counts as in flight until {@link Gauges#over}. */
        record LetIn() implements Entry {}

        /** It was not, and takes up nothing. */
        record TurnedAway(Refusal refusal) implements Entry {}
    }

    /** @param ingress what the others know this one by */
    public Gauges(String ingress, Catalog catalog, long now) {
        this.ingress = ingress;
        for (Tenant tenant : catalog.tenants().values()) {
            meters.put(tenant.name(), new Meter(tenant.limits(), now));
            tenant.keys().forEach(key -> meters.put(Caps.account(tenant.name(), key.id()),
                    new Meter(key.limits(), now)));
        }
    }

    /** Lets a request in if the limits of its tenant and its key both allow it. */
    public synchronized Entry enter(String tenant, String keyId, long tokens, long now) {
        List<Meter> both = both(tenant, keyId);
        for (Meter meter : both) {
            Refusal refusal = meter.against(tokens, now);
            if (refusal != null) {
                return new Entry.TurnedAway(refusal);
            }
        }
        both.forEach(meter -> meter.take(tokens, now));
        return new Entry.LetIn();
    }

    /** A request that was let in is over. */
    public synchronized void over(String tenant, String keyId) {
        both(tenant, keyId).forEach(Meter::over);
    }

    /** How requests a minute stand, of whichever of the two has less left; null if neither is limited. */
    public synchronized @Nullable Standing requests(String tenant, String keyId, long now) {
        return tighter(both(tenant, keyId).stream().map(meter -> meter.requests(now)));
    }

    /** How tokens a minute stand, of whichever of the two has less left; null if neither is limited. */
    public synchronized @Nullable Standing tokens(String tenant, String keyId, long now) {
        return tighter(both(tenant, keyId).stream().map(meter -> meter.tokens(now)));
    }

    /** What has been used since the last time, for the other ingresses. */
    public synchronized Traffic tell() {
        var used = new ArrayList<Used>();
        meters.forEach((account, meter) -> {
            Used one = meter.tell(account);
            if (one != null) {
                used.add(one);
            }
        });
        return new Traffic(ingress, used);
    }

    /** An ingress has told, this one perhaps. */
    public synchronized void heard(Traffic traffic, long now) {
        if (!traffic.ingress().equals(ingress)) {
            for (Used used : traffic.used()) {
                Meter meter = meters.get(used.account());
                if (meter != null) {
                    meter.heard(traffic.ingress(), used, now);
                }
            }
        }
    }

    private List<Meter> both(String tenant, String keyId) {
        return Stream.of(tenant, Caps.account(tenant, keyId)).map(meters::get).filter(Objects::nonNull).toList();
    }

    private static @Nullable Standing tighter(Stream<@Nullable Standing> standings) {
        return standings.filter(Objects::nonNull).min((a, b) -> Long.compare(a.remaining(), b.remaining()))
                .orElse(null);
    }
}
