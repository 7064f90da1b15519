package dev.penstock.deploy.simulator;

import static dev.penstock.deploy.simulator.Caller.chat;
import static dev.penstock.deploy.simulator.Caller.script;
import static dev.penstock.deploy.simulator.Caller.stream;
import static dev.penstock.deploy.simulator.Caller.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class SimulatorAnswersTest extends OnSimulator {
    @Test
    void answersInOnePieceWithWhatTheModelSaysByDefault() throws Exception {
        var answer = caller.answer(chat("12345"));
        assertThat(answer.path("choices").path(0).path("message").path("content").asText()).isEqualTo(script(40));
        assertThat(answer.path("choices").path(0).path("finish_reason").asText()).isEqualTo("stop");
        var usage = answer.path("usage");
        assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(2);
        assertThat(usage.path("completion_tokens").asInt()).isEqualTo(40);
        assertThat(usage.path("total_tokens").asInt()).isEqualTo(42);
    }

    @Test
    void streamsOneTokenAPieceAndTheUsageThatWasAskedFor() throws Exception {
        var body = stream("[[sim ttft=0 itl=0 tokens=100]]");
        body.putObject("stream_options").put("include_usage", true);
        var events = caller.events(body);
        assertThat(text(events, 0)).isEqualTo(script(100));
        assertThat(events).hasSize(1 + 100 + 1 + 1);
        assertThat(events.getFirst().at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        assertThat(events.get(101).at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(events.getLast().path("choices")).isEmpty();
        assertThat(events.getLast().at("/usage/completion_tokens").asInt()).isEqualTo(100);
        assertThat(events.subList(0, 102)).allMatch(event -> event.path("usage").isNull());
        var ids = new HashSet<String>();
        events.forEach(event -> ids.add(event.path("id").asText()));
        assertThat(ids).hasSize(1);
    }

    @Test
    void tellsNoUsageInAStreamUnasked() throws Exception {
        assertThat(caller.events(stream("[[sim itl=0 tokens=1]]"))).noneMatch(event -> event.has("usage"));
    }

    @Test
    void stopsAtTheLimitThatTheRequestSets() throws Exception {
        var body = stream("[[sim itl=0 endless]]").put("max_completion_tokens", 7).put("max_tokens", 9);
        var events = caller.events(body);
        assertThat(text(events, 0)).isEqualTo(script(7));
        assertThat(events.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("length");
        var whole = caller.answer(chat("[[sim itl=0 endless]]").put("max_tokens", 3));
        assertThat(whole.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(whole.at("/usage/completion_tokens").asInt()).isEqualTo(3);
    }

    @Test
    void saysTheSameInEveryChoiceAndCountsThemAll() throws Exception {
        var events = caller.events(stream("[[sim itl=0 tokens=5]]").put("n", 3));
        assertThat(text(events, 0)).isEqualTo(script(5)).isEqualTo(text(events, 2));
        var whole = caller.answer(chat("[[sim itl=0 tokens=5]]").put("n", 3));
        assertThat(whole.path("choices")).hasSize(3);
        assertThat(whole.at("/usage/completion_tokens").asInt()).isEqualTo(15);
    }

    @Test
    void keepsToItsSchedule() throws Exception {
        long start = System.nanoTime();
        caller.events(stream("").put("model", "sim-small").put("stream", true));
        assertThat((System.nanoTime() - start) / 1e6).isBetween(30 + 39 * 10 - 1.0, 5_000.0);
    }

    @Test
    void listsItsModels() throws Exception {
        var models = caller.get("/v1/models").path("data");
        assertThat(models.findValuesAsText("id")).containsExactly("sim-large", "sim-small", "sim-embed",
                "sim-moderation");
    }

    @Test
    void obeysTheHeaderOverTheMessage() throws Exception {
        var answer = caller.post(chat("[[sim itl=0 tokens=5]]"), "x-sim", "tokens=2");
        assertThat(Caller.parse(answer.body()).at("/usage/completion_tokens").asInt()).isEqualTo(2);
    }

    @Test
    void refusesWhatIsNoChat() throws Exception {
        assertThat(caller.post(Caller.parse("{}")).statusCode()).isEqualTo(400);
        assertThat(caller.post(chat("").put("n", 0)).body()).contains("\"param\":\"n\"");
        var unknown = caller.post(chat("").put("model", "gpt-0"));
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).contains("\"code\":\"model_not_found\"");
    }
}
