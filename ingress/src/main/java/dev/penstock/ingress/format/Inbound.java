package dev.penstock.ingress.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.ChatRequestReader;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.admission.ObjectShape;
import dev.penstock.ingress.admission.ShapedBody;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import java.util.function.Function;

/** A request as it comes in, by any API: one that may be admitted, or one that is at fault. */
public sealed interface Inbound {
    /** One that may be admitted. */
    record Valid(ChatRequest request, Framing framing) implements Inbound {}

    /** One that is at fault, and how, in OpenAI's terms; nothing of its prompt is in the error. */
    record Invalid(ApiError error) implements Inbound {}

    /**
     * A response that goes on from another one: what that one was about has to be looked up.
     *
     * @param previousId the other one
     */
    record Continued(String previousId, JsonNode body) implements Inbound {
        /** The request with the items of the other one before its own, as {@link ResponseObject#conversation} has them. */
        public Inbound after(byte[] conversation) {
            return ResponsesToChat.continued(body, Trees.tree(conversation));
        }
    }

    /** Reads the body of a request. Safe for use by several threads; never blocks. */
    static Inbound read(Format format, byte[] body) {
        return switch (format) {
            case CHAT_COMPLETIONS -> chat(body, Framing.of(format));
            case MESSAGES -> shaped(body, MessagesShape.REQUEST, Inbound::message);
            case RESPONSES -> shaped(body, ResponsesShape.REQUEST, ResponsesToChat::read);
            case COMPLETIONS -> shaped(body, CompletionsToChat.SHAPE, CompletionsToChat::read);
            case EMBEDDINGS -> shaped(body, Embeddings.SHAPE, Embeddings::read);
            case MODERATIONS -> shaped(body, Moderations.SHAPE, Moderations::read);
        };
    }

    /** Reads the body of a request to count the tokens of a message. */
    static Inbound readToCount(byte[] body) {
        return shaped(body, MessagesShape.COUNT, Inbound::message);
    }

    private static Inbound message(JsonNode tree) {
        return chat(Trees.bytes(MessagesToChat.chat(tree)), Framing.of(Format.MESSAGES));
    }

    /** What a canonical body is found to be. */
    static Inbound chat(byte[] body, Framing framing) {
        return switch (ChatRequestReader.read(body)) {
            case ChatRequestReader.Result.Valid(var request) ->
                new Valid(request, request.store() ? framing.kept(true) : framing);
            case ChatRequestReader.Result.Invalid(var error) -> new Invalid(error);
        };
    }

    private static Inbound shaped(byte[] body, ObjectShape shape, Function<JsonNode, Inbound> read) {
        return switch (ShapedBody.read(body, shape)) {
            case ShapedBody.Valid(var known) -> read.apply(Trees.tree(known));
            case ShapedBody.Invalid(var error) -> new Invalid(error);
        };
    }
}
