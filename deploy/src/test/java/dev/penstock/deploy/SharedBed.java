package dev.penstock.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives the tests of all client libraries one and the same bed, which the last of them closes. Behind it {@code sim-small}
 * speaks OpenAI's chat completions, {@code sim-responses} its Responses, {@code sim-claude} Anthropic's Messages and
 * {@code sim-gemini} Gemini; {@code talkative/m} is the {@link TalkativeProvider}'s.
 */
final class SharedBed implements ParameterResolver {
    private static final String SETTINGS = """
            providers:
              plain: {kind: OPENAI, baseUrl: %1$s, apiKey: any, maxConcurrentCalls: 100}
              responses: {kind: OPENAI_RESPONSES, baseUrl: %1$s, apiKey: any, maxConcurrentCalls: 100}
              talkative: {kind: OPENAI, baseUrl: %2$s, apiKey: operators-key, maxConcurrentCalls: 100}
              claude: {kind: ANTHROPIC, baseUrl: %1$s, apiKey: any, maxConcurrentCalls: 100}
              google: {kind: GEMINI, baseUrl: %3$s, apiKey: any, maxConcurrentCalls: 100}
            models:
              sim-small: {provider: plain}
              sim-embed: {provider: plain}
              sim-responses: {provider: responses, model: sim-small}
              sim-claude: {provider: claude, model: sim-small}
              sim-gemini: {provider: google, model: sim-small}
            """;

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == TestBed.class || type == TalkativeProvider.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Kept kept = context.getRoot().getStore(Namespace.create(SharedBed.class)).computeIfAbsent("bed",
                _ -> Kept.start(), Kept.class);
        return parameter.getParameter().getType() == TestBed.class ? kept.bed : kept.talkative;
    }

    /** Closed with the store that it is kept in. */
    private record Kept(Path folder, TalkativeProvider talkative, TestBed bed) implements AutoCloseable {
        static Kept start() {
            try {
                Path folder = Files.createTempDirectory("penstock-clients");
                var talkative = new TalkativeProvider();
                return new Kept(folder, talkative, new TestBed(folder, simulator -> SETTINGS.formatted(simulator,
                        talkative.url(), simulator.resolve("/v1beta"))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a test", e);
            }
        }

        @Override
        public void close() throws IOException {
            bed.close();
            talkative.close();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
