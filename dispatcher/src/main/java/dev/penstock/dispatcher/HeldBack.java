package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Claim;
import dev.penstock.dispatcher.intake.Intake;
import dev.penstock.schemas.event.Lane;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** The partitions that are paused because a tenant has as much of a lane waiting as it may. One event loop's. */
final class HeldBack {
    private final Map<Line, Set<Claim>> held = new HashMap<>();

    /** What of a tenant waits in a lane for a provider. */
    record Line(String provider, String tenant, Lane lane) {
        static Line of(Job job) {
            return new Line(job.candidate().getProvider(), job.tenant(), job.lane());
        }
    }

    void hold(Line line, Claim claim, Intake intake) {
        if (held.computeIfAbsent(line, _ -> new HashSet<>()).add(claim)) {
            intake.pause(claim);
        }
    }

    void letIn(Line line, Intake intake) {
        Set<Claim> claims = held.remove(line);
        if (claims != null) {
            claims.forEach(intake::resume);
        }
    }

    void letIn(Predicate<Line> which, Intake intake) {
        List.copyOf(held.keySet()).stream().filter(which).forEach(line -> letIn(line, intake));
    }

    void clear() {
        held.clear();
    }
}
