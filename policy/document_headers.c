/* document_headers.c - the part of a document that changes the fields of requests: header rules. What the
 * gateway writes into every head by itself, and what frames or routes a message, no rule may touch: it would
 * be refused there in silence, or split the message. */
#include "policy/document_parts.h"

enum {
    HEADER_NAME_MAX = 128,
    HEADER_VALUE_MAX = 4096,
    HEADER_FIELDS_MAX = 32,       /* of one rule */
    HEADER_BYTES_MAX = 64 * 1024, /* that all rules together may add to a head: no origin takes more */
};

/* ---- names and values ---- */

static bool token(struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return s.n > 0;
}

static bool forbidden(struct sl_str name)
{
    static const char *const names[] = {
        "Connection", "Content-Length",  "Expect",        "Forwarded",
        "Host",       "HTTP2-Settings",  "Keep-Alive",    "Max-Forwards",
        "TE",         "Trailer",         "Upgrade",       "Transfer-Encoding",
        "Via",        "X-Forwarded-For", "X-Sluice-Loop",
    };
    for (size_t i = 0; i < SL_COUNT(names); i++)
        if (sl_str_ieq(name, sl_cstr(names[i])))
            return true;
    return sl_str_istarts(name, SL_STR("proxy-"));
}

static bool check_name(struct reader *r, struct sl_str name)
{
    if (name.n > HEADER_NAME_MAX)
        read_fault(r, "the field name has %zu bytes; at most %d are allowed", name.n, HEADER_NAME_MAX);
    else if (!token(name))
        read_fault(r, "'%.*s' is no name of a field such as X-Tenant", SL_FMT(name));
    else if (forbidden(name))
        read_fault(r, "'%.*s' is written by the gateway itself; rules can't change it", SL_FMT(name));
    else
        return true;
    return false;
}

static bool check_value(struct reader *r, struct sl_str value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < 0x20 || value.p[i] > 0x7e) {
            read_fault(r, "byte %zu is no printable ASCII character", i);
            return false;
        }
    }
    if (value.n > 0 && (value.p[0] == ' ' || value.p[value.n - 1] == ' ')) {
        read_fault(r, "begins or ends with a space, which does not belong to a value");
        return false;
    }
    return true;
}

/* ---- rules ---- */

static bool is_set(const struct header_def *def, struct sl_str name)
{
    for (size_t i = 0; i < def->set_count; i++)
        if (sl_str_ieq(def->set[i].name, name))
            return true;
    return false;
}

static void read_set_field(struct reader *r, struct sl_str name, const json_t *item, struct header_def *def,
                           struct header_field *out)
{
    struct sl_str value;
    if (!check_name(r, name) || !read_text(r, item, HEADER_VALUE_MAX, &value) || !check_value(r, value))
        return;
    if (is_set(def, name))
        read_fault(r, "'%.*s' is set before; case makes no difference", SL_FMT(name));
    else
        out[def->set_count++] = (struct header_field){.name = name, .value = value};
}

static void read_set(struct reader *r, const json_t *v, struct header_def *out)
{
    if (!read_is(r, v, JSON_OBJECT, "an object"))
        return;
    if (json_object_size(v) > HEADER_FIELDS_MAX) {
        read_fault(r, "has %zu fields; at most %d are allowed", json_object_size(v), HEADER_FIELDS_MAX);
        return;
    }
    struct header_field *fields = document_items(r, json_object_size(v), HEADER_FIELDS_MAX, sizeof *fields);
    out->set = fields;
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)v, key, item)
    {
        size_t mark = read_enter(r, key);
        read_set_field(r, sl_cstr(key), item, out, fields);
        read_leave(r, mark);
    }
}

static void read_removed(struct reader *r, const json_t *item, void *out)
{
    struct texts *names = out;
    struct sl_str *name = &names->items[names->count];
    if (read_name(r, item, name) && check_name(r, *name))
        names->count++;
}

static void read_remove(struct reader *r, const json_t *v, struct header_def *out)
{
    struct texts names = {.items =
                              document_items(r, json_array_size(v), HEADER_FIELDS_MAX, sizeof *names.items)};
    read_array(r, v, HEADER_FIELDS_MAX, read_removed, &names);
    out->remove = names.items;
    out->remove_count = names.count;
}

