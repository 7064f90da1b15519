package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientCommandsTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String ANSWER = """
            : penstock

            data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

            data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}

            data: {"choices":[{"index":0,"delta":{"content":"lo"}}]}

            data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"cost":0.00000105}}

            data: [DONE]

            """;
    private static final String EVENT = "{\"id\":\"a\",\"model\":\"fast\",\"provider\":\"acme\","
            + "\"ended_at\":\"2026-11-24T02:00:00.000Z\",\"end\":\"completed\",\"cost_nano_usd\":%s,"
            + "\"input_tokens\":3,\"output_tokens\":2}";

    private static final String USAGE = """
            {"tenant":"default","time_zone":"Europe/Berlin","start_date":"2026-11-24","end_date":"2026-11-24",
             "attempts":2,"input_tokens":30,"output_tokens":20,"cost_nano_usd":1500000000,"unpriced_attempts":0,
             "data":[{"day":"2026-11-24","key":"prod","model":"fast,1","provider":"acme","lane":"interactive",
             "attempts":2,"input_tokens":30,"output_tokens":20,"cost_nano_usd":1500000000,"unpriced_attempts":1}]}
            """;

    private final FakePenstock penstock = new FakePenstock();

    ClientCommandsTest() throws IOException {}

    @AfterEach
    void stop() {
        penstock.close();
    }

    @Test
    void chatPrintsTheAnswerOnlyWhereAProgramReads() {
        var run = penstock.answers(CHAT, 200, ANSWER).run("chat", "--model", "fast", "Hi");

        assertThat(run).isEqualTo(new FakePenstock.Run(0, "Hello" + System.lineSeparator(), ""));
        assertThat(penstock.requests()).containsExactly("POST " + CHAT + " Bearer sk-test {\"model\":\"fast\","
                + "\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    }

    @Test
    void chatTellsAPersonWhatItTook() {
        var run = penstock.answers(CHAT, 200, ANSWER).runOnATerminal("chat", "--model", "fast", "Hi");

        assertThat(run.out())
                .containsPattern("Hello\\R\u001b\\[2m3 tokens in, 2 out, \\$0.00000105; first after \\d+ ms, "
                        + "all after \\d+ ms, \\d+ tokens/s\u001b\\[0m");
    }

    @Test
    void chatAsksTheFirstModelUnlessTold() {
        penstock.answers("/v1/models", 200, "{\"data\":[{\"id\":\"first\"},{\"id\":\"second\"}]}")
                .answers(CHAT, 200, ANSWER).run("chat", "Hi");

        assertThat(penstock.requests()).hasSize(2).element(1).asString().contains("\"model\":\"first\"");
    }

    @Test
    void chatReadsAPromptFromItsInput() {
        penstock.answers(CHAT, 200, ANSWER).runWithInput("Grüße\n", "chat", "--model", "fast", "-");

        assertThat(penstock.requests()).singleElement().asString().contains("\"content\":\"Grüße\\n\"");
    }

    @Test
    void aRefusalIsOneLineWithStatusAndMessage() {
        var run = penstock.answers(CHAT, 429, "{\"error\":{\"message\":\"Slow down\",\"code\":\"rate_limit\"}}")
                .run("chat", "--model", "fast", "Hi");

        assertThat(run).isEqualTo(new FakePenstock.Run(1, "", "penstock: 429: Slow down" + System.lineSeparator()));
    }

    @Test
    void aRefusalOfAnotherShapeIsOneLineToo() {
        assertThat(penstock.answers(CHAT, 502, "<html>Bad gateway").run("chat", "--model", "fast", "Hi").err())
                .isEqualTo("penstock: 502: no message" + System.lineSeparator());
    }

    @Test
    void anErrorAmidTheStreamFailsTheChat() {
        var run = penstock.answers(CHAT, 200, """
                data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}

                data: {"error":{"message":"The provider hung up"}}

                """).run("chat", "--model", "fast", "Hi");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out()).startsWith("Hel");
        assertThat(run.err()).isEqualTo("penstock: The provider hung up" + System.lineSeparator());
    }

    @Test
    void nobodyAtTheUrlIsToldPlainly() throws IOException {
        String url;
        try (var socket = new ServerSocket(0)) {
            url = "http://127.0.0.1:" + socket.getLocalPort();
        }
        var caller = new Caller(Map.of("PENSTOCK_URL", url, "PENSTOCK_API_KEY", "k"), InputStream.nullInputStream(),
                false);

        assertThat(FakePenstock.run(caller, "usage").err()).isEqualTo(
                "penstock: nothing answers at " + url + "; is penstock up running?" + System.lineSeparator());
    }

    @Test
    void aMissingKeyIsToldPlainly() {
        var caller = new Caller(Map.of("PENSTOCK_URL", penstock.url()), InputStream.nullInputStream(), false);

        assertThat(FakePenstock.run(caller, "usage").err()).contains("there is no API key: set PENSTOCK_API_KEY");
    }

    @Test
    void theUrlMayBeTheOneThatSdksAreGiven() {
        penstock.answers("/v1/usage", 200, USAGE);
        var caller = new Caller(Map.of("PENSTOCK_URL", penstock.url() + "/v1/", "PENSTOCK_API_KEY", "k"),
                InputStream.nullInputStream(), false);

        assertThat(FakePenstock.run(caller, "usage").exit()).isZero();
    }

    @Test
    void usagePrintsTheDay() {
        var run = penstock.answers("/v1/usage", 200, USAGE).run("usage");

        assertThat(run.exit()).isZero();
        assertThat(run.out().lines()).satisfiesExactly(
                line -> assertThat(line).isEqualTo("default on 2026-11-24"),
                line -> assertThat(line).startsWith("total ").contains("2 attempts", "30 in", "20 out")
                        .endsWith("$1.500000000"),
                line -> assertThat(line).startsWith("fast,1 ").endsWith("$1.500000000 and more of unknown price"));
        assertThat(penstock.queries()).containsExactly("group_by=model");
    }

    @Test
    void usageReportsAsAsked() {
        var run = penstock.answers("/v1/usage", 200, USAGE).run("usage", "report", "--start", "2026-11-01", "--by",
                "key,provider");

        assertThat(run.out().lines()).element(2).asString().startsWith("prod  acme ");
        assertThat(penstock.queries()).containsExactly("group_by=key,provider&start_date=2026-11-01");
    }

    @Test
    void usageIsExportedAsItIs() {
        var run = penstock.answers("/v1/usage", 200, "day,cost\r\n2026-11-24,1\r\n").run("usage", "export");

        assertThat(run.out().lines()).containsExactly("day,cost", "2026-11-24,1");
    }

    @Test
    void usageIsExportedWithTheColumnsOfFocus() {
        List<String> lines = penstock.answers("/v1/usage", 200, USAGE).run("usage", "export", "--focus").out().lines()
                .toList();

        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst().split(",")).contains("BilledCost", "BillingCurrency", "ChargePeriodStart",
                "SubAccountId", "x_OutputTokens")
                .hasSameSizeAs(lines.get(1).split(",(?=([^\"]*\"[^\"]*\")*[^\"]*$)", -1));
        assertThat(lines.get(1))
                .startsWith("1.500000000,acme,acme,USD,2026-10-31T23:00:00Z,2026-11-30T23:00:00Z,Usage,,")
                .contains("\"Tokens of fast,1\"", "2026-11-23T23:00:00Z,2026-11-24T23:00:00Z,50,Tokens,",
                        "\"{\"\"key\"\":\"\"prod\"\",\"\"lane\"\":\"\"interactive\"\"}\"");
    }

    @Test
    void usageTailPrintsALineAnEvent() {
        var run = penstock.answers("/v1/usage/stream", 200, ": from now on\n\n" + data("42") + data("null"))
                .run("usage", "tail");

        assertThat(run.out().lines()).hasSize(2).allSatisfy(line -> assertThat(line)
                .startsWith("2026-11-24T02:00:00.000Z").contains("fast", "acme", "completed", "3 in", "2 out"));
        assertThat(run.out().lines().map(line -> line.substring(line.lastIndexOf("out") + 5)))
                .containsExactly("$0.000000042", "price unknown");
    }

    @Test
    void usageTailPassesEventsOnAsTheyAre() {
        var run = penstock.answers("/v1/usage/stream", 200, data("42")).run("usage", "tail", "--json");

        assertThat(run.out().strip()).isEqualTo(EVENT.formatted("42"));
    }

    @Test
    void theTestsOwnProcessHasNoTerminal() {
        assertThat(Caller.here().terminal()).isFalse();
    }

    @Test
    void everyCommandHasHelp() {
        var commands = Main.commands(new Caller(Map.of(), InputStream.nullInputStream(), false));
        assertThat(commands.getSubcommands()).containsOnlyKeys("up", "chat", "usage", "ledger", "alerts", "prices",
                "dead-letters", "batch", "ingress", "dispatcher",
                "metering", "broker", "simulator", "bench");
        commands.getSubcommands().keySet().forEach(name -> {
            var run = penstock.run(name, "--help");
            assertThat(run.exit()).as(name).isZero();
            assertThat(run.out()).startsWith("Usage: penstock " + name);
        });
        assertThat(penstock.run("usage", "tail", "--help").out()).startsWith("Usage: penstock usage tail");
        assertThat(penstock.run("--version").out()).startsWith("penstock ");
    }

    private static String data(String cost) {
        return "data: " + EVENT.formatted(cost) + "\n\n";
    }
}
