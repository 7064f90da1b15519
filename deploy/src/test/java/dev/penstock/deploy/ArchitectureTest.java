package dev.penstock.deploy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The arrows that the design forbids. Plain tests: ArchUnit's own engine ran none under some versions of Surefire. */
class ArchitectureTest {
    private static final JavaClasses PENSTOCK = new ClassFileImporter().withImportOption(new DoNotIncludeTests())
            .importPackages("dev.penstock");
    private static final String[] PURE = {"dev.penstock.ingress.admission", "dev.penstock.ingress.report",
            "dev.penstock.ingress.format", "dev.penstock.ingress.idempotency", "dev.penstock.ingress.limits",
            "dev.penstock.ingress.routing", "dev.penstock.ingress.replay",
            "dev.penstock.dispatcher.policy", "dev.penstock.metering.ledger", "dev.penstock.metering.anomaly",
            "dev.penstock.schemas.ledger"};

    @Test
    void programsMeetOnlyInSchemas() {
        layeredArchitecture().consideringOnlyDependenciesInLayers()
                .layer("schemas").definedBy("dev.penstock.schemas..")
                .layer("ingress").definedBy("dev.penstock.ingress..")
                .layer("dispatcher").definedBy("dev.penstock.dispatcher..")
                .layer("metering").definedBy("dev.penstock.metering..")
                .layer("deploy").definedBy("dev.penstock.deploy..")
                .whereLayer("deploy").mayNotBeAccessedByAnyLayer()
                .whereLayer("ingress").mayOnlyBeAccessedByLayers("deploy")
                .whereLayer("dispatcher").mayOnlyBeAccessedByLayers("deploy")
                .whereLayer("metering").mayOnlyBeAccessedByLayers("deploy")
                .check(PENSTOCK);
    }

    @Test
    void decisionsArePure() {
        noClasses().that().resideInAnyPackage(PURE).should().dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "org.apache.kafka..", "java.net..", "java.util.concurrent..")
                .check(PENSTOCK);
    }

    @Test
    void decisionsAreToldTheTime() {
        noClasses().that().resideInAnyPackage(PURE).should().callMethod(Instant.class, "now")
                .orShould().callMethod(System.class, "currentTimeMillis").orShould()
                .callMethod(System.class, "nanoTime")
                .check(PENSTOCK);
    }

    @Test
    void onlyProvidersAndWebhooksAreCalled() {
        noClasses().that().resideOutsideOfPackages("dev.penstock.dispatcher.provider..",
                "dev.penstock.metering.webhook..", "dev.penstock.deploy..")
                .should().dependOnClassesThat().haveFullyQualifiedName("io.vertx.core.http.HttpClient").orShould()
                .dependOnClassesThat().resideInAPackage("java.net.http..").check(PENSTOCK);
    }

    @Test
    void onlyDeployReadsTheEnvironment() {
        noClasses().that().resideOutsideOfPackage("dev.penstock.deploy..").should()
                .callMethod(System.class, "getenv", String.class).orShould().callMethod(System.class, "exit", int.class)
                .check(PENSTOCK);
    }

    @Test
    void configurationsAreRecords() {
        classes().that().haveSimpleNameEndingWith("Config").should().beRecords().check(PENSTOCK);
    }

    @Test
    void aPlantedViolationIsFound() {
        var planted = new ClassFileImporter().importClasses(Planted.class);
        assertThatThrownBy(() -> noClasses().that(DescribedPredicate.alwaysTrue()).should()
                .callMethod(Instant.class, "now").check(planted)).isInstanceOf(AssertionError.class);
    }

    /** Does what a decision must not. */
    private static final class Planted {
        static Instant now() {
            return Instant.now();
        }
    }
}
