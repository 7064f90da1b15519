package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.simulator.Script;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Answers that break off, on a route that goes on with them and on others, through the real thing. */
@TestInstance(Lifecycle.PER_CLASS)
class ContinuedAnswersTest {
    private static final int TOKENS = 30;
    private static final String SETTINGS = """
            providers:
              alpha: {kind: OPENAI_COMPATIBLE, baseUrl: "%s"}
              beta: {kind: OPENAI_COMPATIBLE, baseUrl: "%s"}
              claude: {kind: ANTHROPIC, baseUrl: "%s"}
            models:
              alpha-small: {provider: alpha, model: sim-small, price: {input: 1, output: 1}}
              beta-small: {provider: beta, model: sim-small, price: {input: 2, output: 2}}
              claude-sonnet-4-5: {provider: claude, price: {input: 3, output: 3}}
            routes:
              steady:
                afterFirstToken: continue
                candidates: [{model: alpha-small}, {model: beta-small}, {model: alpha-small}]
              prefilled:
                afterFirstToken: continue
                candidates: [{model: alpha-small}, {model: claude-sonnet-4-5}]
              honest: {candidates: [{model: alpha-small}, {model: beta-small}]}
            tenants:
              capped: {keys: [{id: main, key: sk-capped}], cap: {daily: 0.0015 USD}}
            """;

