package dev.penstock.ingress.routing;

/**
 * How a provider, or a model of one, looks now.
 *
 * @param quota calls that all workers together may have open; 0: nothing has been heard of it
 * @param free how many of them may be begun
 * @param waiting how many requests wait for one
 * @param firstTokenMs milliseconds to the first token; negative if unknown
 * @param open whether every breaker keeps calls away
 * @param own requests of this event loop that are open
 */
public record Sight(int quota, int free, int waiting, int firstTokenMs, boolean open, int own) {
    /** Nothing has been heard. */
    public static final Sight NONE = new Sight(0, 0, 0, -1, false, 0);

    /** Whether a worker has said anything of it of late. */
    public boolean isHeard() {
        return quota > 0;
    }

    /** Whether requests wait for it already. */
    public boolean isFull() {
        return isHeard() && free <= 0 && waiting > 0;
    }

    /** How much it has to do, 1 being all it can at once. What is said is up to a second old, so what is known here counts. */
    double load() {
        return isHeard() ? Math.max(quota - free + waiting, own) / (double) quota : own;
    }
}
