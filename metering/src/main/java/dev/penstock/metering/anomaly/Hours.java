package dev.penstock.metering.anomaly;

import dev.penstock.schemas.event.ModelHours;
import dev.penstock.schemas.event.SpendHistory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The hours of one account: the open one, and an exponentially weighted history of those before it. Only hours in which
 * something was spent count, so that an account that sleeps at night, or works once a week, is compared with itself at
 * work. An hour's spend is odd as soon as it is beyond three times the mean and five standard deviations; its mix of
 * models is judged when the hour is over, since its first requests say little. Both only if at least a dollar is odd
 * about it, and not before three days' worth of hours is known. An odd hour becomes part of the history like any other: a
 * new way of life is told of once or twice, not for ever. Not thread-safe.
 *
 * <p>Rejected: a history for each hour of the day. It knows nights from days, but sees each only once a day, so that it
 * takes weeks to learn and as long to follow growth.
 */
public final class Hours {
    /** So many hours until an hour's weight in the history has faded to an eighth: a week. */
    static final int MEMORY = 168;
    static final int LEAST_HOURS = 72;
    static final long LEAST_NANO_USD = 1_000_000_000;

    private static final double WEIGHT = 2.0 / (MEMORY + 1);
    private static final double DEVIATIONS = 5;
    private static final double TIMES = 3;
    /** Half of what was spent went where it does not usually go. */
    private static final double LEAST_DRIFT = 0.5;
    /** A model with a smaller part of the mean is forgotten. */
    private static final double LEAST_SHARE = 0.001;

    private static final class Model {
        private long spent;
        private double mean;
    }

    private final String tenant;
    private final Map<String, Model> models = new HashMap<>();
    private long hour;
    private long spent;
    private boolean raised;
    private long hours;
    private Moments spend = Moments.NONE;
    private Moments drift = Moments.NONE;

    /** An account that nothing is known of yet. */
    public Hours(String tenant) {
        this.tenant = tenant;
    }

    /** An account as it was kept. */
    public Hours(SpendHistory kept) {
        this(kept.getTenant());
        hour = kept.getHour();
        raised = kept.getRaised();
        hours = kept.getHours();
        spend = new Moments(kept.getMean(), kept.getVariance());
        drift = new Moments(kept.getDrift(), kept.getDriftVariance());
        for (ModelHours one : kept.getModels()) {
            var model = new Model();
            model.spent = one.getSpent();
            model.mean = one.getMean();
            models.put(one.getModel(), model);
            spent += model.spent;
        }
    }

    /** What is to be kept of it. */
    public SpendHistory toKeep() {
        var kept = new ArrayList<ModelHours>(models.size());
        models.forEach((name, model) -> kept.add(new ModelHours(name, model.spent, model.mean)));
        return new SpendHistory(tenant, hour, raised, hours, spend.mean(), spend.variance(), drift.mean(),
                drift.variance(), kept);
    }

    /** Whose account it is. */
    public String tenant() {
        return tenant;
    }

    /** The newest hour in which something was spent. */
    public long hour() {
        return hour;
    }

    /**
     * Something was spent.
     *
     * @param inHour since 1970; what comes late counts in the open hour
     * @param nanoUsd positive
     * @return what is odd: the mix of the hour that this closes, the spend of the one that is open now
     */
    public List<Anomaly> add(long inHour, String name, long nanoUsd) {
        var odd = new ArrayList<>(closeBefore(inHour));
        hour = Math.max(hour, inHour);
        models.computeIfAbsent(name, _ -> new Model()).spent += nanoUsd;
        spent += nanoUsd;
        if (!raised && hours >= LEAST_HOURS && spent - spend.mean() >= LEAST_NANO_USD
                && spent > Math.max(TIMES * spend.mean(), spend.above(DEVIATIONS))) {
            raised = true;
            odd.add(new Anomaly.Spend(hour, spent, Math.round(spend.mean())));
        }
        return odd;
    }

    /** Closes the open hour if it is before this one; tells what was odd about its mix. */
    public List<Anomaly> closeBefore(long now) {
        if (spent == 0 || hour >= now) {
            return List.of();
        }
        Anomaly odd = hours == 0 ? null : mix();
        learn();
        return odd == null ? List.of() : List.of(odd);
    }

    private @Nullable Anomaly mix() {
        double most = 0;
        String name = "";
        double distance = 0;
        for (var entry : models.entrySet()) {
            double more = entry.getValue().spent - expected(entry.getValue());
            distance += Math.abs(more) / spent / 2;
            if (more > most) {
                most = more;
                name = entry.getKey();
            }
        }
        boolean odd = hours >= LEAST_HOURS && most >= LEAST_NANO_USD
                && distance > Math.max(LEAST_DRIFT, drift.above(DEVIATIONS));
        // An hour in which little was spent says little.
        drift = drift.with(distance, weight() * Math.min(1, spent / spend.mean()));
        Model model = models.get(name);
        return odd && model != null
                ? new Anomaly.Mix(hour, spent, name, Math.round(expected(model)), model.spent)
                : null;
    }

    private double expected(Model model) {
        return model.mean / spend.mean() * spent;
    }

    private void learn() {
        hours++;
        double weight = weight();
        spend = spend.with((double) spent, weight);
        for (Model model : models.values()) {
            model.mean += weight * (model.spent - model.mean);
            model.spent = 0;
        }
        models.values().removeIf(model -> model.mean < LEAST_SHARE * spend.mean());
        spent = 0;
        raised = false;
    }

    /** As long as the history is short, all of its hours weigh the same. */
    private double weight() {
        return Math.max(WEIGHT, 1.0 / Math.max(1, hours));
    }
}
