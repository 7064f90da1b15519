package dev.penstock.schemas.catalog;

/** What a request may need of a model beside reading and writing text. */
public enum Capability {
    /** It calls tools. */
    TOOLS,
    /** It sees images. */
    VISION,
    /** Its answer keeps to a JSON schema. */
    JSON_SCHEMA
}
