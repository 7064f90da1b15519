package dev.penstock.schemas.example;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.UsageEvent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Prints what each attempt cost, from the first one on, for ever. */
final class UsageReader {
    public static void main(String[] arguments) {
        var usage = new Topics(Topics.DEFAULT_PREFIX).usage();
        Map<String, Object> settings = Map.of("bootstrap.servers", arguments[0], "group.id", "my-dashboard",
                "auto.offset.reset", "earliest", "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(settings, usage.keys().deserializer(), usage.values().deserializer())) {
            consumer.subscribe(List.of(usage.name()));
            while (true) {
                for (var message : consumer.poll(Duration.ofSeconds(1))) {
                    UsageEvent event = message.value();
                    System.out.println(
                            event.getTenant() + " " + event.getModel() + " " + event.getCostNanoUsd() + " nano-USD");
                }
            }
        }
    }
}
