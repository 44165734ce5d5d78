/* document_inspection.c - the part of a document that is about TLS: which tunnels are looked into, and what
 * becomes of origins whose TLS has a fault. */
#include "policy/document_parts.h"
#include "policy/validity.h"

/* ---- rules ---- */

static const char *const inspect_words[] = {"tunnel", "inspect", NULL};

static void read_inspect(struct reader *r, const json_t *v, bool *out)
{
    int word;
    if (read_word(r, v, inspect_words, &word))
        *out = word == 1;
}

READER(inspection_id, doc_inspection_rule, document_unique(r, v, &r->doc->inspection_ids, &o->id))
READER(inspection_if, doc_inspection_rule, condition_read(r, v, &o->guard.when))
READER(inspection_unless, doc_inspection_rule, document_read_unless(r, v, &o->guard))
READER(inspection_from, doc_inspection_rule, validity_read_from(r, v, &o->guard.valid))
READER(inspection_until, doc_inspection_rule, validity_read_until(r, v, &o->guard.valid))
READER(inspection_then, doc_inspection_rule, read_inspect(r, v, &o->inspect))

#define INSPECT "{\"enum\":[\"tunnel\",\"inspect\"]}"
static const struct read_field inspection_rule_fields[] = {
    {"id", inspection_id, SCHEMA_REF("id"), READ_REQUIRED},
    {"if", inspection_if, SCHEMA_REF("condition"), 0},
    {"unless", inspection_unless, SCHEMA_REF("condition"), 0},
    {"then", inspection_then, INSPECT, READ_REQUIRED},
    {"from", inspection_from, VALIDITY_SCHEMA, 0},
    {"until", inspection_until, VALIDITY_SCHEMA, 0},
};
const struct read_shape document_inspection_rule_shape = {"inspection_rule", "an inspection rule",
                                                          READ_FIELDS(inspection_rule_fields)};

static void read_inspection_rule(struct reader *r, const json_t *item, void *out)
{
    struct doc_inspection_rule *rule = &r->doc->inspection[r->doc->inspection_count++];
    read_object(r, item, &document_inspection_rule_shape, rule);
    validity_check(r, rule->guard.valid);
}

static void read_inspection_rules(struct reader *r, const json_t *v, struct document *doc)
{
    doc->inspection = document_items(r, json_array_size(v), DOCUMENT_MAX_INSPECTION, sizeof *doc->inspection);
    read_array(r, v, DOCUMENT_MAX_INSPECTION, read_inspection_rule, NULL);
}

/* ---- exceptions ---- */

static const char *const excuse_words[] = {
    [EXCUSE_NONE] = "block", [EXCUSE_ALLOW] = "allow", [EXCUSE_TUNNEL] = "tunnel", NULL};

const char *excuse_word(enum excuse e)
{
    return excuse_words[e];
}

/* What may be excused. Where a connection did not even come about there is nothing to excuse. */
static bool may_be_named(enum tls_fault f)
{
    return f > TLS_FAULT_NOT_TLS;
}

static void read_fault_word(struct reader *r, const json_t *item, void *out)
{
    tls_faults *set = out;
    enum tls_fault f = json_is_string(item) ? tls_fault_of_word(read_str(item)) : TLS_FAULT_NONE;
    if (!read_is(r, item, JSON_STRING, "a fault such as \"expired\""))
        return;
    if (!may_be_named(f))
        read_fault(r, "'%.*s' is no fault that can be excepted, such as expired or unknown-issuer",
                   SL_FMT(sl_str_sub(read_str(item), 0, 60)));
    else
        *set |= tls_fault_bit(f);
}

static void read_faults(struct reader *r, const json_t *v, tls_faults *out)
{
    if (json_is_array(v) && json_array_size(v) == 0)
        read_fault(r, "names no fault; write for example [\"expired\"]");
    else
        read_array(r, v, TLS_FAULT_COUNT, read_fault_word, out);
}

static void read_excuse(struct reader *r, const json_t *v, enum excuse *out)
{
    int word;
    if (read_word(r, v, excuse_words, &word))
        *out = (enum excuse)word;
}

