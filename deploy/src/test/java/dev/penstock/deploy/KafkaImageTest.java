package dev.penstock.deploy;

import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledIf;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;

/** The end-to-end suite on the image of Kafka that others run, instead of the embedded broker. */
@EnabledIf(value = "anEngineIsFound", disabledReason = "no Docker engine is found")
class KafkaImageTest extends EndToEndTest {
    private static final String IMAGE = "apache/kafka:4.3.1";

    static boolean anEngineIsFound() {
        boolean found = DockerClientFactory.instance().isDockerAvailable();
        if (!found) {
            System.out.println("SKIPPED: the end-to-end suite on " + IMAGE + ", since no Docker engine is found here");
        }
        return found;
    }

    @Override
    TestBed bed(Path folder) throws Exception {
        var kafka = new KafkaContainer(IMAGE);
        kafka.start();
        return new TestBed(folder, kafka.getBootstrapServers(), kafka::stop);
    }
}
