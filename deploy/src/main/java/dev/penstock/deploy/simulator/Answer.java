package dev.penstock.deploy.simulator;

import java.util.ArrayList;
import java.util.List;

/** What the simulated model says, in pieces of one token each. */
sealed interface Answer {
    /** Length of a text without end. */
    long ENDLESS = Long.MAX_VALUE;

    /**
     * The script, or what is left of it.
     *
     * @param length in pieces
     * @param first the number of the first piece
     * @param begins what is said of that one
     */
    record Text(long length, long first, String begins) implements Answer {
        /** From this beginning on, until there are so many pieces with it; {@link #ENDLESS}: without end. */
        static Text of(long pieces, Beginning beginning) {
            long first = Script.pieceAt(beginning.from());
            return new Text(pieces == ENDLESS ? ENDLESS : Math.max(0, pieces - first), first,
                    Script.restOfPiece(beginning.from()));
        }

        @Override
        public String piece(long index) {
            return index == 0 ? begins : Script.piece(first + index);
        }
    }

    /** A text in JSON. */
    record Json(List<String> pieces) implements Answer {
        @Override
        public long length() {
            return pieces.size();
        }

        @Override
        public String piece(long index) {
            return pieces.get((int) index);
        }
    }

    /** Calls of functions, one after the other; the pieces are their arguments. */
    record ToolCalls(List<Call> calls) implements Answer {
        @Override
        public long length() {
            return calls.getLast().end();
        }

        @Override
        public String piece(long index) {
            Call call = calls.get(callAt(index));
            return call.pieces().get((int) index - call.start());
        }

        /** Which call a piece is part of. */
        int callAt(long index) {
            int call = 0;
            while (index >= calls.get(call).end()) {
                call++;
            }
            return call;
        }
    }

    /**
     * One of the calls.
     *
     * @param start which piece of the answer is its first
     */
    record Call(String name, int start, List<String> pieces) {
        int end() {
            return start + pieces.size();
        }

        /** Its arguments, cut after so many pieces of the answer. */
        String arguments(long length) {
            return String.join("", pieces.subList(0, Math.clamp(length - start, 0, pieces.size())));
        }
    }

    /** How many pieces it has if nothing cuts it. */
    long length();

    /** A piece by its number, from 0. */
    String piece(long index);

    static Answer to(ChatRequest request, Pace pace) {
        if (!request.calls().isEmpty()) {
            var calls = new ArrayList<Call>();
            for (var function : request.calls()) {
                calls.add(new Call(function.name(), calls.isEmpty() ? 0 : calls.getLast().end(),
                        pieces(SchemaSample.of(function.parameters()).toString())));
            }
            return new ToolCalls(List.copyOf(calls));
        }
        if (request.schema().isPresent()) {
            return new Json(pieces(SchemaSample.of(request.schema().get()).toString()));
        }
        return Text.of(pace.tokens() == 0 ? ENDLESS : pace.tokens(), request.beginning());
    }

    /** The text in pieces of 4 characters at most, never within a surrogate pair. */
    private static List<String> pieces(String text) {
        var pieces = new ArrayList<String>();
        for (int from = 0; from < text.length();) {
            int to = Math.min(from + 4, text.length());
            if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                to--;
            }
            pieces.add(text.substring(from, to));
            from = to;
        }
        return List.copyOf(pieces);
    }
}
