package dev.penstock.deploy.bench;

/** Holds one streamed answer against the script: its events' contents, and that {@code [DONE]} is the last of them. */
final class StreamCheck {
    private final AnswerCheck answer = new AnswerCheck();
    private final EventLines lines = new EventLines(this::event);
    private int texts;
    private boolean done;
    private boolean afterDone;

    /** Takes the next part of the body; how many events with text it ended. */
    int take(byte[] part) {
        int before = texts;
        lines.take(part);
        return texts - before;
    }

    private void event(byte[] bytes, int offset, int length) {
        afterDone |= done;
        if (length == 6 && bytes[offset] == '[') {
            done = true;
        } else if (answer.take(bytes, offset, length)) {
            texts++;
        }
    }

    long tokens() {
        return answer.tokens();
    }

    /** The verdict when the body has ended. */
    Verdict verdict(long expected) {
        var verdict = answer.verdict(expected);
        if (verdict != Verdict.WHOLE) {
            return verdict;
        }
        return !done ? Verdict.LOST : afterDone ? Verdict.DOUBLED : Verdict.WHOLE;
    }
}
