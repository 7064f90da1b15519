package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.BEDROCK;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

class BedrockDialectTest {
    private static final String CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

    private static OutboundRequest request(String model, String fields) {
        return Samples.sent(BEDROCK,
                Samples.envelope(false, false, "{" + fields + (fields.contains("\"messages\"")
                        ? ""
                        : ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]") + "}"),
                Samples.candidate(model));
    }

    private static JsonNode sent(String model, String fields) throws IOException {
        return Recordings.JSON.readTree(request(model, fields).body());
    }

    private static void message(ByteArrayOutputStream stream, String kind, String type, String payload) {
        new Message(Map.of(":message-type", HeaderValue.fromString(kind), ":" + kind + "-type",
                HeaderValue.fromString(type)), Samples.bytes(payload)).encode(stream);
    }

    @Test
    void everyKindOfModelThinksInItsOwnWay() throws IOException {
        String effort = "\"reasoning_effort\":\"medium\"";
        assertThat(sent(CLAUDE, effort).path("additionalModelRequestFields").toString())
                .isEqualTo("{\"reasoning_config\":{\"type\":\"enabled\",\"budget_tokens\":2048}}");
        assertThat(sent("anthropic.claude-opus-4-8", effort).path("additionalModelRequestFields").toString()).isEqualTo(
                "{\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"output_config\":{\"effort\":\"medium\"}}");
        assertThat(sent("us.amazon.nova-2-lite-v1:0", effort).path("additionalModelRequestFields").toString())
                .isEqualTo("{\"reasoningConfig\":{\"type\":\"enabled\",\"maxReasoningEffort\":\"medium\"}}");
        assertThat(sent("openai.gpt-oss-120b-1:0", effort).path("additionalModelRequestFields").toString())
                .isEqualTo("{\"reasoning_effort\":\"medium\"}");
        assertThat(request("meta.llama4", effort).dropped()).containsExactly("reasoning_effort");
    }

    @Test
    void whatItCannotSayIsLeftOutOrRefused() {
        assertThat(request(CLAUDE, "\"seed\":1,\"user\":\"u\",\"parallel_tool_calls\":false,\"tools\":[{\"type\":"
                + "\"function\",\"function\":{\"name\":\"f\"}}]").dropped())
                .containsExactlyInAnyOrder("seed", "user", "parallel_tool_calls");
        String picture = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":"
                + "{\"url\":\"https://x.test/a.png\"}}]}]}";
        assertThat(Samples.dialect(BEDROCK).request(Samples.envelope(false, false, picture), Samples.CANDIDATE))
                .isEqualTo(Outbound.Unsupported.field("messages"));
    }

    @Test
    void toolsAreForbiddenByLeavingThemOutUnlessThePromptTellsOfThem() throws IOException {
        String tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"none\"";
        assertThat(sent(CLAUDE, tools).has("toolConfig")).isFalse();
        assertThat(sent(CLAUDE, tools + """
                ,"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"x","function":
                {"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"x","content":"1"}]""")
                .at("/toolConfig/tools").size()).isEqualTo(1);
    }

    @Test
    void thoughtsComeBackInTheIds() throws IOException {
        var stream = new ByteArrayOutputStream();
        message(stream, "event", "messageStart", "{\"role\":\"assistant\"}");
        message(stream, "event", "contentBlockDelta",
                "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"text\":\"so\"}}}");
        message(stream, "event", "contentBlockDelta",
                "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"signature\":\"sig\"}}}");
        message(stream, "event", "contentBlockStop", "{\"contentBlockIndex\":0}");
        message(stream, "event", "contentBlockStart",
                "{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"t1\",\"name\":\"f\"}}}");
        message(stream, "event", "contentBlockStop", "{\"contentBlockIndex\":1}");
        message(stream, "event", "messageStop", "{\"stopReason\":\"tool_use\"}");
        message(stream, "event", "metadata", "{\"usage\":{\"inputTokens\":3,\"outputTokens\":4}}");
        Seen seen = Seen.of(BEDROCK, Samples.streaming(), Samples.crumbs(stream.toByteArray()));
        assertThat(seen.outcome()).isInstanceOf(Outcome.Completed.class);
        String id = Conversation.ofStream(seen.events()).choices().get(0).calls.get(0).getFirst();

        JsonNode turn = sent(CLAUDE, """
                "reasoning_effort":"low","messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[
                {"id":"%s","function":{"name":"f","arguments":"{}"}}]},
                {"role":"tool","tool_call_id":"%s","content":"1"}]""".formatted(id, id)).path("messages");
        assertThat(turn.at("/1/content")).isEqualTo(Recordings.JSON.readTree("""
                [{"reasoningContent":{"reasoningText":{"text":"so","signature":"sig"}}},
                 {"toolUse":{"toolUseId":"t1","name":"f","input":{}}}]"""));
        assertThat(turn.at("/2/content/0/toolResult/toolUseId").asText()).isEqualTo("t1");
    }

