package dev.penstock.dispatcher.provider;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a model of Anthropic's can do, by its name, on whatever platform: {@code claude-sonnet-4-5-20250929},
 * {@code us.anthropic.claude-3-7-sonnet-20250219-v1:0}. Every generation takes thinking and sampling in another way and
 * refuses the others' with 400. A later model is taken to be like the latest one of its family that is known.
 *
 * @param version tenfold: 45 is 4.5
 * @see <a href="https://platform.claude.com/docs/en/about-claude/models/overview">Models</a>
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/effort">Effort</a>
 */
record ClaudeModel(Family family, int version) {
    private static final Pattern NAME = Pattern.compile("claude-([a-z]+)-(\\d)(?:[.-](\\d)(?!\\d))?");
    /** Up to 3.7 the version stood first. */
    private static final Pattern OLD_NAME = Pattern.compile("claude-(\\d)(?:[.-](\\d)(?!\\d))?-([a-z]+)");

    enum Family {
        HAIKU, SONNET, OPUS,
        /** Fable, Mythos and what may follow. */
        OTHER
    }

    /** Of anybody's model that is served by Anthropic's API: it is asked for nothing special. */
    private static final ClaudeModel UNKNOWN = new ClaudeModel(Family.OTHER, 0);

    static ClaudeModel of(String name) {
        Matcher old = OLD_NAME.matcher(name);
        if (old.find()) {
            return new ClaudeModel(family(old.group(3)), version(old.group(1), old.group(2)));
        }
        Matcher match = NAME.matcher(name);
        return match.find()
                ? new ClaudeModel(family(match.group(1)), version(match.group(2), match.group(3)))
                : UNKNOWN;
    }

    private static Family family(String name) {
        return switch (name) {
            case "haiku" -> Family.HAIKU;
            case "sonnet" -> Family.SONNET;
            case "opus" -> Family.OPUS;
            default -> Family.OTHER;
        };
    }

    private static int version(String major, @Nullable String minor) {
        return Integer.parseInt(major) * 10 + (minor == null ? 0 : Integer.parseInt(minor));
    }

    boolean isKnown() {
        return version > 0;
    }

    /** The most tokens of an answer; a modest number if the model is not known. */
    int maxOutput() {
        if (isKnown() && version < 35) {
            return 4_096;
        }
        if (version < 37) {
            return 8_192;
        }
        if (family == Family.OPUS && version < 45) {
            return 32_000;
        }
        return version >= 50 && family != Family.HAIKU || family == Family.OPUS && version >= 46 ? 128_000 : 64_000;
    }

    /** How it is made to think. */
    enum Thinking {
        NONE,
        /** By a budget of tokens. */
        BUDGET,
        /** As much as it sees fit, guided by an effort. */
        ADAPTIVE
    }

    Thinking thinking() {
        if (version < 37) {
            return Thinking.NONE;
        }
        return version >= 46 ? Thinking.ADAPTIVE : Thinking.BUDGET;
    }

    /** What to send as {@code thinking.type} so that it does not think; null if nothing does that, or has to. */
    @Nullable
    String thinkingOff() {
        return switch (family) {
            case HAIKU -> version >= 50 ? "disabled" : null;
            case SONNET -> version >= 55 ? "between_tools" : version >= 50 ? "disabled" : null;
            case OPUS -> version >= 50 && version < 55 ? "disabled" : null;
            case OTHER -> null;
        };
    }

    /** Whether it thinks whatever it is told. */
    boolean alwaysThinks() {
        return family == Family.OTHER || family == Family.OPUS && version >= 55;
    }

    /** Whether the text of its thoughts has to be asked for. */
    boolean hidesThoughts() {
        return version >= 47;
    }

    /** The effort that is nearest to OpenAI's {@code reasoning_effort}; null if it knows none. */
    @Nullable
    String effort(String openAi) {
        if (version < 45 || version == 45 && family != Family.OPUS) {
            return null;
        }
        return switch (openAi) {
            case "minimal" -> "low";
            case "xhigh" -> version >= 47 ? "xhigh" : "high";
            case "max" -> version >= 46 ? "max" : "high";
            default -> openAi;
        };
    }

    /** Whether it refuses {@code temperature}, {@code top_p} and {@code top_k}. */
    boolean refusesSampling() {
        return version >= 47;
    }

    /** Whether it takes either {@code temperature} or {@code top_p}, not both. */
    boolean samplesOneWay() {
        return version >= 45;
    }

    /** Whether answers and arguments can be held to a schema. */
    boolean keepsToSchemas() {
        return version >= 45;
    }

    /** Whether it can be made to call a tool. */
    boolean canBeForced() {
        return switch (family) {
            case HAIKU -> true;
            case SONNET, OPUS -> version < 55;
            case OTHER -> version < 51;
        };
    }
}
