/* schema.c - the JSON Schema of documents, made from the tables that read them. It says all about form; what
 * refers to what, and whether a host, regex or zone is right, only policy_validate knows. */
#include "policy/document.h"

/* Schemas in tables are our own text: one that is not JSON is our fault. */
static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    sl_assert(value);
    return value;
}

/* An object that knows these properties, title and note, and no others. */
static json_t *object_schema(const char *help)
{
    json_t *schema = json_object(), *properties = json_object();
    json_object_set_new(schema, "type", json_string("object"));
    json_object_set_new(schema, "description", json_string(help));
    json_object_set_new(properties, "title", parsed("{\"type\":\"string\",\"maxLength\":500}"));
    json_object_set_new(properties, "note", parsed("{\"type\":\"string\",\"maxLength\":10000}"));
    json_object_set_new(schema, "properties", properties);
    json_object_set_new(schema, "additionalProperties", json_false());
    return schema;
}

static json_t *shape_schema(const struct read_shape *shape)
{
    json_t *schema = object_schema(shape->help), *required = json_array();
    for (size_t i = 0; i < shape->count; i++) {
        const struct read_field *f = &shape->fields[i];
        if (f->flags & READ_UNSUPPORTED)
            continue;
        json_object_set_new(json_object_get(schema, "properties"), f->key, parsed(f->schema));
        if (f->flags & READ_REQUIRED)
            json_array_append_new(required, json_string(f->key));
    }
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

static json_t *condition_schema_object(void)
{
    json_t *schema = object_schema(condition_help);
    for (int k = 0; k < CONDITION_KINDS; k++)
        json_object_set_new(json_object_get(schema, "properties"), condition_word((enum condition_kind)k),
                            parsed(condition_schema((enum condition_kind)k)));
    return schema;
}

static void add_texts(json_t *defs)
{
    static const struct {
        const char *name, *schema;
    } texts[] = {
        {"id", "{\"type\":\"string\",\"pattern\":\"^[a-z0-9][a-z0-9_-]{0,63}$\"}"},
        {"cidr", "{\"type\":\"string\",\"description\":\"a network such as 10.20.0.0/16 or 2001:db8::/32, or "
                 "one address\"}"},
        {"size", "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1},{\"type\":\"string\","
                 "\"pattern\":\"^[0-9]+([KkMmGgTt][Ii]?[Bb]|[Bb])?$\"}]}"},
    };
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        json_object_set_new(defs, texts[i].name, parsed(texts[i].schema));
}

json_t *policy_schema(void)
{
    json_t *schema = shape_schema(document_shapes[0]), *defs = json_object();
    add_texts(defs);
    json_object_set_new(defs, "condition", condition_schema_object());
    for (size_t i = 1; document_shapes[i]; i++)
        json_object_set_new(defs, document_shapes[i]->name, shape_schema(document_shapes[i]));
    json_object_set_new(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "title", json_string("Sluice policy document"));
    json_object_set_new(schema, "$defs", defs);
    return schema;
}
