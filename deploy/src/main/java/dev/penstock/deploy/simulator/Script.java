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

    /** Whether a text is how the script begins. */
    static boolean isBeginning(String text) {
        int at = 0;
        for (long index = 0; at < text.length(); index++) {
            String piece = piece(index);
            if (!text.regionMatches(at, piece, 0, Math.min(piece.length(), text.length() - at))) {
                return false;
            }
            at += piece.length();
        }
        return true;
    }

    /** The number of the piece that the character of this number is in. */
    static long pieceAt(int character) {
        long index = 0;
        for (int end = piece(0).length(); end <= character; end += piece(index).length()) {
            index++;
        }
        return index;
    }

    /** What follows after so many characters, up to the end of their piece. */
    static String restOfPiece(int characters) {
        int start = 0;
        for (long index = 0; index < pieceAt(characters); index++) {
            start += piece(index).length();
        }
        return piece(pieceAt(characters)).substring(characters - start);
    }
}