/* The answer is not there yet when the request is sent: such a rule could never act. */
static void refuse_response(struct reader *r, const struct condition *c)
{
    for (size_t i = 0; i < c->count; i++) {
        enum condition_kind kind = c->clauses[i].kind;
        if (kind != CONDITION_CONTENT_TYPE && kind != CONDITION_SIZE_OVER)
            continue;
        size_t mark = read_enter(r, condition_word(kind));
        read_fault(r, "is not known when a request is sent, and header rules act on requests only");
        read_leave(r, mark);
    }
}

static void read_when(struct reader *r, const json_t *v, struct condition *out)
{
    condition_read(r, v, out);
    refuse_response(r, out);
}

static void read_unless(struct reader *r, const json_t *v, struct guard *out)
{
    out->has_unless = true;
    read_when(r, v, &out->unless);
}

READER(header_id, doc_header, document_unique(r, v, &r->doc->header_ids, &o->def.id))
READER(header_if, doc_header, read_when(r, v, &o->guard.when))
READER(header_unless, doc_header, read_unless(r, v, &o->guard))
READER(header_from, doc_header, validity_read_from(r, v, &o->guard.valid))
READER(header_until, doc_header, validity_read_until(r, v, &o->guard.valid))
READER(header_set, doc_header, read_set(r, v, &o->def))
READER(header_remove, doc_header, read_remove(r, v, &o->def))

#define FIELD_NAME "{\"type\":\"string\",\"pattern\":\"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$\"}"
static const struct read_field header_fields[] = {
    {"id", header_id, SCHEMA_REF("id"), READ_REQUIRED},
    {"if", header_if, SCHEMA_REF("condition"), 0},
    {"unless", header_unless, SCHEMA_REF("condition"), 0},
    {"from", header_from, VALIDITY_SCHEMA, 0},
    {"until", header_until, VALIDITY_SCHEMA, 0},
    {"set", header_set,
     "{\"type\":\"object\",\"maxProperties\":32,\"propertyNames\":" FIELD_NAME
     ",\"additionalProperties\":{\"type\":\"string\",\"maxLength\":4096,\"pattern\":\"^[ -~]*$\"}}",
     0},
    {"remove", header_remove, "{\"type\":\"array\",\"maxItems\":32,\"items\":" FIELD_NAME "}", 0},
};
const struct read_shape document_header_shape = {"header", "a header rule", READ_FIELDS(header_fields)};

static void read_header(struct reader *r, const json_t *item, void *out)
{
    struct doc_header *header = &r->doc->headers[r->doc->header_count++];
    size_t before = r->faults->count;
    read_object(r, item, &document_header_shape, header);
    validity_check(r, header->guard.valid);
    if (r->faults->count != before)
        return;
    if (header->def.set_count + header->def.remove_count == 0)
        read_fault(r, "the rule changes nothing; give set or remove");
    else if (header->def.set_count + header->def.remove_count > HEADER_FIELDS_MAX)
        read_fault(r, "the rule names %zu fields; at most %d are allowed",
                   header->def.set_count + header->def.remove_count, HEADER_FIELDS_MAX);
}

static void check_total(struct reader *r, const struct document *doc)
{
    size_t bytes = 0;
    for (size_t i = 0; i < doc->header_count; i++)
        for (size_t j = 0; j < doc->headers[i].def.set_count; j++)
            bytes += doc->headers[i].def.set[j].name.n + doc->headers[i].def.set[j].value.n;
    if (bytes > HEADER_BYTES_MAX)
        read_fault(r, "all rules together set %zu bytes; at most %d are allowed", bytes, HEADER_BYTES_MAX);
}

void document_read_headers(struct reader *r, const json_t *v, struct document *doc)
{
    doc->headers = document_items(r, json_array_size(v), POLICY_MAX_HEADERS, sizeof *doc->headers);
    read_array(r, v, POLICY_MAX_HEADERS, read_header, NULL);
    check_total(r, doc);
}