    private final Vertx vertx = Vertx.vertx();
    private TestBed bed;
    private SlowedProvider alpha;
    private SlowedProvider beta;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        bed = new TestBed(folder, simulator -> {
            alpha = new SlowedProvider(vertx, simulator);
            beta = new SlowedProvider(vertx, simulator);
            return SETTINGS.formatted(alpha.url(), beta.url(), simulator);
        });
        await().atMost(Duration.ofSeconds(10)).until(this::allAreHeardOf);
    }

    /** And are said to be well. */
    private boolean allAreHeardOf() throws Exception {
        for (String route : List.of("steady", "prefilled")) {
            JsonNode told = ApiClient.parse(post("/routes/explain", TestBed.KEY, body(route, "", "")).body());
            JsonNode candidates = told.path("candidates");
            if (candidates.findValues("free").stream().anyMatch(JsonNode::isNull)
                    || candidates.findValues("breaker_open").stream().anyMatch(JsonNode::booleanValue)) {
                return false;
            }
        }
        return true;
    }

    @AfterAll
    void stop() {
        bed.close();
        vertx.close().await();
    }

    /** What the tests before have broken off does not count any more. */
    @BeforeEach
    void well() throws Exception {
        alpha.words = "";
        beta.words = "";
        for (int i = 0; i < 10; i++) {
            stream("alpha-small", TestBed.KEY, "tokens=1", "");
            stream("beta-small", TestBed.KEY, "tokens=1", "");
        }
        await().atMost(Duration.ofSeconds(30)).until(this::allAreHeardOf);
    }

    @Test
    void anAnswerIsGoneOnWithWhereverItBreaksOffAndBothAttemptsAreTold() throws Exception {
        var seen = new ArrayList<Streamed>();
        for (int cut = 1; cut < 25; cut++) {
            String again = List.of("", "again=0", "again=14", "again=999").get(cut % 4);
            alpha.words = (cut % 3 == 0 ? "error@" : "drop@") + cut;
            Streamed one = stream("steady", TestBed.KEY, again, "");
            assertThat(one.text()).as("broken off by %s, %s", alpha.words, again).isEqualTo(script());
            assertThat(one.ids()).hasSize(1);
            assertThat(one.created()).hasSize(1);
            assertThat(one.roles()).isEqualTo(1);
            assertThat(one.finishes()).containsExactly("stop");
            assertThat(one.by()).as(one.raw()).containsExactly("beta/beta-small");
            assertThat(one.raw()).endsWith("data: [DONE]\n\n").doesNotContain("\"error\"");
            seen.add(one);
            alpha.words = "";
            stream("alpha-small", TestBed.KEY, "tokens=1", ""); // lest it counts as down
        }
        Map<String, List<UsageEvent>> all = usage(seen.stream().map(Streamed::id).toList(), 2);
        for (Streamed one : seen) {
            List<UsageEvent> usage = all.get(one.id());
            UsageEvent first = usage.getFirst();
            UsageEvent second = usage.getLast();
            assertThat(first.getEnd()).isEqualTo(AttemptEnd.BROKEN);
            assertThat(first.getContinues()).isNull();
            assertThat(first.getModel()).isEqualTo("alpha-small");
            assertThat(second.getEnd()).isEqualTo(AttemptEnd.COMPLETED);
            assertThat(second.getContinues()).isEqualTo(first.getAttemptId());
            assertThat(second.getModel()).isEqualTo("beta-small");
            check(one, usage);
        }
    }

    @Test
    void aModelThatIsGivenTheBeginningGoesOnWithIt() throws Exception {
        for (int cut : new int[]{1, 7, 16, 17}) {
            alpha.words = "drop@" + cut;
            Streamed seen = stream("prefilled", TestBed.KEY, "like=sim-small", "");
            assertThat(seen.text()).as("broken off after %d", cut).isEqualTo(script());
            assertThat(seen.by()).containsExactly("claude/claude-sonnet-4-5");
            check(seen, usage(seen.id(), 2));
        }
    }

    @Test
    void anAnswerThatBreaksOffTwiceIsGoneOnWithTwice() throws Exception {
        alpha.words = "drop@4"; // which the third one, alpha again, has behind it
        beta.words = "drop@11";
        Streamed seen = stream("steady", TestBed.KEY, "", "");
        assertThat(seen.text()).isEqualTo(script());
        assertThat(seen.by()).as(seen.raw()).containsExactly("beta/beta-small", "alpha/alpha-small");
        List<UsageEvent> usage = usage(seen.id(), 3);
        assertThat(usage).extracting(UsageEvent::getEnd).containsExactly(AttemptEnd.BROKEN, AttemptEnd.BROKEN,
                AttemptEnd.COMPLETED);
        assertThat(usage.get(2).getContinues()).isEqualTo(usage.get(1).getAttemptId());
        check(seen, usage);
    }

    @Test
    void anAnswerInOnePieceIsBegunAgain() throws Exception {
        alpha.words = "drop@5";
        HttpResponse<String> answer = send("steady", TestBed.KEY, "", ",\"n\":2");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode body = ApiClient.parse(answer.body());
        assertThat(body.at("/choices/1/message/content").asText()).isEqualTo(script());
        assertThat(answer.headers().firstValue("x-penstock-provider")).hasValue("beta");
        List<UsageEvent> usage = usage(body.path("id").asText(), 2);
        assertThat(body.at("/usage/cost").decimalValue().movePointRight(9).longValueExact()).isEqualTo(cost(usage));
        assertThat(usage).extracting(UsageEvent::getEnd).containsExactly(AttemptEnd.BROKEN, AttemptEnd.COMPLETED);
        assertThat(usage.getLast().getContinues()).isEqualTo(usage.getFirst().getAttemptId());
    }

    @Test
    void anAnswerEndsWhereItBreaksOffWithoutTheRoutesLeaveOrIfItCannotBeJoined() throws Exception {
        for (Streamed seen : List.of(stream("honest", TestBed.KEY, "drop@5", ""),
                stream("steady", TestBed.KEY, "drop@5", ",\"n\":2"),
                stream("steady", TestBed.KEY, "drop@2", """
                        ,"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object",
                        "properties":{"city":{"type":"string"}},"required":["city"]}}}"""),
                stream("steady", TestBed.KEY, "tool drop@2", """
                        ,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object",
                        "properties":{"city":{"type":"string"}},"required":["city"]}}}]"""))) {
            assertThat(seen.raw()).contains("\"code\":\"connection_lost\"").doesNotContain("continued_by");
            assertThat(usage(seen.id(), 1)).singleElement()
                    .satisfies(usage -> assertThat(usage.getEnd()).isEqualTo(AttemptEnd.BROKEN));
        }
    }

    @Test
    void theLedgerIsAskedForASecondHoldAndItsRefusalIsAnHonestEnd() throws Exception {
        Streamed refused = stream("steady", "sk-capped", "drop@5", ",\"max_tokens\":300");
        assertThat(refused.raw()).contains("\"code\":\"insufficient_quota\"", "The answer broke off")
                .doesNotContain("[DONE]");
        assertThat(script()).startsWith(refused.text());
        assertThat(refused.text()).isNotEmpty();
        assertThat(usage(refused.id(), 1)).singleElement()
                .satisfies(usage -> assertThat(usage.getEnd()).isEqualTo(AttemptEnd.BROKEN));

        Streamed afforded = stream("steady", "sk-capped", "drop@5", ",\"max_tokens\":40");
        assertThat(afforded.text()).as(afforded.raw()).isEqualTo(script());
        check(afforded, usage(afforded.id(), 2));
    }

    /** The caller is told of all that was paid for. */
    private static void check(Streamed seen, List<UsageEvent> usage) {
        JsonNode told = seen.usage();
        assertThat(told.path("prompt_tokens").asLong())
                .isEqualTo(usage.stream().mapToLong(one -> one.getTokens().getInput()).sum());
        assertThat(told.path("completion_tokens").asLong())
                .isEqualTo(usage.stream().mapToLong(one -> one.getTokens().getOutput()).sum());
        assertThat(told.path("cost").decimalValue().movePointRight(9).longValueExact()).isEqualTo(cost(usage));
    }

    private static long cost(List<UsageEvent> usage) {
        return usage.stream().mapToLong(UsageEvent::getCostNanoUsd).sum();
    }

    private static String script() {
        var text = new StringBuilder();
        for (int i = 0; i < TOKENS; i++) {
            text.append(Script.piece(i));
        }
        return text.toString();
    }

    private List<UsageEvent> usage(String requestId, int count) {
        return usage(List.of(requestId), count).get(requestId);
    }

    /** The usage events of requests, in the order of their attempts, when there are so many of each. */
    private Map<String, List<UsageEvent>> usage(List<String> requestIds, int count) {
        return await().atMost(Duration.ofSeconds(20)).until(
                () -> bed.read(bed.settings.topics().usage()).stream()
                        .filter(event -> requestIds.contains(event.getRequestId()))
                        .sorted(Comparator.comparingInt(UsageEvent::getAttempt))
                        .collect(Collectors.groupingBy(UsageEvent::getRequestId)),
                all -> all.size() == requestIds.size() && all.values().stream().allMatch(of -> of.size() == count));
    }

    private Streamed stream(String model, String key, String words, String fields) throws Exception {
        return Streamed.of(send(model, key, words,
                ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" + fields));
    }

    private HttpResponse<String> send(String model, String key, String words, String fields)
            throws IOException, InterruptedException {
        return post("/chat/completions", key, body(model, words, fields));
    }

    private static String body(String model, String words, String fields) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim tokens=" + TOKENS
                + " ttft=0 itl=1 " + words + "]] Hello\"}]" + fields + "}";
    }

    private HttpResponse<String> post(String path, String key, String body) throws IOException, InterruptedException {
        return bed.http.send(HttpRequest.newBuilder(URI.create(bed.url() + path))
                .timeout(Duration.ofMinutes(1)).header("authorization", "Bearer " + key)
                .header("content-type", "application/json").POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    /** What a client sees of a stream. */
    private record Streamed(String raw, String text, Set<String> ids, Set<Long> created, int roles,
            List<String> finishes, List<String> by, JsonNode usage) {
        static Streamed of(HttpResponse<String> answer) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            var text = new StringBuilder();
            var ids = new HashSet<String>();
            var created = new HashSet<Long>();
            var finishes = new ArrayList<String>();
            var by = new ArrayList<String>();
            JsonNode usage = ApiClient.JSON.missingNode();
            int roles = 0;
            for (String line : answer.body().lines().filter(line -> line.startsWith("data: {")).toList()) {
                JsonNode chunk = ApiClient.parse(line.substring("data: ".length()));
                if (chunk.has("error")) {
                    continue;
                }
                ids.add(chunk.path("id").asText());
                created.add(chunk.path("created").asLong());
                JsonNode choice = chunk.at("/choices/0");
                text.append(choice.at("/delta/content").asText("").replace("null", ""));
                roles += choice.at("/delta").has("role") ? 1 : 0;
                if (choice.hasNonNull("finish_reason")) {
                    finishes.add(choice.path("finish_reason").asText());
                }
                String who = chunk.at("/penstock/continued_by").asText();
                if (!who.isEmpty() && !by.contains(who)) {
                    by.add(who);
                }
                usage = chunk.hasNonNull("usage") ? chunk.path("usage") : usage;
            }
            return new Streamed(answer.body(), text.toString(), ids, created, roles, finishes, by, usage);
        }

        String id() {
            return ids.iterator().next();
        }
    }
}
