package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer's only choice as the row of blocks that Messages and Responses are made of. One block is open at a time: it
 * ends where another begins. Confined to one thread.
 *
 * <p>The signature of reasoning, and reasoning that is kept secret, come in {@code reasoning_details} as OpenRouter has
 * them: {@code {"type":"reasoning.text","signature":..}} and {@code {"type":"reasoning.encrypted","data":..}}.
 *
 * @see <a href="https://openrouter.ai/docs/use-cases/reasoning-tokens">reasoning tokens</a>
 */
final class Blocks {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NO_ARGUMENTS = "{}";

    private final Listener listener;
    private final boolean keepsText;
    private final List<Block> all = new ArrayList<>();
    private final List<Block> calls = new ArrayList<>();
    private @Nullable Block open;
    private @Nullable FinishReason finish;

    /** What a block is. The text of {@link #REDACTED} is data for the provider alone, that of {@link #CALL} its arguments. */
    enum Kind {
        REASONING, REDACTED, TEXT, REFUSAL, CALL
    }

    /** A block, as far as it has come. */
    static final class Block {
        final Kind kind;
        final StringBuilder text = new StringBuilder();
        /** Of a call. */
        final String id;
        String name = "";
        @Nullable
        String signature;
        /** Its place in the answer, from 0; -1 before it is opened. */
        int index = -1;

        Block(Kind kind, String id) {
            this.kind = kind;
            this.id = id;
        }

        /** The arguments of a call if they are a JSON object; those of a call that was cut short are not. */
        boolean hasObject() {
            try {
                return JSON.readTree(text.toString()).isObject();
            } catch (IOException _) {
                return false;
            }
        }
    }

    /** Hears of every step. */
    interface Listener {
        Listener NONE = new Listener() {};

        /** A block begins. It has no text yet, or, if it is {@link Kind#REDACTED}, all of it. */
        default void opened(Block block) {}

        /** It has become longer. */
        default void grew(Block block, String more) {}

        /** It is complete. */
        default void closed(Block block) {}
    }

    /** @param keepsText whether what has been said is to be kept; what functions are called with is in any case */
    Blocks(Listener listener, boolean keepsText) {
        this.listener = listener;
        this.keepsText = keepsText;
    }

    List<Block> all() {
        return all;
    }

    /** Why the answer ended: calls that were made count as the reason, though some providers say that it just stopped. */
    FinishReason finishReason() {
        if (!calls.isEmpty() && (finish == null || finish == FinishReason.STOP)) {
            return FinishReason.TOOL_CALLS;
        }
        return finish == null ? FinishReason.STOP : finish;
    }

    void add(Delta delta) {
        if (delta.choice() != 0) {
            return;
        }
        append(Kind.REASONING, delta.reasoning());
        for (Raw field : delta.passed()) {
            if (field.name().equals("reasoning_details")) {
                details(field.json());
            }
        }
        append(Kind.TEXT, delta.content());
        append(Kind.REFUSAL, delta.refusal());
        for (ToolCall fragment : delta.toolCalls()) {
            call(fragment);
        }
        finish = delta.finish() == null ? finish : delta.finish();
    }

    /** Nothing more comes. */
    void end() {
        calls.stream().filter(call -> call.index < 0).forEach(this::begin);
        close();
    }

    private void append(Kind kind, @Nullable String more) {
        if (more == null || more.isEmpty()) {
            return;
        }
        Block block = open;
        if (block == null || block.kind != kind || block.signature != null) {
            block = new Block(kind, "");
            open(block);
        }
        grow(block, more);
    }

    private void details(String json) {
        JsonNode details;
        try {
            details = JSON.readTree(json);
        } catch (IOException _) {
            return;
        }
        for (JsonNode detail : details) {
            String data = detail.path("data").asText("");
            String signature = detail.path("signature").asText("");
            if (detail.path("type").asText().equals("reasoning.encrypted") && !data.isEmpty()) {
                var secret = new Block(Kind.REDACTED, "");
                secret.text.append(data);
                open(secret);
                close();
            } else if (!signature.isEmpty()) {
                Block thought = open;
                if (thought == null || thought.kind != Kind.REASONING) {
                    thought = new Block(Kind.REASONING, "");
                    open(thought);
                }
                thought.signature = signature;
            }
        }
    }

    private void call(ToolCall fragment) {
        if (fragment.index() == calls.size()) {
            calls.add(new Block(Kind.CALL, fragment.id() == null ? "" : fragment.id()));
        }
        Block call = calls.get(fragment.index());
        if (fragment.name() != null && call.index < 0) { // a block cannot begin without its name
            call.name = fragment.name();
            begin(call);
        }
        boolean saidAtItsEnd = call != open && call.text.toString().equals(NO_ARGUMENTS)
                && fragment.arguments().equals(NO_ARGUMENTS);
        if (call.index < 0) {
            call.text.append(fragment.arguments());
        } else if (!saidAtItsEnd) {
            grow(call, fragment.arguments());
        }
    }

    private void begin(Block call) {
        String early = call.text.toString();
        call.text.setLength(0);
        open(call);
        grow(call, early);
    }

    private void open(Block block) {
        close();
        block.index = all.size();
        all.add(block);
        open = block;
        listener.opened(block);
    }

    private void grow(Block block, String more) {
        if (!more.isEmpty()) {
            if (keepsText || block.kind == Kind.CALL) {
                block.text.append(more);
            }
            listener.grew(block, more);
        }
    }

    private void close() {
        Block closing = open;
        if (closing != null) {
            if (closing.kind == Kind.CALL && closing.text.isEmpty()) {
                grow(closing, NO_ARGUMENTS);
            }
            open = null;
            listener.closed(closing);
        }
    }
}
