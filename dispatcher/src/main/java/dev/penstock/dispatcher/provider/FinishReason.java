package dev.penstock.dispatcher.provider;

/** Why a choice ended. These and no others: typed SDKs break on any further value. */
enum FinishReason {
    STOP("stop"), LENGTH("length"), TOOL_CALLS("tool_calls"), CONTENT_FILTER("content_filter"),
    /** Of requests with the deprecated {@code functions}. */
    FUNCTION_CALL("function_call");

    private final String wire;

    FinishReason(String wire) {
        this.wire = wire;
    }

    /** OpenAI's name for it. */
    String wire() {
        return wire;
    }
}
