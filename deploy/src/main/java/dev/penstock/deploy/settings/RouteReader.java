package dev.penstock.deploy.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.schemas.catalog.Route;
import dev.penstock.schemas.catalog.Route.AfterFirstToken;
import dev.penstock.schemas.catalog.Route.Choosing;
import dev.penstock.schemas.catalog.Route.Condition;
import dev.penstock.schemas.catalog.Route.Overrides;
import dev.penstock.schemas.catalog.Route.Rule;
import dev.penstock.schemas.catalog.Route.Shadow;
import dev.penstock.schemas.catalog.Route.Sticky;
import dev.penstock.schemas.catalog.Route.Strategy;
import dev.penstock.schemas.catalog.Route.Target;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the routes. */
final class RouteReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LIMIT = "max_completion_tokens";
    /** They say what is asked, not how, or what it costs depends on them beyond what can be held for. */
    private static final Set<String> NOT_OVERRIDDEN = Set.of("model", "messages", "stream", "stream_options", "n",
            "tools", "functions", "audio", "modalities", "web_search_options", "service_tier", "max_tokens",
            "metadata");

    private final Set<String> models;
    private final Predicate<String> known;
    private final Predicate<String> switchedOff;
    private final Set<String> tenants;

    /**
     * @param models names for hints
     * @param known whether there is such a model
     * @param switchedOff whether there would be, if its provider were switched on
     */
    RouteReader(Set<String> models, Predicate<String> known, Predicate<String> switchedOff, Set<String> tenants) {
        this.models = models;
        this.known = known;
        this.switchedOff = switchedOff;
        this.tenants = tenants;
    }

    /** The route, without candidates that are switched off; null if none is left, or if what is wrong has been told. */
    @Nullable
    Route read(String name, Section section) {
        List<Target> candidates = candidates(section);
        Strategy strategy = section.has("strategy") ? section.word("strategy", Strategy.class) : Strategy.PRIORITY;
        Sticky sticky = section.has("sticky") ? section.word("sticky", Sticky.class) : null;
        var rules = new ArrayList<Rule>();
        for (Section rule : section.list("when")) {
            Rule made = rule(rule, strategy, sticky, candidates);
            if (made != null) {
                rules.add(made);
            }
        }
        Shadow shadow = section.has("shadow") ? shadow(section.section("shadow")) : null;
        AfterFirstToken broken = section.has("afterFirstToken")
                ? section.word("afterFirstToken", AfterFirstToken.class)
                : AfterFirstToken.END;
        if (candidates.isEmpty()) {
            section.end();
            return null;
        }
        return section.make(() -> new Route(name, new Choosing(strategy, sticky, candidates), rules, shadow, broken));
    }

    private List<Target> candidates(Section section) {
        if (!section.has("candidates")) {
            section.problem("candidates", "is missing");
        }
        var targets = new ArrayList<Target>();
        for (Section candidate : section.list("candidates")) {
            Target target = target(candidate);
            if (target != null && !switchedOff.test(target.model())) {
                targets.add(target);
            }
        }
        return targets;
    }

    private @Nullable Target target(Section section) {
        String model = model(section);
        int weight = section.notNegative("weight", 1);
        String arm = section.has("arm") ? section.text("arm") : model;
        FallbackCause after = section.has("after") ? section.word("after", FallbackCause.class) : FallbackCause.FAILURE;
        Overrides overrides = overrides(section);
        return section.make(() -> new Target(model, weight, arm, overrides, after));
    }

    private String model(Section section) {
        String model = section.text("model");
        if (!model.isEmpty() && !known.test(model) && !switchedOff.test(model)) {
            section.problem("model", "there is no model '" + model + "'" + Spelling.hint(model, models));
        }
        return model;
    }

    private static Overrides overrides(Section section) {
        var fields = new LinkedHashMap<>(section.tree("parameters"));
        for (String field : NOT_OVERRIDDEN) {
            if (fields.containsKey(field)) {
                section.problem("parameters." + field, field.equals("max_tokens")
                        ? "is written max_completion_tokens here"
                        : "is the caller's alone");
            }
        }
        Integer limit = null;
        Object given = fields.remove(LIMIT);
        if (given instanceof Integer tokens && tokens > 0) {
            limit = tokens;
        } else if (given != null) {
            section.problem("parameters." + LIMIT, given + " must be positive");
        }
        try {
            return new Overrides(JSON.writeValueAsString(fields), limit);
        } catch (JsonProcessingException _) {
            section.problem("parameters", "must be what JSON can say");
            return Overrides.NONE;
        }
    }

    /** What a rule does not say is as in the route. */
    private @Nullable Rule rule(Section section, Strategy strategy, @Nullable Sticky sticky, List<Target> candidates) {
        Lane lane = section.has("lane") ? section.word("lane", Lane.class) : null;
        Map<String, String> metadata = section.textMap("metadata");
        Integer least = section.has("minInputTokens") ? section.positive("minInputTokens", null) : null;
        Integer most = section.has("maxInputTokens") ? section.positive("maxInputTokens", null) : null;
        if (lane == null && metadata.isEmpty() && least == null && most == null) {
            section.problem("lane", "a rule needs a condition: lane, metadata, minInputTokens or maxInputTokens");
        }
        Strategy its = section.has("strategy") ? section.word("strategy", Strategy.class) : strategy;
        Sticky dealt = section.has("sticky") ? section.word("sticky", Sticky.class) : its == strategy ? sticky : null;
        List<Target> own = section.has("candidates") ? candidates(section) : candidates;
        if (own.isEmpty()) {
            section.end();
            return null;
        }
        return section.make(
                () -> new Rule(new Condition(lane, metadata, least, most), new Choosing(its, dealt, own)));
    }

    private @Nullable Shadow shadow(Section section) {
        String model = model(section);
        Overrides overrides = overrides(section);
        int percent = section.positive("percent", null);
        String tenant = section.text("tenant");
        if (!tenant.isEmpty() && !tenants.contains(tenant)) {
            section.problem("tenant", "there is no tenant '" + tenant + "'" + Spelling.hint(tenant, tenants));
        }
        Shadow made = section.make(() -> new Shadow(
                new Target(model, 1, model, overrides, FallbackCause.FAILURE), percent, tenant));
        return switchedOff.test(model) ? null : made;
    }
}
