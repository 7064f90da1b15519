package dev.penstock.deploy.settings;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/** Lays settings over the shipped ones, key by key, but for what counts as a whole. */
final class Layers {
    private Layers() {}

    /**
     * A shipped provider waits for its variable only as long as no file gives it a key of its own, and a price is
     * replaced whole, since half of one and half of another are none.
     */
    static Map<String, Object> over(Map<String, Object> shipped, Map<String, Object> own) {
        Map<String, Object> switchless = without("whenSet", shipped, "providers",
                name -> has(own, "providers", name, "apiKey"));
        Map<String, Object> priceless = without("price", switchless, "models",
                name -> has(own, "models", name, "price"));
        return YamlTree.overlay(priceless, own);
    }

    /** The settings with all providers on, whether there are keys for them or not; for looking at them only. */
    static Map<String, Object> withAllProviders(Map<String, Object> tree) {
        return without("apiKey", without("whenSet", tree, "providers", _ -> true), "providers", _ -> true);
    }

    /** The tree without a setting of some of the things in one of its mappings. */
    private static Map<String, Object> without(String setting, Map<String, Object> tree, String mapping,
            Predicate<String> where) {
        if (!(tree.get(mapping) instanceof Map<?, ?> things)) {
            return tree;
        }
        Map<String, Object> changed = YamlTree.withTextKeys(things);
        changed.replaceAll((name, thing) -> {
            if (!(thing instanceof Map<?, ?> settings) || !where.test(name)) {
                return thing;
            }
            Map<String, Object> rest = YamlTree.withTextKeys(settings);
            rest.remove(setting);
            return rest;
        });
        var copy = new LinkedHashMap<>(tree);
        copy.put(mapping, changed);
        return copy;
    }

    private static boolean has(Map<String, Object> tree, String mapping, String name, String setting) {
        return tree.get(mapping) instanceof Map<?, ?> things && things.get(name) instanceof Map<?, ?> settings
                && settings.containsKey(setting);
    }
}
