package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;

/**
 * Leaves out all but the first of a choice's calls of tools, of a provider that cannot be told to make one at a time. The
 * others are paid for; the model makes them again in its next turns, if it still wants to.
 */
final class OneCallEncoder extends PassingEncoder {
    OneCallEncoder(AnswerEncoder encoder) {
        super(encoder);
    }

    @Override
    public void delta(Delta delta) {
        encoder.delta(new Delta(delta.choice(), delta.content(), delta.reasoning(), delta.refusal(),
                delta.toolCalls().stream().filter(call -> call.index() == 0).toList(), delta.passed(),
                delta.logprobs(), delta.finish()));
    }
}
