package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shapes of values that hold others, and shapes made of shapes. */
sealed interface Compound extends Shape permits ObjectShape, Compound.Array, Compound.AnyObject, Compound.Metadata,
        Compound.Either, Compound.OrNull, Compound.Noted, Compound.Part, Compound.Variants {
    /** Items of one shape. */
    record Array(Shape item, int min, int max) implements Compound {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.START_ARRAY;
        }

        @Override
        public String noun() {
            return "array of " + item.noun() + "s";
        }

        @Override
        public @Nullable ApiError copy(Copier copier) throws IOException {
            int count = 0;
            copier.write('[');
            while (copier.next() != JsonToken.END_ARRAY) {
                if (++count > max) { // to be refused, with the whole count
                    copier.skip();
                    continue;
                }
                copier.separate();
                ApiError error = copier.copy(item);
                if (error != null) {
                    return error;
                }
            }
            copier.write(']');
            return count < min || count > max ? Violations.arrayLength(copier.path(), count, min, max) : null;
        }
    }

    /** A part of a message's content; the bytes of one that is an image or a recording are not read as text. */
    record Part(Shape shape) implements Compound {
        @Override
        public boolean accepts(JsonToken first) {
            return shape.accepts(first);
        }

        @Override
        public String noun() {
            return shape.noun();
        }

        @Override
        public @Nullable ApiError copy(Copier copier) throws IOException {
            int start = copier.length();
            int seen = copier.facts.images + copier.facts.recordings;
            ApiError error = shape.copy(copier);
            if (copier.facts.images + copier.facts.recordings > seen) {
                copier.facts.mediaBytes += copier.length() - start;
            }
            return error;
        }
    }

    /** An object of any fields. */
    record AnyObject() implements Compound {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.START_OBJECT;
        }

        @Override
        public String noun() {
            return "object";
        }

        @Override
        public @Nullable ApiError copy(Copier copier) throws IOException {
            copier.keep();
            return null;
        }
    }

    /** An object of any fields, of which the facts are told those that are texts. */
    record Metadata() implements Compound {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.START_OBJECT;
        }

        @Override
        public String noun() {
            return "object";
        }

        @Override
        public @Nullable ApiError copy(Copier copier) throws IOException {
            copier.keep(copier.facts.metadata::put);
            return null;
        }
    }

    /** Two shapes told apart by the JSON type. */
    record Either(Shape first, Shape second) implements Compound {
        @Override
        public boolean accepts(JsonToken token) {
            return first.accepts(token) || second.accepts(token);
        }

        @Override
        public String noun() {
            return first.noun() + " or " + second.noun();
        }

        @Override
        public String expected() {
            return "one of " + Violations.withArticle(noun());
        }

        @Override
        public @Nullable ApiError copy(Copier copier) throws IOException {
            return (first.accepts(copier.parser().currentToken()) ? first : second).copy(copier);
        }
    }

    /** A shape or a null. */
    record OrNull(Shape shape) implements Compound {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.VALUE_NULL || shape.accepts(first);
        }

        @Override
        public String noun() {
            return shape.noun();
        }

        @Override
        public String expected() {
            return shape.expected();
        }

        @Override
        public @Nullable ApiError copy(Copier copier) throws IOException {
            if (copier.atNull()) {
                copier.keep();
                return null;
            }
            return shape.copy(copier);
        }
    }

    /** A shape that the facts are told of. */
    record Noted(Shape shape, Note note) implements Compound {
        @Override
        public boolean accepts(JsonToken first) {
            return shape.accepts(first);
        }

        @Override
        public String noun() {
            return shape.noun();
        }

        @Override
        public String expected() {
            return shape.expected();
        }

        @Override
        public @Nullable ApiError copy(Copier copier) throws IOException {
            ApiError error = shape.copy(copier);
            if (error == null) {
                note.take(copier.facts, copier.parser());
            }
            return error;
        }
    }

    /**
     * Objects told apart by a field. As a rule it is their first, and is read in passing.
     *
     * @param unknown of the discriminator alone; whatever is wrong with that, this shape finds
     * @param absent of an object without the discriminator
     */
    record Variants(String discriminator, Map<String, ObjectShape> shapes, ObjectShape unknown, ObjectShape absent)
            implements
                Compound {
        @Override
        public boolean accepts(JsonToken first) {
            return first == JsonToken.START_OBJECT;
        }

        @Override
        public String noun() {
            return "object";
        }

        @Override
        public @Nullable ApiError copy(Copier copier) throws IOException {
            int start = copier.tokenStart();
            boolean more = copier.nextField();
            String value = more && copier.parser().currentName().equals(discriminator)
                    ? copier.parser().getText()
                    : copier.lookAhead(start, discriminator);
            ObjectShape shape = value == null ? absent : shapes.getOrDefault(value, unknown);
            return shape.copyFields(copier, more);
        }
    }
}
