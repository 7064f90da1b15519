package dev.penstock.deploy.simulator;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** Tests that call one and the same simulator, with its usual settings. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
abstract class OnSimulator {
    Caller caller;

    @BeforeAll
    void start() throws Exception {
        caller = new Caller(SimulatorSettings.DEFAULT);
    }

    @AfterAll
    void stop() {
        caller.close();
    }
}
