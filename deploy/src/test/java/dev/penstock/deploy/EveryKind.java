package dev.penstock.deploy;

import dev.penstock.schemas.catalog.ProviderKind;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The simulator as a provider of every kind there is, each where its real one has its API. */
final class EveryKind {
    /** The model {@code sim-small} of each of them, as callers name it. */
    static final List<String> MODELS = Stream.of(ProviderKind.values()).map(EveryKind::model).toList();

    private static final String PROVIDER = """
              %s: {kind: %s, baseUrl: "%s", apiKey: any}
            """;
    private static final String MODEL = """
              %s: {provider: %s, model: sim-small, price: {input: 0.1, output: 0.4}}
            """;

    private EveryKind() {}

    /** To be put under {@code providers}. */
    static String providers(URI simulator) {
        return Stream.of(ProviderKind.values())
                .map(kind -> PROVIDER.formatted(provider(kind), kind, simulator + path(kind)))
                .collect(Collectors.joining());
    }

    /** To be put under {@code models}. */
    static String models() {
        return Stream.of(ProviderKind.values()).map(kind -> MODEL.formatted(model(kind), provider(kind)))
                .collect(Collectors.joining());
    }

    static String model(ProviderKind kind) {
        return "sim-" + provider(kind);
    }

    private static String provider(ProviderKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String path(ProviderKind kind) {
        return switch (kind) {
            case OPENAI, DEEPSEEK, GROQ, QWEN, OPENROUTER, XAI, OLLAMA, OPENAI_COMPATIBLE, OPENAI_RESPONSES,
                    ANTHROPIC ->
                "/v1";
            case MISTRAL -> "/mistral/v1";
            case AZURE -> "/openai/deployments?api-version=2024-10-21";
            case BEDROCK, OLLAMA_NATIVE -> "";
            case GEMINI -> "/v1beta";
            case VERTEX -> "/v1/projects/p/locations/global";
            case QWEN_NATIVE -> "/api/v1";
        };
    }
}
