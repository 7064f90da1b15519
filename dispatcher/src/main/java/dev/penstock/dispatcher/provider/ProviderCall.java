package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.policy.Headroom;
import io.vertx.core.Future;
import java.util.List;

/** A call under way. Every method is to be called on the event loop that made the call. */
public interface ProviderCall {
    /** How the call ends; never fails. Complete when all that the sink will get, it has got. */
    Future<Outcome> outcome();

    /** Fields of the caller's request that the provider does not get, or not as they were given. */
    List<String> dropped();

    /** What the answer's head says is left of the provider's quotas. */
    Headroom headroom();

    /** Cuts the call off so that the provider notices at once. The outcome, unless it is known already, is abandoned. */
    void cancel();

    /** Stops reading from the provider. What it may send into the void is bounded by the socket's or stream's window. */
    void pause();

    /** Reads on. */
    void resume();
}
