package dev.penstock.schemas.bus;

/** Everything that is sent over the event bus. Immutable; arrays in it are shared, not copied, and never written to. */
public sealed interface BusMessage permits Frame, Signal, Inquiry, Standing, Receipt, WorkerStatus, Traffic,
        Loan {}
