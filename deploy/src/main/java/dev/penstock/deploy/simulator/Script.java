package dev.penstock.deploy.simulator;

import java.util.List;

/**
 * The text of every simulated answer, piece by piece; a piece is a token. It is the same for everyone and each line
 * starts with its number, so that a reader can tell by the text alone whether a piece is missing, doubled or misplaced.
 */
public final class Script {
    private static final List<String> WORDS = List.of(" The", " water", " waits", " behind", " the", " gate", " until",
            " the", " wheel", " has", " room,", " and", " none", " is", " lost.\n");
    private static final int LINE = WORDS.size() + 1;

    private Script() {}

    /** Piece number {@code index}, from 0; there is no last one. */
    public static String piece(long index) {
        int position = (int) (index % LINE);
        return position == 0 ? index / LINE + 1 + "." : WORDS.get(position - 1);
    }
}