    @Test
    void anExceptionInTheStreamIsAnErrorAndGarbageToo() {
        var stream = new ByteArrayOutputStream();
        message(stream, "exception", "throttlingException", "{\"message\":\"slow down\"}");
        assertThat(Seen.of(BEDROCK, Samples.streaming(), stream.toByteArray()).outcome()).isInstanceOfSatisfying(
                Outcome.Refused.class, refused -> assertThat(refused.error().status()).isEqualTo(429));
        byte[] damaged = stream.toByteArray();
        damaged[damaged.length - 1] ^= 1;
        assertThat(Seen.of(BEDROCK, Samples.streaming(), damaged).outcome())
                .isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        assertThat(Seen.of(BEDROCK, Samples.streaming(), Samples.bytes("<html><body>Bad gateway")).outcome())
                .isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        assertThat(Seen.of(BEDROCK, Samples.streaming(), Arrays.copyOf(stream.toByteArray(), 30)).outcome())
                .isEqualTo(new Outcome.Refused(Failures.CONNECTION_LOST));
    }

    @Test
    void aKeyOfBedrocksOwnIsSentAsItIs() {
        assertThat(request(CLAUDE, "\"top_p\":1").headers()).containsEntry("authorization", "Bearer sk-secret");
    }

    /** Checked by hand, since the path has to be encoded twice and only AWS would notice if it were not. */
    @Test
    void anAccessKeySignsEveryCall() throws GeneralSecurityException {
        var provider = new Provider("aws", BEDROCK, URI.create("https://bedrock-runtime.eu-west-1.amazonaws.com"),
                new Secret("AKIDEXAMPLE1234567:wJalrXUtnFEMI/K7MDENG:TOKEN"), 4, Provider.Timeouts.DEFAULT);
        Dialect dialect = Dialect.of(provider);
        var unsigned = (OutboundRequest) dialect.request(Samples.whole(), Samples.candidate("a.b-v1:0"));
        OutboundRequest signed = dialect.sign(unsigned, Instant.parse("2026-11-25T01:02:03Z"));

        Map<String, String> headers = signed.headers();
        assertThat(headers).containsEntry("x-amz-date", "20261125T010203Z").containsEntry("x-amz-security-token",
                "TOKEN");
        String authorization = headers.get("authorization");
        String names = authorization.replaceFirst(".*SignedHeaders=([^,]*),.*", "$1");
        var canonical = new StringBuilder("POST\n/model/a.b-v1%253A0/converse\n\n");
        for (String name : names.split(";")) {
            canonical.append(name).append(':').append(name.equals("host")
                    ? "bedrock-runtime.eu-west-1.amazonaws.com"
                    : headers.get(name)).append('\n');
        }
        canonical.append('\n').append(names).append('\n').append(hex(sha256(signed.body())));
        String scope = "20261125/eu-west-1/bedrock/aws4_request";
        String text = "AWS4-HMAC-SHA256\n20261125T010203Z\n" + scope + "\n"
                + hex(sha256(Samples.bytes(canonical.toString())));
        byte[] key = Samples.bytes("AWS4wJalrXUtnFEMI/K7MDENG");
        for (String part : scope.split("/")) {
            key = hmac(key, part);
        }
        assertThat(names).contains("host", "x-amz-date", "x-amz-security-token");
        assertThat(authorization).startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE1234567/" + scope)
                .endsWith("Signature=" + hex(hmac(key, text)));
    }

    private static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(Samples.bytes(text));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
