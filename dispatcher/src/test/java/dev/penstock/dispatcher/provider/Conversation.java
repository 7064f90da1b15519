package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an answer says, read by plain trees and without regard to speed: the yardstick for the decoder. Reads the
 * provider's side and ours alike.
 */
record Conversation(Map<Integer, Choice> choices) {
    /** What one choice says. */
    static final class Choice {
        final StringBuilder content = new StringBuilder();
        final StringBuilder reasoning = new StringBuilder();
        final StringBuilder refusal = new StringBuilder();
        final Map<Integer, List<String>> calls = new LinkedHashMap<>();
        final List<JsonNode> logprobs = new ArrayList<>();
        String finish = "";

        @Override
        public String toString() {
            return content + "|" + reasoning + "|" + refusal + "|" + calls + "|" + logprobs + "|" + finish;
        }
    }

    static Conversation ofStream(byte[] events) throws IOException {
        return ofChunks(chunks(events));
    }

    static Conversation ofChunks(List<JsonNode> chunks) {
        var conversation = new Conversation(new TreeMap<>());
        for (JsonNode chunk : chunks) {
            conversation.add(chunk, "delta");
        }
        return conversation;
    }

    /** For dialects whose calls have no ids, come as objects, and are no reason to finish. */
    Conversation ofNativeCalls() throws IOException {
        for (Choice choice : choices.values()) {
            for (List<String> call : choice.calls.values()) {
                call.set(0, "");
                call.set(2, Recordings.JSON.readTree(call.get(2)).toString());
            }
            choice.finish = choice.finish.equals("stop") && !choice.calls.isEmpty() ? "tool_calls" : choice.finish;
        }
        return this;
    }

    static Conversation ofWhole(JsonNode body) {
        var conversation = new Conversation(new TreeMap<>());
        conversation.add(body, "message");
        return conversation;
    }

    static List<JsonNode> chunks(byte[] events) throws IOException {
        var chunks = new ArrayList<JsonNode>();
        for (String line : new String(events, StandardCharsets.UTF_8).split("\r?\n", -1)) {
            if (line.startsWith("data:") && !line.contains("[DONE]")) {
                chunks.add(Recordings.JSON.readTree(line.substring(5)));
            } else if (line.startsWith("{")) {
                chunks.add(Recordings.JSON.readTree(line));
            }
        }
        return chunks;
    }

    private void add(JsonNode chunk, String part) {
        for (JsonNode node : chunk.path("choices")) {
            Choice choice = choices.computeIfAbsent(node.path("index").asInt(), _ -> new Choice());
            JsonNode said = node.path(part);
            add(choice, said.path("content"));
            choice.reasoning
                    .append(said.path("reasoning_content").asText("").isEmpty()
                            ? text(said.path("reasoning"))
                            : text(said.path("reasoning_content")));
            choice.refusal.append(text(said.path("refusal")));
            int position = 0;
            for (JsonNode call : said.path("tool_calls")) {
                List<String> parts = choice.calls.computeIfAbsent(call.path("index").asInt(position),
                        _ -> new ArrayList<>(List.of("", "", "")));
                merge(parts, call);
                position++;
            }
            if (node.hasNonNull("logprobs")) {
                choice.logprobs.add(node.get("logprobs"));
            }
            if (choice.finish.isEmpty() && !text(node.path("finish_reason")).isEmpty()) {
                choice.finish = node.path("finish_reason").asText();
                choice.calls.values().stream().filter(call -> call.get(2).isEmpty()).forEach(call -> call.set(2, "{}"));
            }
        }
    }

    private static void merge(List<String> parts, JsonNode call) {
        parts.set(0, parts.get(0).isEmpty() ? text(call.path("id")) : parts.get(0));
        parts.set(1, parts.get(1).isEmpty() ? text(call.path("function").path("name")) : parts.get(1));
        parts.set(2, parts.get(2) + text(call.path("function").path("arguments")));
    }

    private static void add(Choice choice, JsonNode content) {
        choice.content.append(text(content));
        for (JsonNode part : content) {
            choice.content.append(text(part.path("text")));
            for (JsonNode thought : part.path("thinking")) {
                choice.reasoning.append(text(thought.path("text")));
            }
        }
    }

    private static String text(JsonNode node) {
        return node.isTextual() ? node.asText() : "";
    }
}
