package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** OpenAI's chunks, and before them what was thought of the prompt. */
record AzureWording(Chunks chunks) implements Wording {
    private static final String JUDGED = """
            data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,\
            "content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}

            """;

    @Override
    public String head(int choice) {
        return choice == 0 ? JUDGED + chunks.head(choice) : chunks.head(choice);
    }

    @Override
    public String piece(int choice, long index) {
        return chunks.piece(choice, index);
    }

    @Override
    public String finish(int choice) {
        return chunks.finish(choice);
    }

    @Override
    public String end() {
        return chunks.end();
    }

    @Override
    public ObjectNode whole() {
        return chunks.whole();
    }
}
