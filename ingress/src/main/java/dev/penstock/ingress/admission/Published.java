package dev.penstock.ingress.admission;

import com.knuddels.jtokkit.api.EncodingType;
import dev.penstock.schemas.catalog.ProviderKind;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of how a model counts a prompt: of its text and images what OpenAI has published of its own models. Of
 * others' nothing is taken for known, even if they go by the same names.
 *
 * @param vocabulary of its tokenizer; null if it is unknown
 * @param image the most tokens of one image; null if they are unknown
 * @param lowImage the same of one with {@code "detail": "low"}
 * @param perChoice whether the prompt may be read, and paid for, as often as there are choices
 * @see <a href="https://github.com/openai/tiktoken/blob/main/tiktoken/model.py">vocabularies</a>
 * @see <a href="https://platform.openai.com/docs/guides/images-vision#calculating-costs">images</a>
 */
public record Published(@Nullable EncodingType vocabulary, @Nullable Integer image, @Nullable Integer lowImage,
        boolean perChoice) {
    /** Nothing is known. */
    public static final Published NOTHING = new Published(null, null, null, false);

    /** Images go into 2048 by 2048 and their shorter side into 768, which 512 by 512 tiles cover with eight at most. */
    private static final int TILES = 8;
    /** Or they are shrunk until so many patches of 32 by 32 cover them. */
    private static final int PATCHES = 1_536;

    /** The first that fits counts. */
    private static final List<Family> FAMILIES = List.of(
            tiles("gpt-4o-mini.*", 2_833, 5_667),
            tiles("(chat)?gpt-4o.*|gpt-4\\.5.*", 85, 170),
            patches("gpt-4\\.1-mini.*|gpt-5-mini.*", 162),
            patches("gpt-4\\.1-nano.*|gpt-5-nano.*", 246),
            patches("gpt-4\\.1(-2.*)?", 100), // in tiles of 170 tokens, it is also said, which are fewer
            tiles("gpt-5(-2.*|-chat.*)?", 70, 140),
            tiles("(o1|o3)(-.*)?", 75, 150),
            patches("o4-mini.*", 172),
            new Family(Pattern.compile("gpt-5.*"), new Published(EncodingType.O200K_BASE, null, null, false)),
            new Family(Pattern.compile("gpt-4.*|gpt-3\\.5.*"),
                    new Published(EncodingType.CL100K_BASE, null, null, false)));

    private record Family(Pattern names, Published published) {}

    /** What is known of a model, as its provider calls it. */
    public static Published of(ProviderKind kind, String model) {
        if (kind != ProviderKind.OPENAI && kind != ProviderKind.OPENAI_RESPONSES) {
            return new Published(null, null, null, kind.mayNeedACallForEachChoice());
        }
        String name = model.startsWith("ft:") ? model.substring(3).replaceFirst(":.*", "") : model;
        return FAMILIES.stream().filter(family -> family.names.matcher(name).matches()).findFirst()
                .map(Family::published).orElse(NOTHING).perChoice(kind.mayNeedACallForEachChoice());
    }

    private Published perChoice(boolean so) {
        return new Published(vocabulary, image, lowImage, so);
    }

    private static Family tiles(String names, int base, int tile) {
        return new Family(Pattern.compile(names),
                new Published(EncodingType.O200K_BASE, base + TILES * tile, base, false));
    }

    private static Family patches(String names, int percent) {
        int most = (PATCHES * percent + 99) / 100;
        return new Family(Pattern.compile(names), new Published(EncodingType.O200K_BASE, most, most, false));
    }
}
