package dev.penstock.deploy.simulator;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** How often which fault strikes, in percent of all requests; a request meets one at most. */
record FaultRates(Map<Fault, Double> percents) {
    static final FaultRates NONE = new FaultRates(Map.of());

    FaultRates {
        double sum = percents.values().stream().mapToDouble(Double::doubleValue).sum();
        if (sum > 100 || percents.values().stream().anyMatch(percent -> !(percent >= 0))) {
            throw new IllegalArgumentException("fault rates are percents from 0 that add up to no more than 100");
        }
    }

    /** The rates by the faults' names, as in {@link Fault}. */
    static FaultRates named(Map<String, Double> percents) {
        var faults = new LinkedHashMap<Fault, Double>();
        percents.forEach((name, percent) -> faults.put(Fault.parse(name)
                .orElseThrow(() -> new IllegalArgumentException("'" + name + "' is no fault")), percent));
        return new FaultRates(faults);
    }

    /** The fault that strikes next. */
    Fault draw(RandomGenerator random) {
        if (percents.isEmpty()) {
            return new Fault.None();
        }
        double left = random.nextDouble() * 100;
        for (var rate : percents.entrySet()) {
            left -= rate.getValue();
            if (left < 0) {
                return rate.getKey();
            }
        }
        return new Fault.None();
    }
}
