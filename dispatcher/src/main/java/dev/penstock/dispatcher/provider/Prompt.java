package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a request as providers want them that are not of OpenAI's dialect: the instructions apart, then user
 * and assistant in turns, each turn whole, with the results of tools first in the user's.
 *
 * @param system what system and developer say, wherever they say it
 */
record Prompt(List<Part.Text> system, List<Turn> turns) {
    /** Whether the last turn of the model called tools and nothing tells what it thought before. */
    boolean thoughtsLost(CarriedState carrier) {
        if (turns.size() < 2 || turns.getLast().assistant()
                || !(turns.getLast().parts().getFirst() instanceof Part.Result)) {
            return false;
        }
        return turns.get(turns.size() - 2).parts().stream().noneMatch(part -> part instanceof Part.Thought
                || part instanceof Part.Call call && carrier.read(call.id()) != null);
    }

    /** All that one side says before the other speaks; never nothing. */
    record Turn(boolean assistant, List<Part> parts) {
        /**
         * Goes through a turn in the order that its provider wants: the model thinks before it speaks, though what it
         * thought is in the id of its first call, and before each further call. Thoughts in the open count where ids
         * carry none.
         *
         * @param carrier whose state is looked for in the ids; null: nobody's
         */
        void replay(@Nullable CarriedState carrier, Consumer<byte[]> thoughts, Consumer<Part> rest) {
            var carried = new IdentityHashMap<Part, byte[]>();
            Part first = null;
            for (Part part : parts) {
                byte[] state = carrier != null && part instanceof Part.Call call ? carrier.read(call.id()) : null;
                if (state != null) {
                    carried.put(part, state);
                    first = first == null ? part : first;
                }
            }
            if (first != null) {
                thoughts.accept(carried.remove(first));
            }
            for (Part part : parts) {
                if (carried.containsKey(part)) {
                    thoughts.accept(carried.get(part));
                }
                if (first == null || !(part instanceof Part.Thought)) {
                    rest.accept(part);
                }
            }
        }
    }

    /** A part of a turn. */
    sealed interface Part {
        /** The mark behind which the provider may cache, as Anthropic has it; or null. */
        @Nullable
        JsonNode cacheControl();

        /** Text, not empty. */
        record Text(String text, @Nullable JsonNode cacheControl) implements Part {}

        record Picture(Source source, @Nullable JsonNode cacheControl) implements Part {}

        record Document(Source source, @Nullable String name, @Nullable JsonNode cacheControl) implements Part {}

        /**
         * A call of a tool.
         *
         * @param id as the client has it, perhaps with {@link CarriedState}
         * @param arguments a JSON object
         */
        record Call(String id, String name, JsonNode arguments) implements Part {
            @Override
            public @Nullable JsonNode cacheControl() {
                return null;
            }
        }

        /**
         * What a call has led to.
         *
         * @param content perhaps nothing
         */
        record Result(String callId, List<Text> content, @Nullable JsonNode cacheControl) implements Part {}

        /**
         * Reasoning that the client gives back in the open, as Anthropic's own clients and OpenRouter's do.
         *
         * @param secret reasoning that only the provider can read; then there is no text and no signature
         */
        record Thought(String text, String signature, @Nullable String secret) implements Part {
            @Override
            public @Nullable JsonNode cacheControl() {
                return null;
            }
        }
    }

    /** Where a picture or document is. */
    sealed interface Source {
        record Data(String mediaType, String base64) implements Source {}

        record Url(String url) implements Source {}
    }
}
