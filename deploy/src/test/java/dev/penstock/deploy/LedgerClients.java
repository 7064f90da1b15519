package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.UsageEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** 64 clients of one tenant. Each asks again and again, and where it gets no answer, another ingress. */
final class LedgerClients {
    private static final int CLIENTS = 64;
    private static final int DISTURBED_AFTER = 100;
    private static final int PIECES_BEFORE_HANGING_UP = 5;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final LedgerBed bed;
    private final String tenant;
    private final Scenario scenario;
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicBoolean disturbed = new AtomicBoolean();
    private volatile boolean quiet;
    private final Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
    /** What clients had seen, in pieces of text, of requests they hung up on. */
    private final Map<String, Integer> seen = new ConcurrentHashMap<>();

    LedgerClients(LedgerBed bed, String tenant, Scenario scenario) {
        this.bed = bed;
        this.tenant = tenant;
        this.scenario = scenario;
    }

    static String body(boolean stream, int maxTokens, String pace) {
        return body("sim-small", stream, maxTokens, pace);
    }

    static String body(String model, boolean stream, int maxTokens, String pace) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":" + maxTokens + ",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim " + pace + "]] Hello\"}]}";
    }

    /** All at once, each until it is refused for want of budget after the disturbance. */
    void askUntilRefused() throws Exception {
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            var all = new ArrayList<Future<?>>();
            for (int client = 0; client < CLIENTS; client++) {
                int number = client;
                all.add(clients.submit((Callable<Void>) () -> {
                    askUntilRefused(number);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    /** Asks once and demands to be refused. */
    void ask() throws IOException, InterruptedException {
        HttpResponse<String> refused = bed.http.send(bed.chat(tenant, 1, scenario.request().apply(0)),
                BodyHandlers.ofString());
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
    }

    /** What clients saw before they hung up is metered, and no more than that was possible is. */
    void verify(List<UsageEvent> usage) {
        Map<String, UsageEvent> byRequest = usage.stream()
                .collect(Collectors.toMap(UsageEvent::getRequestId, one -> one, (one, _) -> one));
        seen.forEach((request, pieces) -> {
            UsageEvent event = byRequest.get(request);
            assertThat(event).as("the usage of " + request).isNotNull();
            assertThat(event.getTokens().getOutput()).as("tokens of " + request).isGreaterThanOrEqualTo(pieces);
        });
        assertThat(usage).extracting(UsageEvent::getModel).containsAll(scenario.models());
        Set<String> hungUpOn = usage.stream().filter(one -> seen.containsKey(one.getRequestId()))
                .map(UsageEvent::getModel).collect(Collectors.toSet());
        assertThat(hungUpOn).containsAll(scenario.hangsUp() ? scenario.models() : List.of());
        assertThat(seen.isEmpty() || usage.stream().anyMatch(one -> one.getEnd() == AttemptEnd.ABANDONED))
                .as("calls were called off").isTrue();
    }

    @Override
    public String toString() {
        return outcomes.toString();
    }

    private void askUntilRefused(int client) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        for (int turn = client; System.nanoTime() < until; turn += CLIENTS) {
            String outcome = ask(client, turn);
            outcomes.computeIfAbsent(outcome, _ -> new AtomicInteger()).incrementAndGet();
            if (outcome.equals("429 insufficient_quota")) {
                if (quiet) {
                    return;
                }
                Thread.sleep(PAUSE);
            } else if (answered.incrementAndGet() >= DISTURBED_AFTER && disturbed.compareAndSet(false, true)) {
                scenario.disturbance().accept(bed);
                quiet = true;
            }
        }
        throw new AssertionError("not refused after " + PATIENCE + ": " + outcomes);
    }

    private String ask(int client, int turn) throws InterruptedException {
        try {
            HttpResponse<InputStream> response = bed.http.send(
                    bed.chat(tenant, turn, scenario.request().apply(turn)), BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (scenario.hangsUp() && client % 4 == 0 && response.statusCode() == 200) {
                    hangUp(response.headers().firstValue("x-request-id").orElseThrow(), body);
                    return "hung up";
                }
                String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
                return outcome(response.statusCode(), text);
            }
        } catch (IOException e) {
            return e.getClass().getSimpleName();
        }
    }

    private void hangUp(String request, InputStream body) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        int pieces = 0;
        for (String line = lines.readLine(); line != null && pieces < PIECES_BEFORE_HANGING_UP; line = lines
                .readLine()) {
            pieces += line.contains("\"content\":\"") && !line.contains("\"content\":\"\"") ? 1 : 0;
        }
        seen.put(request, pieces);
    }

    private static String outcome(int status, String text) {
        boolean whole = text.contains("[DONE]") || text.contains("\"chat.completion\"");
        if (status == 200) {
            return whole ? "whole" : text.contains("\"error\"") ? "broken" : "cut";
        }
        return status + " " + ApiClient.parse(text).at("/error/code").asText();
    }
}
