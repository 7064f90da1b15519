package dev.penstock.deploy.bench;

/** What a bench compares, running: the provider called directly, and Penstock in front of the same provider. */
public interface Rig extends AutoCloseable {
    Target direct();

    Target penstock();

    /** The same Penstock, for a tenant with a daily cap that is never reached. */
    Target capped();

    /** The same Penstock, for a model whose provider takes few calls at a time. */
    Target narrow();

    /** Starts a {@link BurstCommand} of another tenant for that model, whose answers take so long. */
    Process burst(int millis);

    /** Stops what was started for the bench. */
    @Override
    void close();
}
