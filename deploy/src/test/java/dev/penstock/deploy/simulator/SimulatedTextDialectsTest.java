package dev.penstock.deploy.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ollama's, DashScope's and Bedrock's; that Penstock understands their streams is LedgerTest's to show. */
class SimulatedTextDialectsTest extends OnSimulator {
    private static final String THREE = "[[sim ttft=0 itl=0 tokens=3]]";
    private HttpResponse<String> ollama(String text, boolean stream) throws Exception {
        return caller.postTo("/api/chat", Caller.parse("""
                {"model":"sim-small","stream":%s,"messages":[{"role":"user","content":"%s"}]}"""
                .formatted(stream, text)));
    }

    private HttpResponse<String> qwen(String text, String... headers) throws Exception {
        return caller.postTo(QwenDialect.PATH, Caller.parse("""
                {"model":"sim-small","input":{"messages":[{"role":"user","content":"%s"}]},
                 "parameters":{"incremental_output":true,"max_tokens":2}}""".formatted(text)), headers);
    }

    private HttpResponse<String> bedrock(String text, String method) throws Exception {
        return caller.postTo("/model/sim-small/" + method, Caller.parse("""
                {"messages":[{"role":"user","content":[{"text":"%s"}]}],"inferenceConfig":{"maxTokens":2}}"""
                .formatted(text)));
    }

    @Test
    void ollamaStreamsLinesOfWhichTheLastCounts() throws Exception {
        List<JsonNode> lines = ollama(THREE, true).body().lines().map(Caller::parse).toList();
        assertThat(lines).hasSize(3 + 1);
        assertThat(lines.getFirst().at("/message/content").asText()).isEqualTo(Script.piece(0));
        assertThat(lines).extracting(line -> line.path("done").asBoolean()).containsExactly(false, false, false, true);
        assertThat(lines.getLast().path("eval_count").asLong()).isEqualTo(3);
        assertThat(lines.getLast().path("prompt_eval_count").asLong()).isPositive();

        assertThat(Caller.parse(ollama(THREE, false).body()).at("/message/content").asText())
                .isEqualTo(Caller.script(3));
        assertThat(ollama(THREE + "[[sim error@1]]", true).body()).endsWith("}\n{\"error\":\""
                + ApiFailure.ofStatus(500).message() + "\"}\n");
    }

    @Test
    void qwenStreamsEventsThatCountUpToThen() throws Exception {
        List<JsonNode> events = qwen(THREE, "x-dashscope-sse", "enable").body().lines()
                .filter(line -> line.startsWith("data:")).map(line -> Caller.parse(line.substring(5))).toList();
        assertThat(events).extracting(event -> event.at("/usage/output_tokens").asInt()).containsExactly(1, 2, 2);
        assertThat(events).extracting(event -> event.at("/output/choices/0/finish_reason").asText())
                .containsExactly("null", "null", "length");

        assertThat(Caller.parse(qwen(THREE).body()).at("/output/choices/0/message/content").asText())
                .isEqualTo(Caller.script(2));
        HttpResponse<String> refused = qwen("[[sim fault=429@7]]");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Caller.parse(refused.body()).path("code").asText()).isEqualTo("Throttling.RateQuota");
        assertThat(qwen("[[sim error@1]]", "x-dashscope-sse", "enable").body()).contains(":HTTP_STATUS/500\n");
    }

    @Test
    void bedrockStreamsMessagesThatEndWithTheUsage() throws Exception {
        HttpResponse<String> stream = bedrock(THREE, "converse-stream");
        assertThat(stream.headers().firstValue("content-type")).contains("application/vnd.amazon.eventstream");
        assertThat(stream.body()).containsSubsequence("messageStart", "contentBlockDelta", "{\"text\":\"1.\"}",
                "contentBlockStop", "messageStop", "\"max_tokens\"", "metadata", "\"outputTokens\":2");
        assertThat(bedrock("[[sim error@1]]", "converse-stream").body()).contains(":exception-type");

        JsonNode whole = Caller.parse(bedrock(THREE, "converse").body());
        assertThat(whole.at("/output/message/content/0/text").asText()).isEqualTo(Caller.script(2));
        assertThat(whole.at("/usage/outputTokens").asInt()).isEqualTo(2);
    }
}
