/* document_headers.c - the part of a document that changes requests: header rules. What the gateway writes
 * into every head by itself, and what frames or routes a message, no rule may touch: it would be refused
 * there in silence, or split the message. A rule either says itself what it does, or uses a service. */
#include "policy/document_parts.h"
#include "policy/services.h"

enum {
    HEADER_NAME_MAX = 128,
    HEADER_VALUE_MAX = 4096,
    HEADER_PARAMETER_MAX = 1024,
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

/* ---- parameters of the URL ---- */

/* As a form sends it: whatever could be taken for something else is encoded. */
static void add_encoded(struct sl_text *t, struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
        if (plain)
            sl_text_addc(t, c);
        else
            sl_text_addf(t, "%%%02X", (unsigned char)c);
    }
}

static struct sl_str encoded_pair(struct reader *r, struct sl_str name, struct sl_str value)
{
    SL_CLEANUP(sl_text_fini) struct sl_text pair = {0};
    add_encoded(&pair, name);
    sl_text_addc(&pair, '=');
    add_encoded(&pair, value);
    return sl_arena_str(&r->doc->arena, sl_text_str(&pair));
}

static void add_parameter(struct reader *r, struct sl_str name, struct sl_str value, struct header_def *def,
                          struct header_field *out)
{
    if (name.n == 0 || name.n > HEADER_NAME_MAX)
        read_fault(r, "the parameter's name has %zu bytes; 1 to %d are allowed", name.n, HEADER_NAME_MAX);
    else if (check_value(r, name) && check_value(r, value))
        out[def->query_count++] = (struct header_field){.name = name, .value = encoded_pair(r, name, value)};
}

static void read_query(struct reader *r, const json_t *v, struct header_def *out)
{
    if (!read_is(r, v, JSON_OBJECT, "an object"))
        return;
    if (json_object_size(v) > HEADER_FIELDS_MAX) {
        read_fault(r, "has %zu parameters; at most %d are allowed", json_object_size(v), HEADER_FIELDS_MAX);
        return;
    }
    struct header_field *parameters =
        document_items(r, json_object_size(v), HEADER_FIELDS_MAX, sizeof *parameters);
    out->query = parameters;
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)v, key, item)
    {
        struct sl_str value;
        size_t mark = read_enter(r, key);
        if (read_text(r, item, HEADER_PARAMETER_MAX, &value))
            add_parameter(r, sl_cstr(key), value, out, parameters);
        read_leave(r, mark);
    }
}

/* ---- another name's addresses ---- */

static void read_resolve_as(struct reader *r, const json_t *v, struct header_def *out)
{
    struct sl_str name, host;
    struct sl_addr addr;
    struct sl_err err;
    bool address;
    if (!read_name(r, v, &name))
        return;
    if (!sl_host_parse(name, &r->doc->arena, &host, &address, &addr, &err))
        read_fault(r, "%s", err.msg);
    else if (address)
        read_fault(r, "'%.*s' is an address; give the name that has it", SL_FMT(name));
    else
        out->resolve_as = host;
}

/* ---- what goes ---- */

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

/* ---- when ---- */

static void refuse_clause(struct reader *r, const struct condition *c, enum condition_kind kind,
                          const char *why)
{
    if (!condition_clause(c, kind))
        return;
    size_t mark = read_enter(r, condition_word(kind));
    read_fault(r, "%s", why);
    read_leave(r, mark);
}

/* The answer is not there yet when the request is sent: such a rule could never act. And whose addresses are
 * dialled can't hang on the address. */
static void read_when(struct reader *r, const char *key, const json_t *v, bool redirects,
                      struct condition *out)
{
    static const char unknown[] =
        "is not known when a request is sent, and header rules act on requests only";
    size_t mark = read_enter(r, key);
    condition_read(r, v, out);
    refuse_clause(r, out, CONDITION_CONTENT_TYPE, unknown);
    refuse_clause(r, out, CONDITION_SIZE_OVER, unknown);
    if (redirects)
        refuse_clause(r, out, CONDITION_ADDRESS, "is what resolve_as decides, so it can't be asked for");
    read_leave(r, mark);
}

static void read_guard(struct reader *r, const json_t *when, const json_t *unless, struct doc_header *out)
{
    bool redirects = out->def.resolve_as.n > 0;
    if (when)
        read_when(r, "if", when, redirects, &out->guard.when);
    out->guard.has_unless = unless != NULL;
    if (unless)
        read_when(r, "unless", unless, redirects, &out->guard.unless);
}

/* ---- the restrictions of a service ---- */

static void read_use(struct reader *r, const json_t *v, struct doc_header *out)
{
    struct sl_str id;
    if (!read_id(r, v, &id))
        return;
    out->service = services_find(id);
    out->def.service = id;
    if (!out->service)
        read_fault(r, "there is no service '%.*s'; `sluice headers list` names them", SL_FMT(id));
}

/* `if` with the hosts of the service. The document keeps it, as it keeps itself. */
static const json_t *condition_of_service(struct reader *r, const struct doc_header *header)
{
    struct document *doc = r->doc;
    json_t *when = header->when ? json_copy((json_t *)header->when) : json_object();
    if (json_object_get(when, "host")) {
        size_t mark = read_enter(r, "if");
        read_fault(r, "the service says which hosts; say here for whom and when, without \"host\"");
        read_leave(r, mark);
    }
    json_object_set_new(when, "host", service_hosts_json(header->service));
    if (!doc->made)
        doc->made = json_array();
    json_array_append_new(doc->made, when);
    return when;
}

