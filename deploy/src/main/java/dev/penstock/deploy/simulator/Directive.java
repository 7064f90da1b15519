package dev.penstock.deploy.simulator;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a request asks of the simulator itself: words such as {@code ttft=50 itl=20 tokens=100 fault=drop@10}, the flag
 * {@code endless}, {@code tool} or {@code tool=N} for N calls at once, or a fault without its {@code fault=}.
 * {@code cached=N}, {@code written=N} and {@code tier=NAME} are what it is to say of the cache and the service tier, and
 * {@code like=MODEL} lets it answer for a model of any name. {@code batch=FAULT} strikes in a batch only. {@code again=N}
 * has it say so many characters again of an answer that it goes on with. They come in the header {@code x-sim} or as
 * {@code [[sim ...]]} in a message's text, since a gateway forwards no headers. A later word beats an earlier one; words of
 * no meaning are passed over, as a model passes over them.
 */
record Directive(Map<String, String> words) {
    static final Directive NONE = new Directive(Map.of());
    private static final String OPEN = "[[sim";
    private static final String CLOSE = "]]";

    /** This directive with what the {@code [[sim ...]]} marks in the text add to it. */
    Directive withMarksIn(String text) {
        var directive = this;
        for (int open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, open + 1)) {
            int close = text.indexOf(CLOSE, open);
            if (close > 0) {
                directive = directive.with(text.substring(open + OPEN.length(), close));
            }
        }
        return directive;
    }

    /** This directive with these words added. */
    Directive with(String text) {
        var all = new HashMap<>(words);
        for (String word : text.strip().split("\\s+", -1)) {
            int equals = word.indexOf('=');
            if (equals >= 0) {
                all.put(word.substring(0, equals), word.substring(equals + 1));
            } else if (word.equals("endless")) {
                all.put("tokens", "0");
            } else if (Fault.parse(word).isPresent()) {
                all.put("fault", word);
            } else {
                all.put(word, "");
            }
        }
        return new Directive(all);
    }

    /** The model's pace with what was asked for in its place. */
    Pace over(Pace pace) {
        return new Pace((long) number("ttft", (double) pace.ttftMillis()), number("itl", pace.itlMillis()),
                (long) number("tokens", (double) pace.tokens()));
    }

    Optional<Fault> fault() {
        return Optional.ofNullable(words.get("fault")).flatMap(Fault::parse);
    }

    /** The fault that strikes this request in a batch, and not as a call of its own. */
    Optional<Fault> batchFault() {
        return Optional.ofNullable(words.get("batch")).flatMap(Fault::parse);
    }

    /** How many tools the model is to call at once although it may choose; 0 if none. */
    int tools() {
        return words.containsKey("tool") ? (int) number("tool", 1) : 0;
    }

    /** In the place of which of the simulator's models one of this name answers. */
    String like(String model) {
        return words.getOrDefault("like", model);
    }

    /** How many tokens of a prompt came from the cache. */
    long cached(long prompt) {
        return Math.min(prompt, (long) number("cached", 0));
    }

    /** How many of the others were written to it. */
    long written(long prompt) {
        return Math.min(prompt - cached(prompt), (long) number("written", 0));
    }

    /** The tier in which the request is said to be served. */
    String tier() {
        return words.getOrDefault("tier", "default");
    }

    /** How many characters of an answer that it goes on with it says again; negative if that is left to the request. */
    int again() {
        return (int) number("again", -1);
    }

    private double number(String name, double otherwise) {
        String value = words.getOrDefault(name, "");
        return value.matches("\\d{1,9}(\\.\\d{1,3})?") ? Double.parseDouble(value) : otherwise;
    }
}
