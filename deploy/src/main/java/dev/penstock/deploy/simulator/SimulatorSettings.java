package dev.penstock.deploy.simulator;

import java.util.Map;

/**
 * How the simulator behaves where a request does not say otherwise.
 *
 * @param paces the models and how each speaks
 * @param seed of the faults' draw: the same requests in the same order meet the same faults
 * @param eventLoops how many event loops share the connections
 */
record SimulatorSettings(Map<String, Pace> paces, FaultRates faults, long seed, int eventLoops) {
    static final SimulatorSettings DEFAULT = new SimulatorSettings(
            Map.of("sim-small", new Pace(30, 10, 40), "sim-large", new Pace(200, 20, 200)), FaultRates.NONE, 1, 1);
}
