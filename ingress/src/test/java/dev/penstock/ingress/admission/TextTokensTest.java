package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextTokensTest {
    private static final Encoding O200K = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
    private static final Published GPT_5 = Published.of(ProviderKind.OPENAI, "gpt-5");

    @Test
    void isCloserThanTheBytesAndNeverBelowTheText() {
        String text = "The quick brown fox jumps over the lazy dog. ".repeat(200);
        ChatRequest request = Read.valid(Read.with("\"user\":\"" + text + "\""));

        assertThat(TextTokens.most(request, GPT_5)).isLessThan(request.prompt().bytes() / 3)
                .isGreaterThan(tokens(text));
    }

    @Test
    void countsWhatTextMeansAndNotHowItIsWritten() {
        String plain = Read.message("{\"role\":\"user\",\"content\":\"\u4f60\u597d\u4f60\u597d\"}");
        String escaped = Read.message("{\"role\":\"user\",\"content\":\"\\u4f60\\u597d\\u4f60\\u597d\"}");

        assertThat(TextTokens.most(Read.valid(escaped), GPT_5)).isEqualTo(TextTokens.most(Read.valid(plain), GPT_5));
    }

    @Test
    void anImageIsNoTextAndATextCannotPretendToBeOne() {
        String data = "A".repeat(50_000);
        String image = Read.message("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\""
                + "data:image/png;base64," + data + "\"}},{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"" + data
                + "\",\"format\":\"wav\"}}]}");
        String disguised = Read.with("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":"
                + "{\"image_url\":\"" + data + "\",\"content\":[{\"input_audio\":\"" + data + "\"}]}}}]");

        assertThat(TextTokens.most(Read.valid(image), GPT_5)).isLessThan(100);
        assertThat(TextTokens.most(Read.valid(disguised), GPT_5)).isGreaterThan(2L * tokens(data));
    }

    @Test
    void longTextsAndOthersModelsAreNotCounted() {
        assertThat(TextTokens.canCount(Read.valid(Read.with("")), GPT_5)).isTrue();
        assertThat(TextTokens.canCount(Read.valid(Read.with("")), Published.NOTHING)).isFalse();
        assertThat(TextTokens.canCount(Read.valid(Read.with("\"user\":\"" + "x".repeat(TextTokens.MOST_BYTES) + "\"")),
                GPT_5)).isFalse();
    }

    /** Whatever is in a text, its tokens and those of the body around it are not more than counted. */
    @Test
    void everyTextIsCountedWhole() {
        var random = new Random(3);
        for (int i = 0; i < 200; i++) {
            var text = new StringBuilder();
            int length = random.nextInt(300);
            for (int j = 0; j < length; j++) {
                text.appendCodePoint(switch (random.nextInt(5)) {
                    case 0 -> random.nextInt(0x20, 0x7f);
                    case 1 -> random.nextInt(0xa0, 0x250);
                    case 2 -> random.nextInt(0x4e00, 0x9fa5);
                    case 3 -> random.nextInt(0x1f300, 0x1f640);
                    default -> ' ';
                });
            }
            String escaped = text.toString().replace("\\", "\\\\").replace("\"", "\\\"");
            ChatRequest request = Read.valid(Read.message("{\"role\":\"user\",\"content\":\"" + escaped + "\"}"));

            assertThat(TextTokens.most(request, GPT_5)).isGreaterThanOrEqualTo(tokens(text.toString()) + 7);
        }
    }

    /** OpenAI has counted no more tokens in a recorded prompt than the closer bound allows. */
    @Test
    void holdsForWhatOpenAiCounted() throws IOException {
        Path wire = SharedFolder.find("PENSTOCK_WIRE", "wire").resolve("openai");
        int compared = 0;
        double bytes = 0;
        double text = 0;
        System.out.printf("%-40s %-28s %8s %8s %8s %8s%n", "request", "model", "counted", "by text", "+ extras",
                "by bytes");
        try (var files = Files.newDirectoryStream(wire, "*.request.json")) {
            for (Path file : files) {
                long counted = EstimateTest.counted(file);
                if (counted > 0 && ChatRequestReader
                        .read(Files.readAllBytes(file)) instanceof ChatRequestReader.Result.Valid(var request)
                        && !request.prompt().hasMedia()) {
                    Published published = Published.of(ProviderKind.OPENAI, request.model());
                    assertThat(published.vocabulary()).as(request.model()).isNotNull();
                    long most = TextTokens.most(request, published);
                    long all = most + Estimate.TEMPLATE_TOKENS
                            + (request.prompt().tools() || request.traits().jsonSchema() ? Estimate.TOOLS_TOKENS : 0);
                    System.out.printf("%-40s %-28s %8d %8d %8d %8d%n", file.getFileName().toString()
                            .replace(".request.json", ""), request.model(), counted, most, all,
                            request.prompt().bytes() + all - most);
                    assertThat(most).as("%s", file).isLessThanOrEqualTo(request.prompt().bytes());
                    assertThat(all).as("%s", file).isGreaterThanOrEqualTo(counted);
                    compared++;
                    text += (double) most / counted;
                    bytes += (double) request.prompt().bytes() / counted;
                }
            }
        }
        System.out.printf("on average of %d: by text %.2f times what was counted, by bytes %.2f times%n", compared,
                text / compared, bytes / compared);
        assertThat(compared).isGreaterThan(25);
    }

    /** Printed, to be seen: what a count costs. */
    @Test
    void aCountTakesTimeInProportion() {
        String words = Files.class.getName() + " says: the quick brown fox, 42 times over, jumps the lazy dog. ";
        for (int size : new int[]{1_024, 64 * 1_024, TextTokens.MOST_BYTES - 1_024}) {
            for (String kind : new String[]{words, "a", "\u4f60", " "}) {
                String text = kind.repeat(size / kind.getBytes(StandardCharsets.UTF_8).length);
                ChatRequest request = Read.valid(Read.with("\"user\":\"" + text + "\""));
                long best = Long.MAX_VALUE;
                for (int i = 0; i < (size < 2_000 ? 500 : 3); i++) {
                    long start = System.nanoTime();
                    TextTokens.most(request, GPT_5);
                    best = Math.min(best, System.nanoTime() - start);
                }
                System.out.printf("%7d bytes of '%s': %.3f ms%n", size, kind.substring(0, 1), best / 1e6);
                assertThat(best).isLessThan(10_000_000_000L);
            }
        }
    }

    private static int tokens(String text) {
        return O200K.countTokensOrdinary(text);
    }
}