static void fill_fields(struct reader *r, const struct service *s, const struct sl_str *values,
                        struct header_def *def)
{
    struct header_field *set = document_items(r, s->set_count, HEADER_FIELDS_MAX, sizeof *set),
                        *query = document_items(r, s->query_count, HEADER_FIELDS_MAX, sizeof *query);
    def->set = set;
    def->query = query;
    for (size_t i = 0; i < s->set_count; i++) {
        struct sl_str value = service_fill(r, s, values, s->set[i].value);
        if (value.n > HEADER_VALUE_MAX)
            read_fault(r, "makes %zu bytes of %.*s; at most %d are allowed", value.n, SL_FMT(s->set[i].name),
                       HEADER_VALUE_MAX);
        else if (check_name(r, s->set[i].name) && check_value(r, value))
            set[def->set_count++] = (struct header_field){.name = s->set[i].name, .value = value};
    }
    for (size_t i = 0; i < s->query_count; i++)
        add_parameter(r, s->query[i].name, service_fill(r, s, values, s->query[i].value), def, query);
    def->resolve_as = s->resolve_as;
}

static void use_service(struct reader *r, struct doc_header *header)
{
    const struct service *s = header->service;
    struct header_def *def = &header->def;
    if (def->set_count + def->remove_count + def->query_count + def->resolve_as.n > 0) {
        read_fault(r, "a rule that uses a service has no set, remove, query or resolve_as of its own; make "
                      "another rule for them");
        return;
    }
    size_t before = r->faults->count, mark = read_enter(r, "with");
    struct sl_str *values = document_items(r, s->parameter_count, SIZE_MAX, sizeof *values);
    service_read_values(r, s, header->with, values);
    if (r->faults->count == before)
        fill_fields(r, s, values, def);
    read_leave(r, mark);
}

static void read_with(struct reader *r, const json_t *v, struct doc_header *out)
{
    if (read_is(r, v, JSON_OBJECT, "an object"))
        out->with = v;
}

/* ---- a rule ---- */

READER(header_id, doc_header, document_unique(r, v, &r->doc->header_ids, &o->def.id))
READER(header_if, doc_header, o->when = v)
READER(header_unless, doc_header, o->unless = v)
READER(header_from, doc_header, validity_read_from(r, v, &o->guard.valid))
READER(header_until, doc_header, validity_read_until(r, v, &o->guard.valid))
READER(header_set, doc_header, read_set(r, v, &o->def))
READER(header_remove, doc_header, read_remove(r, v, &o->def))
READER(header_query, doc_header, read_query(r, v, &o->def))
READER(header_resolve_as, doc_header, read_resolve_as(r, v, &o->def))
READER(header_use, doc_header, read_use(r, v, o))
READER(header_with, doc_header, read_with(r, v, o))

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
    {"query", header_query,
     "{\"type\":\"object\",\"maxProperties\":32,\"propertyNames\":{\"type\":\"string\",\"minLength\":1,"
     "\"maxLength\":128},\"additionalProperties\":{\"type\":\"string\",\"maxLength\":1024,"
     "\"pattern\":\"^[ -~]*$\"}}",
     0},
    {"resolve_as", header_resolve_as, "{\"type\":\"string\",\"minLength\":1,\"maxLength\":256}", 0},
    {"use", header_use, SCHEMA_REF("id"), 0},
    {"with", header_with,
     "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"type\":\"string\"},"
     "{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}}]}}",
     0},
};
const struct read_shape document_header_shape = {"header", "a header rule", READ_FIELDS(header_fields)};

static void check_rule(struct reader *r, const struct doc_header *header)
{
    const struct header_def *def = &header->def;
    size_t fields = def->set_count + def->remove_count;
    if (fields + def->query_count + def->resolve_as.n == 0)
        read_fault(r, "the rule changes nothing; give set, remove, query, resolve_as or use");
    else if (fields > HEADER_FIELDS_MAX)
        read_fault(r, "the rule names %zu fields; at most %d are allowed", fields, HEADER_FIELDS_MAX);
    else if (header->with && !header->service)
        read_fault(r, "\"with\" is for a service; say which, with \"use\"");
}

static void read_header(struct reader *r, const json_t *item, void *out)
{
    struct doc_header *header = &r->doc->headers[r->doc->header_count++];
    size_t before = r->faults->count;
    read_object(r, item, &document_header_shape, header);
    validity_check(r, header->guard.valid);
    if (header->service)
        use_service(r, header);
    read_guard(r, header->service ? condition_of_service(r, header) : header->when, header->unless, header);
    r->doc->redirects |= header->def.resolve_as.n > 0;
    if (r->faults->count == before)
        check_rule(r, header);
}

static size_t bytes_set(const struct header_def *def)
{
    size_t bytes = 0;
    for (size_t i = 0; i < def->set_count; i++)
        bytes += def->set[i].name.n + def->set[i].value.n;
    for (size_t i = 0; i < def->query_count; i++)
        bytes += def->query[i].value.n;
    return bytes;
}

static void check_total(struct reader *r, const struct document *doc)
{
    size_t bytes = 0;
    for (size_t i = 0; i < doc->header_count; i++)
        bytes += bytes_set(&doc->headers[i].def);
    if (bytes > HEADER_BYTES_MAX)
        read_fault(r, "all rules together set %zu bytes; at most %d are allowed", bytes, HEADER_BYTES_MAX);
}

void document_read_headers(struct reader *r, const json_t *v, struct document *doc)
{
    doc->headers = document_items(r, json_array_size(v), POLICY_MAX_HEADERS, sizeof *doc->headers);
    read_array(r, v, POLICY_MAX_HEADERS, read_header, NULL);
    check_total(r, doc);
}
