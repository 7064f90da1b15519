package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** OpenAI's chunks, of which the last with a choice tells the usage. */
record MistralWording(Chat chat, Chunks chunks) implements Wording {
    @Override
    public String head(int choice) {
        return chunks.head(choice);
    }

    @Override
    public String piece(int choice, long index) {
        return chunks.piece(choice, index);
    }

    @Override
    public String finish(int choice) {
        ObjectNode last = chunks.last(choice);
        if (choice == chat.request().n() - 1) {
            last.set("usage", Completions.usage(chat));
        }
        return Chunks.event(last);
    }

    @Override
    public String end() {
        return Chunks.DONE;
    }

    @Override
    public ObjectNode whole() {
        return chunks.whole();
    }
}
