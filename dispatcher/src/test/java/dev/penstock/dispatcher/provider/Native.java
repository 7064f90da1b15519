package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.catalog.ProviderKind;

/**
 * What the answers of other dialects say, written down as OpenAI would have said it, by plain trees and without regard to
 * speed: the yardstick for the decoders of those dialects.
 */
final class Native {
    private Native() {}

    /** A chunk or a whole answer of a provider's as OpenAI's; of OpenAI's dialect it is that already. */
    static JsonNode openAi(ProviderKind kind, JsonNode body, String part) {
        return switch (kind) {
            case GEMINI, VERTEX -> gemini(body, part);
            case OLLAMA_NATIVE -> ollama(body, part);
            case QWEN_NATIVE -> qwen(body, part);
            case OPENAI, AZURE, DEEPSEEK, GROQ, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA, OPENAI_COMPATIBLE -> body;
            case OPENAI_RESPONSES, ANTHROPIC, BEDROCK -> throw new IllegalArgumentException("has tests of its own");
        };
    }

    private static JsonNode gemini(JsonNode body, String part) {
        ObjectNode made = Recordings.JSON.createObjectNode();
        made.set("model", body.path("modelVersion"));
        ArrayNode choices = made.putArray("choices");
        for (JsonNode candidate : body.path("candidates")) {
            ObjectNode choice = choices.addObject().put("index", candidate.path("index").asInt());
            ObjectNode said = choice.putObject(part);
            for (JsonNode piece : candidate.path("content").path("parts")) {
                if (piece.has("text")) {
                    String field = piece.path("thought").asBoolean() ? "reasoning_content" : "content";
                    said.put(field, said.path(field).asText() + piece.path("text").asText());
                }
                if (piece.has("functionCall")) {
                    call(said, piece.at("/functionCall/name").asText(), piece.at("/functionCall/args"));
                }
            }
            choice.put("finish_reason", switch (candidate.path("finishReason").asText()) {
                case "" -> null;
                case "STOP", "UNEXPECTED_TOOL_CALL" -> "stop";
                case "MAX_TOKENS" -> "length";
                default -> "content_filter";
            });
        }
        if (body.at("/promptFeedback/blockReason").isTextual() && choices.isEmpty()) {
            choices.addObject().put("index", 0).put("finish_reason", "content_filter").putObject(part);
        }
        JsonNode usage = body.path("usageMetadata");
        if (usage.isObject()) {
            usage(made, usage.path("promptTokenCount").asLong() + usage.path("toolUsePromptTokenCount").asLong(),
                    usage.path("candidatesTokenCount").asLong() + usage.path("thoughtsTokenCount").asLong(),
                    usage.path("totalTokenCount").asLong(), usage.path("cachedContentTokenCount").asLong(),
                    usage.path("thoughtsTokenCount").asLong());
        }
        return made;
    }

    private static JsonNode ollama(JsonNode body, String part) {
        ObjectNode made = Recordings.JSON.createObjectNode();
        made.set("model", body.path("model"));
        ObjectNode choice = made.putArray("choices").addObject().put("index", 0);
        ObjectNode said = choice.putObject(part).put("content", body.at("/message/content").asText());
        if (body.at("/message/thinking").isTextual()) {
            said.put("reasoning_content", body.at("/message/thinking").asText());
        }
        for (JsonNode call : body.at("/message/tool_calls")) {
            call(said, call.at("/function/name").asText(), call.at("/function/arguments"));
        }
        if (body.path("done").asBoolean()) {
            choice.put("finish_reason", body.path("done_reason").asText().equals("length") ? "length" : "stop");
            long prompt = body.path("prompt_eval_count").asLong();
            long completion = body.path("eval_count").asLong();
            if (body.has("prompt_eval_count")) {
                usage(made, prompt, completion, prompt + completion, 0, 0);
            }
        }
        return made;
    }

    private static JsonNode qwen(JsonNode body, String part) {
        ObjectNode made = Recordings.JSON.createObjectNode();
        ArrayNode choices = made.putArray("choices");
        for (JsonNode given : body.at("/output/choices")) {
            ObjectNode choice = choices.addObject().put("index", given.path("index").asInt());
            String finish = given.path("finish_reason").asText();
            choice.put("finish_reason", finish.equals("null") ? null : finish);
            choice.set(part, given.path("message"));
        }
        JsonNode usage = body.path("usage");
        if (usage.isObject()) {
            long input = usage.path("input_tokens").asLong();
            long output = usage.path("output_tokens").asLong();
            usage(made, input, output, usage.path("total_tokens").asLong(input + output),
                    usage.at("/prompt_tokens_details/cached_tokens").asLong(),
                    usage.at("/output_tokens_details/reasoning_tokens").asLong());
        }
        return made;
    }

    private static void call(ObjectNode said, String name, JsonNode arguments) {
        ArrayNode calls = said.withArray("tool_calls");
        calls.addObject().put("index", calls.size() - 1).putObject("function").put("name", name).put("arguments",
                arguments.isObject() ? arguments.toString() : "{}");
    }

    private static void usage(ObjectNode made, long prompt, long completion, long total, long cached, long reasoning) {
        ObjectNode usage = made.putObject("usage").put("prompt_tokens", prompt).put("completion_tokens", completion)
                .put("total_tokens", total);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cached);
        usage.putObject("completion_tokens_details").put("reasoning_tokens", reasoning);
    }
}
