package dev.penstock.deploy.simulator;

/** What a request's body turns out to be: a chat, or why it is none. */
sealed interface Reading permits ChatRequest, ApiFailure {}
