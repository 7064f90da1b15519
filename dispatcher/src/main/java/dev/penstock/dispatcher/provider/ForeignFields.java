package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.catalog.ProviderKind;
import java.util.function.Consumer;

/**
 * Puts the fields of Anthropic's that a request by another API carries into a provider's own terms, in place, or takes
 * them out where it has none: most refuse what they do not know. A caller by chat completions has asked for what it
 * sends, and nothing of it is changed.
 *
 * <p>A budget for thinking is not made an effort: models that reason do so without being told, and others refuse to be.
 */
final class ForeignFields {
    private ForeignFields() {}

    static void settle(ObjectNode request, ProviderKind kind, Gaps gaps) {
        request.remove("reasoning"); // a summary is OpenAI's Responses' to give
        switch (kind) {
            case OPENROUTER -> {
                int budget = request.path("thinking").path("budget_tokens").asInt();
                if (budget > 0) {
                    request.putObject("reasoning").put("max_tokens", budget);
                }
                request.remove("thinking");
            }
            case QWEN -> {
                JsonNode thinking = request.path("thinking");
                if (thinking.isObject()) {
                    request.put("enable_thinking", !thinking.path("type").asText().equals("disabled"));
                    request.remove("thinking");
                }
                if (thinking.has("budget_tokens")) {
                    request.set("thinking_budget", thinking.get("budget_tokens"));
                }
                forEachMessage(request, message -> message.remove("reasoning_details"));
            }
            case DEEPSEEK -> {
                if (request.path("thinking") instanceof ObjectNode thinking) {
                    boolean off = thinking.path("type").asText().equals("disabled");
                    thinking.removeAll().put("type", off ? "disabled" : "enabled");
                }
                plain(request, gaps);
            }
            case OPENAI, AZURE -> {
                forEachMessage(request, message -> message.remove("reasoning_content"));
                drop(request, "thinking", gaps);
                plain(request, gaps);
            }
            case GROQ, MISTRAL, XAI, OLLAMA -> {
                drop(request, "thinking", gaps);
                plain(request, gaps);
            }
            case OPENAI_RESPONSES, ANTHROPIC, BEDROCK, GEMINI, VERTEX, QWEN_NATIVE, OLLAMA_NATIVE -> {
            } // their dialects know these fields
            case OPENAI_COMPATIBLE -> {
            } // whoever it is: such servers pass over what they do not know, and some know it
        }
    }

    private static void plain(ObjectNode request, Gaps gaps) {
        drop(request, "top_k", gaps);
        request.path("tools").forEach(ForeignFields::unmark);
        forEachMessage(request, message -> {
            message.remove("reasoning_details");
            unmark(message);
            if (message.path("content") instanceof ArrayNode parts) {
                parts.forEach(ForeignFields::unmark);
                join(message, parts);
            }
        });
    }

    private static void drop(ObjectNode request, String field, Gaps gaps) {
        if (request.remove(field) != null) {
            gaps.drop(field);
        }
    }

    private static void unmark(JsonNode marked) {
        if (marked instanceof ObjectNode object) {
            object.remove("cache_control");
        }
    }

    /** Texts alone are one text, which some models need. An answer in several blocks was one text before. */
    private static void join(ObjectNode message, ArrayNode parts) {
        var text = new StringBuilder();
        for (JsonNode part : parts) {
            if (!part.path("type").asText().equals("text")) {
                return;
            }
            text.append(text.isEmpty() || message.path("role").asText().equals("assistant") ? "" : "\n\n")
                    .append(part.path("text").asText());
        }
        message.put("content", text.toString());
    }

    private static void forEachMessage(ObjectNode request, Consumer<ObjectNode> change) {
        for (JsonNode message : request.path("messages")) {
            if (message instanceof ObjectNode object) {
                change.accept(object);
            }
        }
    }
}
