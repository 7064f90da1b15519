package dev.penstock.metering.anomaly;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** How an account spends, hour by hour: a level, its daily and weekly cycle, growth, noise, idle hours, a mix of models. */
final class Life {
    static final double DOLLAR = 1e9;

    private final Random random;
    private final Hours hours = new Hours("tenant");
    private final List<Anomaly> anomalies = new ArrayList<>();
    private final Map<String, Double> mix = new TreeMap<>();
    private long hour = 490_000;
    double level = 20 * DOLLAR;
    double noise;
    double day;
    double weekend = 1;
    double growth;
    double busy = 1;
    double steadiness = 200;

    Life(long seed) {
        random = new Random(seed);
        mix.put("cheap", 0.9);
        mix.put("dear", 0.1);
    }

    /** One of many ways to live: noisy or not, by day or round the clock, seldom or always, growing or shrinking. */
    static Life any(long seed) {
        var life = new Life(seed);
        var random = new Random(seed);
        life.level = Math.pow(10, 3 * random.nextDouble()) * DOLLAR;
        life.noise = 0.1 + 0.4 * random.nextDouble();
        life.day = 0.9 * random.nextDouble();
        life.weekend = pick(random, 1, 0.3, 0);
        life.growth = pick(random, 0, 0.01, 0.03, -0.01);
        life.busy = pick(random, 1, 1, 0.7, 0.3, 0.1, 0.03);
        life.steadiness = pick(random, 5, 20, 200);
        life.mix.clear();
        int models = 1 + random.nextInt(4);
        for (int i = 0; i < models; i++) {
            life.mix.put("model-" + i, 0.02 + Math.pow(random.nextDouble(), 2));
        }
        double all = life.mix.values().stream().mapToDouble(part -> part).sum();
        life.mix.replaceAll((_, part) -> part / all);
        return life;
    }

    private static double pick(Random random, double... values) {
        return values[random.nextInt(values.length)];
    }

    Life live(int days) {
        for (int i = 0; i < 24 * days; i++) {
            hour(1);
        }
        return this;
    }

    /** An hour that costs so many times what it would. */
    Life hour(double times) {
        hour++;
        double cost = level * times * Math.exp(noise * random.nextGaussian())
                * (1 + day * Math.sin(Math.PI * hour / 12));
        level *= 1 + growth / 24;
        boolean idle = random.nextDouble() >= busy;
        double today = hour / 24 % 7 >= 5 ? cost * weekend : cost;
        if (!idle && today >= 1) {
            double all = 0;
            var parts = new TreeMap<String, Double>();
            for (var model : mix.entrySet()) {
                double part = gamma(steadiness * model.getValue());
                parts.put(model.getKey(), part);
                all += part;
            }
            for (var part : parts.entrySet()) {
                // Nothing depends on how many requests an hour has.
                long nano = Math.max(1, Math.round(today * part.getValue() / all / 2));
                anomalies.addAll(hours.add(hour, part.getKey(), nano));
                anomalies.addAll(hours.add(hour, part.getKey(), nano));
            }
        }
        return this;
    }

    /** From now on all is spent on this model. */
    Life switchTo(String model) {
        mix.clear();
        mix.put(model, 1.0);
        return this;
    }

    List<Anomaly> told() {
        anomalies.addAll(hours.closeBefore(hour + 1));
        return anomalies;
    }

    List<Anomaly.Spend> spends() {
        return told().stream().filter(Anomaly.Spend.class::isInstance).map(Anomaly.Spend.class::cast).toList();
    }

    List<Anomaly.Mix> mixes() {
        return told().stream().filter(Anomaly.Mix.class::isInstance).map(Anomaly.Mix.class::cast).toList();
    }

    long now() {
        return hour;
    }

    int models() {
        return hours.toKeep().getModels().size();
    }

    /** By Marsaglia and Tsang, so that parts of their sum have Dirichlet's distribution. */
    private double gamma(double shape) {
        if (shape < 1) {
            return gamma(shape + 1) * Math.pow(1 - random.nextDouble(), 1 / shape);
        }
        double d = shape - 1.0 / 3;
        while (true) {
            double x = random.nextGaussian();
            double v = Math.pow(1 + x / Math.sqrt(9 * d), 3);
            if (v > 0 && Math.log(1 - random.nextDouble()) < x * x / 2 + d - d * v + d * Math.log(v)) {
                return d * v;
            }
        }
    }
}
