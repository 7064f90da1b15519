package dev.penstock.deploy.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SchemaSampleTest {

    @Test
    void meetsTheTypesOfRequiredPropertiesOnly() {
        assertThat(sample("""
                {"type": "object", "required": ["s", "i", "n", "b", "z", "a", "o"], "properties": {
                 "s": {"type": "string"}, "i": {"type": "integer"}, "n": {"type": ["number", "null"]},
                 "b": {"type": "boolean"}, "z": {"type": "null"}, "a": {"type": "array", "items": {"type": "string"}},
                 "o": {"type": "object", "required": ["in"], "properties": {"in": {"type": "integer"}}},
                 "optional": {"type": "string"}}}"""))
                .isEqualTo("{'s':'water','i':0,'n':0.0,'b':true,'z':null,'a':[],'o':{'in':0}}");
    }

    @Test
    void takesTheFirstOfSeveral() {
        assertThat(sample("{'enum': ['b', 'a']}")).isEqualTo("'b'");
        assertThat(sample("{'const': 7}")).isEqualTo("7");
        assertThat(sample("{'anyOf': [{'type': 'null'}, {'type': 'string'}]}")).isEqualTo("null");
    }

    @Test
    void staysInBounds() {
        assertThat(sample("{'type': 'integer', 'minimum': 3}")).isEqualTo("3");
        assertThat(sample("{'type': 'integer', 'exclusiveMinimum': 3}")).isEqualTo("4");
        assertThat(sample("{'type': 'integer', 'maximum': -2}")).isEqualTo("-2");
        assertThat(sample("{'type': 'integer', 'minimum': 8, 'multipleOf': 5}")).isEqualTo("10");
        assertThat(sample("{'type': 'number', 'exclusiveMaximum': 0}")).isEqualTo("-0.5");
        assertThat(sample("{'type': 'string', 'minLength': 7, 'maxLength': 8}")).isEqualTo("'waterwat'");
        assertThat(sample("{'type': 'string', 'maxLength': 2}")).isEqualTo("'wa'");
        assertThat(sample("{'type': 'array', 'minItems': 2, 'items': {'type': 'integer'}}")).isEqualTo("[0,0]");
    }

    @Test
    void followsReferencesAndEndsARecursion() {
        assertThat(sample("{'$ref': '#/$defs/x', '$defs': {'x': {'type': 'boolean'}}}")).isEqualTo("true");
        assertThat(sample("""
                {"type": "object", "required": ["next"],
                 "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}}""")).endsWith("}");
    }

    private static String sample(String schema) {
        return SchemaSample.of(Caller.parse(schema.replace('\'', '"'))).toString().replace('"', '\'');
    }
}
