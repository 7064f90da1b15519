package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One answer in the words of a dialect: its events, empty where there is nothing to say, or the whole. */
interface Wording {
    /** What comes before a choice's first piece. */
    String head(int choice);

    /** One piece of one choice. */
    String piece(int choice, long index);

    /** Why a choice ends. */
    String finish(int choice);

    /** What comes after all choices. */
    String end();

    /** The whole answer in one piece. */
    ObjectNode whole();
}
