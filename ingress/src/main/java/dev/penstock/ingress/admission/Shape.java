package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A kind of JSON value, with the rules for copying one. Its factories are the words that a schema is declared in. */
public sealed interface Shape permits Scalar, Compound {
    /** Whether a value that begins with this token may be of this shape. */
    boolean accepts(JsonToken first);

    /** What it is called in an error, without an article. */
    String noun();

    /** Copies the current value, which it accepts, and leaves the parser on its end. Returns null or what is wrong. */
    @Nullable
    ApiError copy(Copier copier) throws IOException;

    /** What it is called in an error, with an article. */
    default String expected() {
        return Violations.withArticle(noun());
    }

    static Shape text() {
        return text(0, Integer.MAX_VALUE);
    }

    /** A string of some length, in code points. */
    static Shape text(int min, int max) {
        return new Scalar.Text(min, max);
    }

    static Shape oneOf(String... values) {
        return new Scalar.Choice(List.of(values));
    }

    static Shape bool() {
        return new Scalar.Bool();
    }

    static Shape integer() {
        return integer(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    static Shape integer(long min, long max) {
        return new Scalar.Int(min, max);
    }

    static Shape decimal() {
        return decimal(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    static Shape decimal(long min, long max) {
        return new Scalar.Decimal(min, max);
    }

    static Shape array(Shape item) {
        return array(item, 0, Integer.MAX_VALUE);
    }

    static Shape array(Shape item, int min, int max) {
        return new Compound.Array(item, min, max);
    }

    static ObjectShape object(Field... fields) {
        return new ObjectShape(List.of(fields));
    }

    /** An object of the caller's own making, copied as it is. */
    static Shape anyObject() {
        return new Compound.AnyObject();
    }

    /** The first of two shapes if that accepts the value's JSON type, else the second. */
    static Shape either(Shape first, Shape second) {
        return new Compound.Either(first, second);
    }

    /** The shape, or a null, which is carried. */
    static Shape nullable(Shape shape) {
        return new Compound.OrNull(shape);
    }

    /** A shape whose value, once copied, tells the facts something. */
    static Shape noted(Shape shape, Note note) {
        return new Compound.Noted(shape, note);
    }

    /** An object whose shape depends on the text of one of its fields, wherever in it that stands. */
    static Shape variants(String discriminator, Variant... variants) {
        Map<String, ObjectShape> shapes = shapes(discriminator, variants);
        return new Compound.Variants(discriminator, shapes, unknown(discriminator, shapes),
                unknown(discriminator, shapes));
    }

    /** {@link #variants} of which the first is meant where the field is missing. */
    static Shape variantsElseFirst(String discriminator, Variant... variants) {
        Map<String, ObjectShape> shapes = shapes(discriminator, variants);
        return new Compound.Variants(discriminator, shapes, unknown(discriminator, shapes),
                variants[0].shape().with(optional(discriminator, oneOf(variants[0].value()))));
    }

    private static ObjectShape unknown(String discriminator, Map<String, ObjectShape> shapes) {
        return object(required(discriminator, oneOf(shapes.keySet().toArray(String[]::new))));
    }

    private static Map<String, ObjectShape> shapes(String discriminator, Variant... variants) {
        var shapes = new LinkedHashMap<String, ObjectShape>();
        for (Variant variant : variants) {
            Shape value = oneOf(variant.value());
            shapes.put(variant.value(), variant.shape().with(required(discriminator,
                    variant.note() == null ? value : noted(value, variant.note()))));
        }
        return shapes;
    }

    /** One of {@link #variants}: the fields, beside the discriminator, of an object that has this value in it. */
    static Variant variant(String value, Field... fields) {
        return new Variant(value, object(fields), null);
    }

    /** A variant that tells the facts something. */
    static Variant noted(Variant variant, Note note) {
        return new Variant(variant.value(), variant.shape(), note);
    }

    static Field required(String name, Shape shape) {
        return new Field(name, shape, true, true);
    }

    /** A field that may be missing; a null in it means the same and is not carried, unless its shape says so. */
    static Field optional(String name, Shape shape) {
        return new Field(name, shape, false, true);
    }

    /** A field of an object. One that is not carried is validated but not copied. */
    record Field(String name, Shape shape, boolean required, boolean carried) {
        /** The same, not carried. */
        public Field heldBack() {
            return new Field(name, shape, required, false);
        }
    }

    /** An alternative of {@link #variants}. */
    record Variant(String value, ObjectShape shape, @Nullable Note note) {}

    /** Takes a fact from the current value. */
    interface Note {
        void take(Facts facts, JsonParser value) throws IOException;
    }
}
