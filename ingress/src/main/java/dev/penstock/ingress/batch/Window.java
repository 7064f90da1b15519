package dev.penstock.ingress.batch;

import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.RequestEnvelope;
import java.time.Duration;

/**
 * How many lines of a job may be in flight at once, and how long they are waited for. What goes to a provider's batch API
 * is to go there together, and that tells what it has done only when it has stopped. Confined to one thread.
 */
final class Window {
    /** OpenAI takes up to ten minutes to cancel. */
    private static final Duration HANDED_OVER_PATIENCE = Duration.ofMinutes(15);

    private final RunnerConfig config;
    private boolean handedOver;

    Window(RunnerConfig config, Batch batch) {
        this.config = config;
        String model = batch.getModel();
        this.handedOver = model != null && config.handsOver().test(model);
    }

    /** A line of the job is fed. */
    void fed(RequestEnvelope line) {
        String name = line.getRoute().get(line.getNext()).getName();
        handedOver |= config.handsOver().test(name.isEmpty() ? line.getModel() : name);
    }

    int lines() {
        return handedOver ? config.mostLines() : config.window();
    }

    /** How long lines in flight of a job that is cancelled are waited for. */
    Duration patience() {
        return handedOver ? HANDED_OVER_PATIENCE : config.cancelPatience();
    }
}
