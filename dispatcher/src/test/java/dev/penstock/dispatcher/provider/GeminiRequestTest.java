package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.GEMINI;
import static dev.penstock.schemas.catalog.ProviderKind.VERTEX;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class GeminiRequestTest {
    private static JsonNode sent(String model, String body) throws IOException {
        return Recordings.JSON.readTree(
                Samples.sent(GEMINI, Samples.envelope(false, false, body), Samples.candidate(model)).body());
    }

    private static void assertSent(String model, String body, String expected) throws IOException {
        assertThat(sent(model, body)).isEqualTo(Recordings.JSON.readTree(expected));
    }

    private static JsonNode config(String model, String fields) throws IOException {
        return sent(model, "{\"messages\":[]," + fields + "}").path("generationConfig");
    }

    private static String unsupported(String body) {
        Outbound outbound = Samples.dialect(GEMINI).request(Samples.envelope(false, false, body),
                Samples.candidate("gemini-2.5-flash"));
        return ((Outbound.Unsupported) outbound).error().param();
    }

    private static OutboundRequest to(ProviderKind kind, String model, boolean stream) {
        return Samples.sent(kind, stream ? Samples.streaming() : Samples.whole(), Samples.candidate(model));
    }

    @Test
    void namesTheModelInThePathAndTheKeyInAHeader() {
        OutboundRequest developer = to(GEMINI, "gemini-2.5-flash", false);
        assertThat(developer.path()).isEqualTo("/v1/models/gemini-2.5-flash:generateContent");
        assertThat(developer.headers()).containsEntry("x-goog-api-key", "sk-secret").doesNotContainKey("authorization");
        OutboundRequest vertex = to(VERTEX, "gemini-2.5-flash", true);
        assertThat(vertex.path())
                .isEqualTo("/v1/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
        assertThat(vertex.headers()).containsEntry("authorization", "Bearer sk-secret");
        assertThat(to(GEMINI, "tunedModels/mine-1", false).path()).isEqualTo("/v1/tunedModels/mine-1:generateContent");
        assertThat(to(GEMINI, "../x?key=a b", false).path())
                .isEqualTo("/v1/models/..%2Fx%3Fkey%3Da%20b:generateContent");
    }

    @Test
    void putsTheSystemApartAndLeavesTheTurnsAsTheyAre() throws IOException {
        assertSent("gemini-2.5-flash",
                """
                        {"messages":[{"role":"system","content":"a"},{"role":"developer","content":[{"type":"text","text":"b"}]},
                         {"role":"user","content":"c"},{"role":"assistant","content":"d","reasoning_content":"no"},
                         {"role":"user","content":[{"type":"text","text":"e"}]}]}""",
                """
                        {"systemInstruction":{"parts":[{"text":"a"},{"text":"b"}]},"contents":[{"role":"user","parts":[{"text":"c"}]},
                         {"role":"model","parts":[{"text":"d"}]},{"role":"user","parts":[{"text":"e"}]}]}""");
        assertSent("gemini-2.5-flash", "{\"messages\":[{\"role\":\"system\",\"content\":\"a\"}]}",
                "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}]}");
    }

    @Test
    void takesImagesSoundAndFiles() throws IOException {
        assertSent("gemini-2.5-flash",
                """
                        {"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/PNG;base64,AAAA"}},
                         {"type":"image_url","image_url":{"url":"https://x.test/a.JPG?b=c"}},
                         {"type":"image_url","image_url":{"url":"data:video/mp4;base64,BBBB"}},
                         {"type":"input_audio","input_audio":{"data":"CCCC","format":"wav"}},
                         {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,DDDD"}},
                         {"type":"file","file":{"file_id":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},
                         {"type":"image_url","image_url":{"url":"data:,a%20b+"}}]}]}""",
                """
                        {"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}},
                         {"fileData":{"mimeType":"image/jpeg","fileUri":"https://x.test/a.JPG?b=c"}},
                         {"inlineData":{"mimeType":"video/mp4","data":"BBBB"}},
                         {"inlineData":{"mimeType":"audio/wav","data":"CCCC"}},
                         {"inlineData":{"mimeType":"application/pdf","data":"DDDD"}},
                         {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},
                         {"inlineData":{"mimeType":"text/plain","data":"YSBiKw=="}}]}]}""");
    }

    @Test
    void givesTheResultsOfATurnInTheOrderOfItsCallsAndAsObjects() throws IOException {
        JsonNode contents = sent("gemini-2.5-flash",
                """
                        {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[
                         {"id":"1","type":"function","function":{"name":"f","arguments":"{\\"x\\":1}"}},
                         {"id":"2","type":"function","function":{"name":"f","arguments":""}}]},
                         {"role":"tool","tool_call_id":"2","content":"[1]"},{"role":"tool","tool_call_id":"1","content":"{\\"y\\":2}"},
                         {"role":"user","content":"go on"}]}""")
                .path("contents");
        assertThat(contents).isEqualTo(Recordings.JSON.readTree(
                """
                        [{"role":"user","parts":[{"text":"q"}]},
                         {"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":1}}},{"functionCall":{"name":"f","args":{}}}]},
                         {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"y":2}}},
                          {"functionResponse":{"name":"f","response":{"result":"[1]"}}}]},
                         {"role":"user","parts":[{"text":"go on"}]}]"""));
    }

    @Test
    void givesSignaturesBackAndTheWordForALostOneWhereTheModelInsists() throws IOException {
        String own = GeminiCallId.carrying("pt3pjoak", true, "c2lnbmF0dXJl");
        String odd = GeminiCallId.carrying("call_1", false, "not base64!");
        String body = """
                {"messages":[{"role":"assistant","tool_calls":[{"id":"%s","function":{"name":"f","arguments":"{}"}},
                 {"id":"%s","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"%s","content":"r"},
                 {"role":"assistant","tool_calls":[{"id":"call_9","function":{"name":"f","arguments":"{}"}},
                 {"id":"call_8","function":{"name":"f","arguments":"{}"}}]}]}"""
                .formatted(own, odd, own);
        String expected = """
                {"contents":[{"role":"model","parts":[
                 {"functionCall":{"name":"f","args":{},"id":"pt3pjoak"},"thoughtSignature":"c2lnbmF0dXJl"},
                 {"functionCall":{"name":"g","args":{}},"thoughtSignature":"not base64!"}]},
                 {"role":"user","parts":[{"functionResponse":{"name":"f","id":"pt3pjoak","response":{"result":"r"}}}]},
                 {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}%s},{"functionCall":{"name":"f","args":{}}}]}]}""";
        String lost = ",\"thoughtSignature\":\"skip_thought_signature_validator\"";
        assertSent("gemini-2.5-pro", body, expected.formatted(""));
        assertSent("gemini-3-pro-preview", body, expected.formatted(lost));
        assertSent("gemini-flash-latest", body, expected.formatted(lost));
    }

    @Test
    void declaresFunctionsAndSaysWhichMayBeCalled() throws IOException {
        String tools = """
                "tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,"parameters":
                 {"type":"object","properties":{"a":{"type":"integer","exclusiveMinimum":0}},"additionalProperties":false}}},
                 {"type":"function","function":{"name":"g"}}]""";
        JsonNode sent = sent("gemini-2.5-flash",
                "{\"messages\":[]," + tools
                        + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}}");
        assertThat(sent.path("tools")).isEqualTo(Recordings.JSON.readTree(
                """
                        [{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":
                         {"type":"object","properties":{"a":{"type":"integer","exclusiveMinimum":0}},"additionalProperties":false}},
                         {"name":"g"}]}]"""));
        assertThat(sent.path("toolConfig")).isEqualTo(Recordings.JSON.readTree(
                "{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\"]}}"));
        assertThat(sent("gemini-2.0-flash", "{\"messages\":[]," + tools + ",\"tool_choice\":\"none\"}"))
                .isEqualTo(Recordings.JSON.readTree("""
                        {"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":
                         {"type":"OBJECT","properties":{"a":{"type":"INTEGER"}}}},{"name":"g"}]}],
                         "toolConfig":{"functionCallingConfig":{"mode":"NONE"}},"contents":[]}"""));
        JsonNode allowed = sent("gemini-2.5-flash", "{\"messages\":[]," + tools + """
                ,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":
                 [{"type":"function","function":{"name":"g"}}]}}}""");
        assertThat(allowed.at("/tools/0/functionDeclarations")).hasSize(1);
        assertThat(allowed.at("/toolConfig/functionCallingConfig/mode").asText()).isEqualTo("ANY");
    }

    @Test
    void makesTheSubsetOfSchemasThatOldModelsTake() throws IOException {
        assertThat(GeminiSchema.subset(Recordings.JSON.readTree(
                """
                        {"$schema":"x","type":"object","$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}}}},
                         "properties":{"a":{"type":["string","null"],"format":"uri","minLength":1},"b":{"enum":["x","y"]},
                          "c":{"anyOf":[{"type":"integer","format":"int32"},{"type":"null"}]},"d":{"const":"k"},
                          "e":{"type":"array","items":{"oneOf":[{"type":"number"},{"type":"boolean"}]}},
                          "f":{"type":"integer","enum":[1,2]}},
                         "required":["a"],"additionalProperties":false}""")))
                .isEqualTo(Recordings.JSON.readTree(
                        """
                                {"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true,"minLength":1},
                                  "b":{"type":"STRING","enum":["x","y"]},"c":{"type":"INTEGER","format":"int32","nullable":true},
                                  "d":{"type":"STRING","enum":["k"]},
                                  "e":{"type":"ARRAY","items":{"anyOf":[{"type":"NUMBER"},{"type":"BOOLEAN"}]}},"f":{"type":"INTEGER"}},
                                 "required":["a"]}"""));
        JsonNode endless = GeminiSchema.subset(Recordings.JSON.readTree(
                "{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#\"}}}"));
        assertThat(endless.at("/properties/next/properties/next/type").asText()).isEqualTo("OBJECT");
    }

    @Test
    void translatesTheParameters() throws IOException {
        assertThat(config("gemini-2.0-flash", """
                "temperature":0.5,"top_p":0.9,"top_k":40,"max_tokens":9,"max_completion_tokens":7,"n":2,"stop":"x",
                 "seed":4294967297,"presence_penalty":1,"frequency_penalty":-1,"logprobs":true,"top_logprobs":3,
                 "reasoning_effort":"low","response_format":{"type":"json_object"},"user":"u","store":true"""))
                .isEqualTo(Recordings.JSON.readTree(
                        """
                                {"temperature":0.5,"topP":0.9,"topK":40,"maxOutputTokens":7,"candidateCount":2,"stopSequences":["x"],
                                 "seed":1,"presencePenalty":1,"frequencyPenalty":-1,"responseLogprobs":true,"logprobs":3,
                                 "responseMimeType":"application/json"}"""));
        String schema = "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\"}}}";
        assertThat(config("gemini-2.5-flash", schema).path("responseJsonSchema").path("type").asText())
                .isEqualTo("object");
        assertThat(config("gemini-1.5-flash", schema).path("responseSchema").path("type").asText()).isEqualTo("OBJECT");
        assertThat(sent("gemini-2.5-flash", "{\"messages\":[],\"web_search_options\":{}}").path("tools"))
                .isEqualTo(Recordings.JSON.readTree("[{\"googleSearch\":{}}]"));
    }

    @Test
    void thinksAsTheModelCan() throws IOException {
        assertThinking("gemini-2.5-flash", "\"reasoning_effort\":\"none\"", "{\"thinkingBudget\":0}");
        assertThinking("gemini-2.5-pro", "\"reasoning_effort\":\"none\"", "{\"thinkingBudget\":128}");
        assertThinking("gemini-2.5-pro", "\"reasoning_effort\":\"medium\"",
                "{\"thinkingBudget\":8192,\"includeThoughts\":true}");
        assertThinking("gemini-3-flash-preview", "\"reasoning_effort\":\"minimal\"",
                "{\"thinkingLevel\":\"minimal\",\"includeThoughts\":true}");
        assertThinking("gemini-3-pro-preview", "\"reasoning_effort\":\"medium\"",
                "{\"thinkingLevel\":\"high\",\"includeThoughts\":true}");
        assertThinking("gemini-3.1-pro-preview", "\"reasoning_effort\":\"none\"", "{\"thinkingLevel\":\"low\"}");
        assertThinking("gemini-3.5-flash", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":500}",
                "{\"thinkingBudget\":500,\"includeThoughts\":true}");
        assertThinking("gemini-2.5-flash", "\"reasoning\":{\"effort\":\"high\",\"exclude\":true}",
                "{\"thinkingBudget\":24576}");
        assertThinking("gemini-2.5-flash", "\"enable_thinking\":true", "{\"includeThoughts\":true}");
        assertThinking("gemini-flash-latest", "\"enable_thinking\":false", "{\"thinkingBudget\":0}");
        assertThat(config("gemini-2.5-flash", "\"seed\":1").has("thinkingConfig")).isFalse();
    }

    private static void assertThinking(String model, String field, String expected) throws IOException {
        assertThat(config(model, field).path("thinkingConfig")).isEqualTo(Recordings.JSON.readTree(expected));
    }

    @Test
    void refusesWhatGeminiHasNotAndTellsWhatItLeftOut() {
        assertThat(unsupported("{\"messages\":[],\"logit_bias\":{\"1\":2}}")).isEqualTo("logit_bias");
        assertThat(unsupported(
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}}]}]}"))
                .isEqualTo("messages[0].content[0]");
        assertThat(unsupported("{\"messages\":[],\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}]}"))
                .isEqualTo("tools[0]");
        assertThat(unsupported("{\"messages\":[{\"role\":\"function\",\"name\":\"f\",\"content\":\"x\"}]}"))
                .isEqualTo("messages[0].role");
        var several = Samples.envelope(false, false, "{\"messages\":[],\"n\":2}");
        assertThat(Samples.sent(GEMINI, several, Samples.candidate("gemini-2.5-flash")).calls()).isEqualTo(1);
        assertThat(Samples.sent(GEMINI, several, Samples.candidate("gemini-3.1-pro")).calls()).isEqualTo(2);
        var request = Samples.sent(GEMINI,
                Samples.envelope(false, false, "{\"messages\":[],\"user\":\"u\",\"parallel_tool_calls\":false}"),
                Samples.candidate("gemini-2.5-flash"));
        assertThat(request.dropped()).containsExactlyInAnyOrder("user", "parallel_tool_calls");
    }
}