READER(exception_id, doc_exception, document_unique(r, v, &r->doc->exception_ids, &o->id))
READER(exception_if, doc_exception, condition_read(r, v, &o->guard.when))
READER(exception_unless, doc_exception, document_read_unless(r, v, &o->guard))
READER(exception_fault, doc_exception, read_faults(r, v, &o->faults))
READER(exception_then, doc_exception, read_excuse(r, v, &o->then))
READER(exception_from, doc_exception, validity_read_from(r, v, &o->guard.valid))
READER(exception_until, doc_exception, validity_read_until(r, v, &o->guard.valid))

#define FAULTS                                                                                             \
    "{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,\"description\":\"all that may be wrong\","   \
    "\"items\":{\"enum\":["                                                                                \
    "\"version\",\"cipher\",\"weak-dh\",\"alpn\",\"client-certificate\",\"certificate-refused\","          \
    "\"refused\",\"no-certificate\","                                                                      \
    "\"protocol\",\"malformed\",\"revoked\",\"untrusted\",\"bad-signature\",\"not-a-ca\",\"path-length\"," \
    "\"name-constraints\",\"certificate-policy\",\"critical-extension\",\"long-chain\",\"self-signed\","   \
    "\"unknown-issuer\",\"incomplete-chain\",\"wrong-name\",\"wrong-usage\",\"key-usage\","                \
    "\"weak-signature\",\"weak-key\",\"expired\",\"not-yet-valid\",\"staple-missing\","                    \
    "\"revocation-unknown\"]}}"
static const struct read_field exception_fields[] = {
    {"id", exception_id, SCHEMA_REF("id"), READ_REQUIRED},
    {"if", exception_if, SCHEMA_REF("condition"), 0},
    {"unless", exception_unless, SCHEMA_REF("condition"), 0},
    {"fault", exception_fault, FAULTS, READ_REQUIRED},
    {"then", exception_then, "{\"enum\":[\"allow\",\"tunnel\",\"block\"]}", READ_REQUIRED},
    {"from", exception_from, VALIDITY_SCHEMA, 0},
    {"until", exception_until, VALIDITY_SCHEMA, 0},
};
const struct read_shape document_exception_shape = {"exception", "an exception",
                                                    READ_FIELDS(exception_fields)};

/* What failed before a certificate was shown can't go on. */
static void check_allowing(struct reader *r, const struct doc_exception *e)
{
    enum tls_fault first = tls_faults_first(e->faults);
    if (e->then != EXCUSE_ALLOW || first == TLS_FAULT_NONE || tls_fault_is_of_certificate(first))
        return;
    size_t mark = read_enter(r, "then");
    read_fault(r, "can't be 'allow' for '%s', where no connection comes about; write tunnel or block",
               tls_fault_word(first));
    read_leave(r, mark);
}

static void read_exception(struct reader *r, const json_t *item, void *out)
{
    struct doc_exception *e = &r->doc->exceptions[r->doc->exception_count++];
    read_object(r, item, &document_exception_shape, e);
    validity_check(r, e->guard.valid);
    check_allowing(r, e);
}

static void read_exceptions(struct reader *r, const json_t *v, struct document *doc)
{
    doc->exceptions = document_items(r, json_array_size(v), DOCUMENT_MAX_EXCEPTIONS, sizeof *doc->exceptions);
    read_array(r, v, DOCUMENT_MAX_EXCEPTIONS, read_exception, NULL);
}

/* ---- the whole ---- */

READER(inspection_default, document, read_inspect(r, v, &o->inspect))
READER(inspection_rules, document, read_inspection_rules(r, v, o))
READER(inspection_exceptions, document, read_exceptions(r, v, o))

static const struct read_field inspection_fields[] = {
    {"default", inspection_default, INSPECT, 0},
    {"rules", inspection_rules,
     "{\"type\":\"array\",\"maxItems\":1000,\"items\":{\"$ref\":\"#/$defs/inspection_rule\"}}", 0},
    {"exceptions", inspection_exceptions,
     "{\"type\":\"array\",\"maxItems\":1000,\"items\":{\"$ref\":\"#/$defs/exception\"}}", 0},
};
const struct read_shape document_inspection_shape = {"inspection", "inspection",
                                                     READ_FIELDS(inspection_fields)};

void document_read_inspection(struct reader *r, const json_t *v, struct document *doc)
{
    read_object(r, v, &document_inspection_shape, doc);
}
