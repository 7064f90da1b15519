package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import org.jspecify.annotations.Nullable;

/** Takes in the body of a provider's answer and knows how the call ends. Confined to one thread; of no use after. */
interface Answer {
    /** Takes the next bytes; not null if the call is over with them. */
    @Nullable
    Outcome feed(byte[] bytes);

    /** The body is complete. */
    Outcome end();

    /** No more can come, because of this. */
    Outcome cut(ApiError why);

    /** What has been used by a call that is given up now. */
    Consumption consumption();
}
