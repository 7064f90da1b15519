package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.event.Continued;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts what an answer uses: the provider's figures as far as it has said some, until then an estimate. */
final class Tally {
    private final long promptBytes;
    private final @Nullable Price price;
    private final @Nullable Continued continued;
    private final @Nullable Used usedBefore;
    private final @Nullable Consumption before;
    private long pieces;
    private long bytes;
    private @Nullable Usage prompted;
    private @Nullable Used used;
    private @Nullable String serviceTier;
    private boolean inBatch;

    /** @param price null if it is unknown */
    Tally(long promptBytes, @Nullable Price price) {
        this(promptBytes, price, null);
    }

    /**
     * @param price null if it is unknown
     * @param continued what attempts before this one came to, if it goes on with their answer
     */
    Tally(long promptBytes, @Nullable Price price, @Nullable Continued continued) {
        this(promptBytes, price, continued, null, null);
    }

    private Tally(long promptBytes, @Nullable Price price, @Nullable Continued continued, @Nullable Used usedBefore,
            @Nullable Consumption before) {
        this.promptBytes = promptBytes;
        this.price = price;
        this.continued = continued;
        this.usedBefore = usedBefore;
        this.before = before;
    }

    /** That of an answer that came by the provider's batch API: whatever it says, it is billed as that. */
    static Tally ofBatch(long promptBytes, @Nullable Price price) {
        var tally = new Tally(promptBytes, price);
        tally.inBatch = true;
        tally.serviceTier = Price.BATCH;
        return tally;
    }

    /** That of another call for the same request, with what this one has come to in it. */
    Tally next() {
        return new Tally(promptBytes, price, continued, used(), consumption());
    }

    void origin(Origin origin) {
        if (!inBatch) {
            serviceTier = origin.serviceTier();
        }
    }

    void delta(Delta delta) {
        long already = bytes;
        bytes += utf8Length(delta.content()) + utf8Length(delta.reasoning()) + utf8Length(delta.refusal());
        for (int i = 0; i < delta.toolCalls().size(); i++) {
            ToolCall call = delta.toolCalls().get(i);
            bytes += utf8Length(call.name()) + utf8Length(call.arguments());
        }
        if (bytes > already) {
            pieces++;
        }
    }

    /** The provider has counted the prompt. */
    void prompted(Usage usage) {
        prompted = usage;
    }

    void used(Used used) {
        this.used = used;
    }

    Used used() {
        Used own = used == null ? new Used(estimate(), Map.of(), Map.of()) : used;
        return usedBefore == null ? own : own.plus(usedBefore);
    }

    Consumption consumption() {
        Usage usage = used().usage();
        return before == null
                ? new Consumption(usage, used == null, serviceTier, 1)
                : new Consumption(usage, used == null || before.estimated(),
                        serviceTier == null ? before.serviceTier() : serviceTier, before.calls() + 1);
    }

    /** What the calls before this one have used: what there is to pay for if no answer comes of this one. */
    Consumption before() {
        return before == null ? new Consumption(new Usage(0, 0, 0, 0, 0), true) : before;
    }

    /**
     * The end of an answer of which nothing can be shown: it is paid for all the same if the provider has counted it.
     *
     * @param before what had been told before
     */
    Outcome unanswered(ApiError why, @Nullable Spoken before) {
        boolean counted = used != null && used.usage().inputTokens() + used.usage().outputTokens() > 0;
        return counted ? new Outcome.Broken(why, consumption(), before) : Outcome.unanswered(why);
    }

    /** What the caller's answer has used up to now, with the attempts before this one. */
    Used total() {
        Used own = used();
        return continued == null
                ? own
                : new Used(own.usage().plus(Usage.of(continued.getTokens())), own.otherInput(), own.otherOutput());
    }

    /** What that costs, in nano-US-dollars; null if that is unknown. */
    @Nullable
    Long totalCost() {
        Long own = price == null ? null : price.cost(consumption().tokens());
        if (continued == null || own == null) {
            return own;
        }
        return continued.getCostNanoUsd() == null ? null : Long.valueOf(own + continued.getCostNanoUsd());
    }

    private Usage estimate() {
        long output = Math.max(pieces, (bytes + 3) / 4);
        return prompted == null ? new Usage((promptBytes + 3) / 4, output, 0, 0, 0) : prompted.withOutput(output);
    }

    private static long utf8Length(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        long length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                length += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return length;
    }
}
