package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.catalog.ProviderKind;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

/** What a streamed token costs in each dialect, from the provider's bytes to the client's. */
class StreamCostTest {
    private static final int TOKENS = 2000;
    private static final int ROUNDS = 60;
    private static final double MOST = 1.5;

    /** One token as each provider sends it. */
    private static final Map<ProviderKind, String> PIECES = new LinkedHashMap<>(Map.of(ProviderKind.OPENAI, """
            data: {"id":"chatcmpl-C8h6z4n7L1vY2","object":"chat.completion.chunk","created":1756210000,\
            "model":"gpt-5-nano-2025-08-07","service_tier":"default","system_fingerprint":null,"choices":[{"index":0,\
            "delta":{"content":" water"},"finish_reason":null}],"usage":null,"obfuscation":"kR3yD0v"}

            """, ProviderKind.ANTHROPIC, """
            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" water"}           }

            """, ProviderKind.OPENAI_RESPONSES, """
            event: response.output_text.delta
            data: {"type":"response.output_text.delta","sequence_number":26,\
            "item_id":"msg_68d0ea66f880819482bb5253e5c76d4207e8a3f950b17ef5","output_index":1,"content_index":0,\
            "delta":" water","logprobs":[],"obfuscation":"Do0KaY7nyEp"}

            """, ProviderKind.GEMINI, """
            data: {"candidates": [{"content": {"parts": [{"text": " water"}],"role": "model"},"index": 0}],\
            "usageMetadata": {"promptTokenCount": 34,"candidatesTokenCount": 448,"totalTokenCount": 1269,\
            "promptTokensDetails": [{"modality": "TEXT","tokenCount": 34}],"thoughtsTokenCount": 787},\
            "modelVersion": "gemini-2.5-pro","responseId": "beHBaJfEMIi-qtsP3769-Q8"}

            """, ProviderKind.OLLAMA_NATIVE, """
            {"model":"llama3","created_at":"2024-05-24T20:26:46.423185Z","message":{"role":"assistant",\
            "content":" water"},"done":false}
            """, ProviderKind.QWEN_NATIVE, """
            id:2
            event:result
            :HTTP_STATUS/200
            data:{"output":{"choices":[{"message":{"content":" water","role":"assistant"},"finish_reason":"null"}]},\
            "usage":{"total_tokens":10,"input_tokens":8,"output_tokens":2},"request_id":"d272255f-82d7-9cc7-93c5"}

            """));

    @Test
    void aTranslatedTokenCostsAtMostHalfAsMuchAgainAsOneThatIsPassedThrough() {
        var least = new LinkedHashMap<ProviderKind, Double>();
        for (int round = 0; round < ROUNDS; round++) {
            PIECES.forEach((kind, piece) -> least.merge(kind, nanos(kind, Samples.bytes(piece)), Math::min));
            least.merge(ProviderKind.BEDROCK, nanos(ProviderKind.BEDROCK, bedrock()), Math::min);
        }
        double passedThrough = least.getOrDefault(ProviderKind.OPENAI, 0.0);
        least.forEach((kind, nanos) -> System.out.printf("%-15s %6.0f ns a token, %.2f times OpenAI's%n", kind, nanos,
                nanos / passedThrough));
        assertThat(least.values()).allSatisfy(nanos -> assertThat(nanos).isLessThan(MOST * passedThrough));
    }

    private static byte[] bedrock() {
        var bytes = new ByteArrayOutputStream();
        new Message(Map.of(":message-type", HeaderValue.fromString("event"), ":event-type",
                HeaderValue.fromString("contentBlockDelta"), ":content-type",
                HeaderValue.fromString("application/json")), Samples.bytes("""
                        {"contentBlockIndex":0,"delta":{"text":" water"},"p":"abcdefghijklmnopqrstuvwxyzABCDE"}"""))
                .encode(bytes);
        return bytes.toByteArray();
    }

    /** Of the thread's own time, so that others on the machine do not count. */
    private static double nanos(ProviderKind kind, byte[] piece) {
        var answer = new StreamedAnswer(Samples.dialect(kind).streamDecoder(Samples.streaming()),
                StreamEncoder.of(Samples.streaming(), new Tally(0, null)),
                Continuation.none(Samples.streaming()),
                new Tally(0, null), _ -> {});
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (int i = 0; i < TOKENS; i++) {
            answer.feed(piece);
        }
        return (double) (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before) / TOKENS;
    }
}
