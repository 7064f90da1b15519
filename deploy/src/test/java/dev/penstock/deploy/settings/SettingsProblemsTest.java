package dev.penstock.deploy.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsProblemsTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void allProblemsAreToldAtOnceEachWithItsPath() throws IOException {
        assertThat(problems("""
                eventLoops: -1
                ingress: {port: 70000, maxBody: 32MB, deadline: soon, keepAlive: 0s, spread: many}
                dispatcher: {queueLimit: 0, drain: -5s}
                ledger: {lease: 1s, margin: 1s}
                files: {maxSize: 6GiB, s3: {bucket: b, accessKeyId: me}}
                kafka: {topicPrefix: a..b, partitions: 0, properties: [1]}
                cluster: {port: -1, members: here}
                providers:
                  acme:
                    kind: SMTP
                    baseUrl: acme.example
                    maxConcurrentCalls: -1
                    timeouts: {idle: 0ms}
                  Bad_Name: {kind: OPENAI, baseUrl: "http://localhost"}
                models:
                  fast: {provider: acme, price: {input: -1, output: 0.0000000001, cacheRead: cheap}, maxOutputTokens: 0}
                  slow: {provider: acne, created: -1}
                tenants:
                  team: {weight: 0, timeZone: Mars/Olympus, keys: [{id: main}, {id: A, sha256: 12}, text]}
                """)).containsExactlyInAnyOrder(
                "eventLoops: -1 must not be negative",
                "ingress.port: 70000 must be between 0 and 65535",
                "ingress.maxBody: 32MB must be a positive size such as 64KiB or 32MiB, less than 1024MiB",
                "ingress.deadline: soon must be a positive duration such as 500ms, 30s or 5m",
                "ingress.keepAlive: 0s must be a positive duration such as 500ms, 30s or 5m",
                "ingress.spread: many must be positive",
                "dispatcher.queueLimit: 0 must be positive",
                "dispatcher.drain: -5s must be a duration such as 500ms, 30s or 5m",
                "files.s3.region: is missing",
                "ledger.margin: 1s must be a duration of at least 3s",
                "kafka.topicPrefix: a..b must be letters, digits, -, _ and single dots",
                "kafka.partitions: 0 must be positive",
                "kafka.properties: must be a mapping",
                "cluster.port: -1 must be between 0 and 65535",
                "cluster.members: must be a list",
                "providers.acme.kind: SMTP must be one of " + List.of(ProviderKind.values()),
                "providers.acme.baseUrl: acme.example must be an absolute http, https or h2c URL",
                "providers.acme.maxConcurrentCalls: -1 must be positive",
                "providers.acme.timeouts.idle: 0ms must be a positive duration such as 500ms, 30s or 5m",
                "providers.Bad_Name.name: 'Bad_Name' must be 1 to 64 lower-case letters, digits and inner hyphens",
                "models.fast.price.input: -1 must be dollars, not negative, with at most nine decimals",
                "models.fast.price.output: 1.0E-10 must be dollars, not negative, with at most nine decimals",
                "models.fast.price.cacheRead: cheap must be dollars, not negative, with at most nine decimals",
                "models.fast.maxOutputTokens: 0 must be positive",
                "models.slow.provider: there is no provider 'acne'; did you mean acme?",
                "models.slow.created: -1 must not be negative",
                "tenants.team.weight: 0 must be positive",
                "tenants.team.timeZone: Mars/Olympus is no time zone",
                "tenants.team.keys[0].sha256: is missing",
                "tenants.team.keys[1].id: 'A' must be 1 to 64 lower-case letters, digits and inner hyphens",
                "tenants.team.keys[2]: must be a mapping",
                "tenants.team.keys[2].id: is missing",
                "tenants.team.keys[2].sha256: is missing");
    }

    @Test
    void aBatchApiIsOnlyThereWhereItIsKnownOf() throws IOException {
        assertThat(problems("""
                providers:
                  aws: {kind: BEDROCK, baseUrl: "http://localhost", batchApi: {}}
                  acme: {kind: ANTHROPIC, baseUrl: "http://localhost", batchApi: {pricePercent: 0, price: 1}}
                """)).containsExactlyInAnyOrder("providers.aws.batchApi: Penstock knows of none of kind BEDROCK",
                "providers.acme.batchApi.pricePercent: 0 must be positive",
                "providers.acme.batchApi.price: there is no such setting; did you mean pricePercent?");
    }

    @Test
    void whatIsWrongWithAWebhookIsToldWithoutItsSecret() throws IOException {
        assertThat(problems("""
                webhooks:
                  ops: {url: /here, secret: whsec_c2hvcnQ=, event: []}
                  short: {url: "http://localhost/", secret: whsec_c2hvcnQ=}
                  typo: {url: "http://localhost/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, events: [alert.cap]}
                """)).containsExactlyInAnyOrder(
                "webhooks.ops.url: /here must be an absolute http, https or h2c URL",
                "webhooks.ops.event: there is no such setting; did you mean events?",
                "webhooks.short.secret: must be whsec_ and the Base64 of 24 to 64 bytes",
                "webhooks.typo.events: there is no event alert.cap, only [alert.cap_threshold, alert.cap_refusal,"
                        + " alert.spend_anomaly, alert.model_mix_anomaly, batch.completed, batch.failed, batch.expired,"
                        + " batch.cancelled, response.completed, response.incomplete, response.failed,"
                        + " response.cancelled]");
        assertThat(problems("webhooks: {ops: {url: 'http://localhost/', secret: "
                + "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, tenants: [nobody]}}"))
                .containsExactly("webhooks.ops.tenants: there is no tenant 'nobody'");
    }

    @Test
    void whatIsWrongWithRoutesIsToldByPath() throws IOException {
        assertThat(problems(
                """
                        providers: {acme: {kind: OPENAI, baseUrl: "http://localhost"}}
                        models:
                          nose: {provider: acme, capabilities: [tools, smell]}
                          faster: {provider: acme}
                        tenants: {team: {keys: [{id: a, key: k, limits: {inFlight: 0}}], limits: {requestsPerMinute: -1, tpm: 1}}}
                        routes:
                          empty: {}
                          odd: {strategy: fastest, candidates: [{model: fast, weigth: 1}, {model: acme/any, after: lunch}]}
                          stuck: {sticky: user, candidates: [{model: faster}]}
                          twice: {strategy: weighted, candidates: [{model: faster}, {model: faster}]}
                          last: {candidates: [{model: faster, after: context_length}]}
                          asked:
                            candidates: [{model: faster, parameters: {stream: true, max_tokens: 5, max_completion_tokens: 0}}]
                            when: [{strategy: cost}, {lane: slow}]
                            shadow: {model: slow, percent: 101, tenant: tem}
                        """))
                .containsExactlyInAnyOrder(
                        "models.nose.capabilities: smell must be one of [tools, vision, json_schema]",
                        "tenants.team.keys[0].limits.inFlight: 0 must be positive",
                        "tenants.team.limits.requestsPerMinute: -1 must be positive",
                        "tenants.team.limits.tpm: there is no such setting",
                        "routes.empty.candidates: is missing",
                        "routes.odd.strategy: fastest must be one of [priority, latency, cost, capacity, weighted]",
                        "routes.odd.candidates[0].model: there is no model 'fast'; did you mean faster?",
                        "routes.odd.candidates[0].weigth: there is no such setting; did you mean weight?",
                        "routes.odd.candidates[1].after: lunch must be one of [failure, context_length, content_filter]",
                        "routes.stuck.sticky: goes with strategy: weighted only",
                        "routes.twice.candidates: two are called 'faster'; an arm tells them apart",
                        "routes.last.candidates: at least one must not wait for a special failure",
                        "routes.asked.candidates[0].parameters.stream: is the caller's alone",
                        "routes.asked.candidates[0].parameters.max_tokens: is written max_completion_tokens here",
                        "routes.asked.candidates[0].parameters.max_completion_tokens: 0 must be positive",
                        "routes.asked.when[0].lane: a rule needs a condition: lane, metadata, minInputTokens or maxInputTokens",
                        "routes.asked.when[1].lane: slow must be one of [interactive, batch]",
                        "routes.asked.shadow.model: there is no model 'slow'",
                        "routes.asked.shadow.tenant: there is no tenant 'tem'; did you mean team?");
    }

    @Test
    void unknownKeysAreToldWithWhatWasMeant() throws IOException {
        assertThat(problems("""
                evntLoops: 1
                ingress: {ports: 1, xyz: 2}
                providers: {acme: {kind: OPENAI, baseUrl: "http://localhost", maxConcurentCalls: 3, TIMEOUTS: {}}}
                models: {fast: {provider: acme, price: {input: 1, output: 1, cache: 1}}}
                """)).containsExactlyInAnyOrder(
                "evntLoops: there is no such setting; did you mean eventLoops?",
                "ingress.ports: there is no such setting; did you mean port?",
                "ingress.xyz: there is no such setting",
                "providers.acme.maxConcurentCalls: there is no such setting; did you mean maxConcurrentCalls?",
                "providers.acme.TIMEOUTS: there is no such setting; did you mean timeouts?",
                "models.fast.price.cache: there is no such setting; did you mean cacheRead?");
    }

    @Test
    void whatIsMissingIsTold() throws IOException {
        assertThat(problems("""
                ingress: {port: null}
                providers: {acme: {}}
                models: {fast: {price: {input: 1}}}
                """)).containsExactlyInAnyOrder("ingress.port: is missing", "providers.acme.kind: is missing",
                "providers.acme.baseUrl: is missing", "models.fast.provider: is missing",
                "models.fast.price.output: is missing");
    }

    @Test
    void aReferenceToNothingIsTold() throws IOException {
        assertThat(problems("""
                providers:
                  acme: {kind: OPENAI, baseUrl: "http://localhost", apiKey: "${env:NOT_SET}"}
                  other: {kind: OPENAI, baseUrl: "http://localhost", apiKey: "${file:/not/there}"}
                """)).contains("providers.acme.apiKey: ${env:NOT_SET} is not set",
                "providers.other.apiKey: ${file:/not/there} cannot be read");
    }

    @Test
    void anEmptyKeyOpensNoDoor() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty"), "\n");
        assertThat(problems("tenants: {team: {keys: [{id: main, key: '${file:" + empty + "}'}]}}"))
                .containsExactly("tenants.team.keys[0].key: ${file:" + empty + "} must not be blank");
    }

    @Test
    void noProblemShowsWhatAReferenceStandsFor() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "sk-secret");
        String reference = "'${file:" + secret + "}'";
        assertThat(problems("""
                ingress: {port: %1$s, maxBody: %1$s, deadline: %1$s}
                providers: {acme: {kind: %1$s, baseUrl: %1$s}}
                models: {fast: {provider: acme, price: {input: %1$s, output: 1}}}
                tenants: {team: {timeZone: %1$s, keys: [{id: main, sha256: %1$s}]}}
                """.formatted(reference))).hasSize(8).noneMatch(problem -> problem.contains("sk-secret"));
    }

    @Test
    void aFileThatIsNoYamlIsToldWithThePlaceButNotItsText() throws IOException {
        assertThat(problems("providers:\n  acme: {apiKey: sk-secret\n")).singleElement().asString()
                .startsWith(folder.resolve("penstock.yaml") + ":3:1: is no YAML").doesNotContain("sk-secret");
    }

    @Test
    void aFileThatIsNotThereIsTold() {
        Path file = folder.resolve("nothing.yaml");
        var failure = catchThrowableOfType(SettingsException.class, () -> SettingsReader.read(file, Map.of(), null));
        assertThat(failure.problems()).containsExactly(file + ": cannot be read");
    }

    @Test
    void aKeyOfTwoTenantsIsTold() throws IOException {
        assertThat(problems("tenants: {a: {keys: [{id: x, key: same}]}, b: {keys: [{id: y, key: same}]}}"))
                .singleElement().asString().contains("the same key is one of tenant").doesNotContain("same,");
    }

    private List<String> problems(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("penstock.yaml"), yaml);
        return catchThrowableOfType(SettingsException.class, () -> SettingsReader.read(file, Map.of(), null))
                .problems();
    }
}
