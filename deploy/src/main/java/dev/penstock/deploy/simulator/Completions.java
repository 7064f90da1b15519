package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON of a chat completion: CreateChatCompletionResponse and CompletionUsage in OpenAI's OpenAPI description. */
final class Completions {
    private Completions() {}

    /** The whole answer in one piece. */
    static ObjectNode whole(Chat chat) {
        var completion = envelope(chat, "chat.completion");
        var choices = completion.putArray("choices");
        String text = chat.text();
        for (int choice = 0; choice < chat.request().n(); choice++) {
            choices.addObject().put("index", choice).<ObjectNode>set("message", message(chat, choice, text))
                    .putNull("logprobs").put("finish_reason", chat.finishReason());
        }
        completion.set("usage", usage(chat));
        return completion;
    }

    /** What every object of the answer starts with, chunks included. */
    static ObjectNode envelope(Chat chat, String object) {
        return JsonNodeFactory.instance.objectNode().put("id", "chatcmpl-" + chat.id()).put("object", object)
                .put("created", chat.created()).put("model", chat.request().model())
                .put("service_tier", chat.request().directive().tier())
                .put("system_fingerprint", "fp_simulator");
    }

    static ObjectNode toolCall(Chat chat, Answer.ToolCalls calls, int call, int choice, String arguments) {
        var json = JsonNodeFactory.instance.objectNode().put("id", "call_" + choice + "_" + call + "_" + chat.id())
                .put("type", "function");
        json.putObject("function").put("name", calls.calls().get(call).name()).put("arguments", arguments);
        return json;
    }

    static ObjectNode usage(Chat chat) {
        long prompt = chat.request().promptTokens();
        long completion = chat.completionTokens();
        var usage = JsonNodeFactory.instance.objectNode().put("prompt_tokens", prompt)
                .put("completion_tokens", completion).put("total_tokens", prompt + completion);
        Directive directive = chat.request().directive();
        var details = usage.putObject("prompt_tokens_details").put("cached_tokens", directive.cached(prompt))
                .put("audio_tokens", 0);
        if (directive.written(prompt) > 0) {
            details.put("cache_write_tokens", directive.written(prompt));
        }
        usage.putObject("completion_tokens_details").put("reasoning_tokens", 0).put("audio_tokens", 0)
                .put("accepted_prediction_tokens", 0).put("rejected_prediction_tokens", 0);
        return usage;
    }

    private static ObjectNode message(Chat chat, int choice, String text) {
        var message = JsonNodeFactory.instance.objectNode().put("role", "assistant");
        switch (chat.answer()) {
            case Answer.Text _,Answer.Json _ -> message.put("content", text);
            case Answer.ToolCalls calls -> {
                var all = message.putNull("content").putArray("tool_calls");
                for (int call = 0; call < calls.calls().size(); call++) {
                    all.add(toolCall(chat, calls, call, choice, calls.calls().get(call).arguments(chat.length())));
                }
            }
        }
        message.putNull("refusal").putArray("annotations");
        return message;
    }
}
