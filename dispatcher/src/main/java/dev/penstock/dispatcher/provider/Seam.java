package dev.penstock.dispatcher.provider;

/**
 * Joins what a model goes on with to what was told before, with nothing doubled and nothing lost. A model may say again
 * the last words that it was told to begin with, or more of what was told, or all of it; and where that ends in white
 * space it may begin with the same. What it says is held until it is clear which. Confined to one thread.
 *
 * <p>What is said again is told from a text that happens to repeat itself by what was asked for: exactly the words that
 * the model was to begin with are left out, however much more of the kind follows. Anything else has to be the whole end
 * of what was told, and no shorter than chance would have it.
 */
final class Seam {
    /** An end of so many characters is said again by intent. */
    private static final int NO_CHANCE = 8;

    private final String told;
    /** The white space at the end of what was told, as far as it may still come again. */
    private String space;
    private final String again;
    private final StringBuilder held = new StringBuilder();
    /** Where in what was told the text that is held was first found. */
    private int at;
    private boolean joined;

    /** @param again what the model is expected to begin with, an end of what was told; empty: nothing */
    Seam(String told, String again) {
        this.told = told.stripTrailing();
        this.space = told.substring(this.told.length());
        this.again = again.strip();
        this.joined = this.again.isEmpty();
    }

    /** What of this is new; empty while that is open. */
    String take(String more) {
        if (joined) {
            return withoutSpace(more);
        }
        held.append(more);
        String said = held.toString().stripLeading();
        if (said.startsWith(again)) {
            return join(said.substring(again.length()));
        }
        return again.startsWith(said) || mayReachTheEnd(said) ? "" : join(said, held.toString());
    }

    /** What is still held, when nothing more comes. */
    String rest() {
        return joined ? "" : join(held.toString().stripLeading(), held.toString());
    }

    private boolean mayReachTheEnd(String said) {
        at = told.indexOf(said, at);
        return at >= 0;
    }

    private String join(String said, String all) {
        int least = Math.min(NO_CHANCE, told.length());
        for (int length = Math.min(said.length(), told.length()); length >= least; length--) {
            if (told.endsWith(said.substring(0, length))) {
                return join(said.substring(length));
            }
        }
        return join(all);
    }

    private String join(String news) {
        joined = true;
        return withoutSpace(news);
    }

    private String withoutSpace(String news) {
        int same = 0;
        while (same < space.length() && same < news.length() && space.charAt(same) == news.charAt(same)) {
            same++;
        }
        space = same == news.length() ? space.substring(same) : "";
        return news.substring(same);
    }
}
