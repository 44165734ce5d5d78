/* document_tests.c - the part of a document that checks the rest: requests with the verdict they must get. */
#include "policy/document_parts.h"

#include "sluice/clock.h"
#include "sluice/facts.h"

static void read_test_client(struct reader *r, const json_t *v, struct doc_test *t)
{
    if (read_name(r, v, &t->client_text) && !sl_addr_parse(t->client_text, &t->client))
        read_fault(r, "'%.*s' is no IP address", SL_FMT(t->client_text));
}

static void read_test_at(struct reader *r, const json_t *v, struct doc_test *t)
{
    struct sl_str text;
    int64_t us;
    if (!read_name(r, v, &text))
        return;
    t->has_at = sl_rfc3339_parse(text, &us);
    if (t->has_at)
        t->at_s = us / 1000000 - (us % 1000000 < 0);
    else
        read_fault(r, "'%.*s' is no time such as 2026-11-23T10:00:00+01:00", SL_FMT(text));
}

static void read_test_rule(struct reader *r, const json_t *v, struct doc_test *t)
{
    t->has_rule = true;
    if (json_is_null(v) || !read_name(r, v, &t->rule))
        return;
    if (names_find(&r->doc->rule_ids, t->rule) < 0)
        read_fault(r, "there is no rule '%.*s' in this document", SL_FMT(t->rule));
}

static void read_test_category(struct reader *r, const json_t *item, void *out)
{
    struct texts *texts = out;
    struct sl_str name;
    if (!read_name(r, item, &name))
        return;
    texts->items[texts->count++] = name;
    if (names_find(&r->doc->category_names, name) < 0)
        read_fault(r, "there is no category '%.*s' in this document", SL_FMT(name));
}

static void read_test_categories(struct reader *r, const json_t *v, struct doc_test *t)
{
    t->categories.items =
        document_items(r, json_array_size(v), POLICY_MAX_CATEGORIES, sizeof *t->categories.items);
    read_array(r, v, POLICY_MAX_CATEGORIES, read_test_category, &t->categories);
}

/* The arena must outlive the check only, but the document's own is at hand. */
static void read_test_url(struct reader *r, const json_t *v, struct doc_test *t)
{
    struct sl_url url;
    struct sl_err err;
    if (read_text(r, v, DOCUMENT_URL_MAX, &t->url) && !sl_url_parse_loose(t->url, &r->doc->arena, &url, &err))
        read_fault(r, "%s", err.msg);
}

static void read_test_address(struct reader *r, const json_t *v, struct doc_test *t)
{
    struct sl_str text;
    if (!read_name(r, v, &text))
        return;
    t->known |= FACT_ADDRESS;
    if (!sl_addr_parse(text, &t->address))
        read_fault(r, "'%.*s' is no IP address", SL_FMT(text));
}

/* Who tells of the answer has seen its head. */
static void read_test_content_type(struct reader *r, const json_t *v, struct doc_test *t)
{
    t->known |= FACT_RESPONSE;
    read_name(r, v, &t->content_type);
}

static void read_test_size(struct reader *r, const json_t *v, struct doc_test *t)
{
    t->known |= FACT_RESPONSE;
    read_size(r, v, &t->size);
}

READER(test_url, doc_test, read_test_url(r, v, o))
READER(test_user, doc_test, read_text(r, v, 256, &o->user))
READER(test_groups, doc_test, read_texts(r, v, DOCUMENT_MAX_GROUPS, &o->groups))
READER(test_client, doc_test, read_test_client(r, v, o))
READER(test_method, doc_test, read_name(r, v, &o->method))
READER(test_at, doc_test, read_test_at(r, v, o))
READER(test_user_agent, doc_test, read_text(r, v, 1024, &o->user_agent))
READER(test_address, doc_test, read_test_address(r, v, o))
READER(test_content_type, doc_test, read_test_content_type(r, v, o))
READER(test_size, doc_test, read_test_size(r, v, o))
READER(test_expect, doc_test, document_then(r, v, &o->expect))
READER(test_rule, doc_test, read_test_rule(r, v, o))
READER(test_categories, doc_test, read_test_categories(r, v, o))

/* null: no rule says one. */
static void read_test_parent(struct reader *r, const json_t *v, struct doc_test *t)
{
    t->has_parent = true;
    if (!json_is_null(v))
        read_id(r, v, &t->parent);
}

READER(test_parent, doc_test, read_test_parent(r, v, o))

static const struct read_field test_fields[] = {
    {"url", test_url, "{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}", READ_REQUIRED},
    {"user", test_user, "{\"type\":\"string\",\"maxLength\":256}", 0},
    {"groups", test_groups, SCHEMA_NAMES, 0},
    {"client", test_client, "{\"type\":\"string\",\"description\":\"IP address\"}", 0},
    {"method", test_method, "{\"type\":\"string\",\"default\":\"GET\"}", 0},
    {"at", test_at, "{\"type\":\"string\",\"format\":\"date-time\"}", 0},
    {"user_agent", test_user_agent, "{\"type\":\"string\",\"maxLength\":1024}", 0},
    {"address", test_address,
     "{\"type\":\"string\",\"description\":\"IP address of the destination, as it would be resolved\"}", 0},
    {"content_type", test_content_type,
     "{\"type\":\"string\",\"minLength\":1,\"maxLength\":256,\"description\":\"of the answer\"}", 0},
    {"size", test_size, "{\"$ref\":\"#/$defs/size\",\"description\":\"of the answer\"}", 0},
    {"expect", test_expect, "{\"enum\":[\"allow\",\"block\",\"warn\"]}", READ_REQUIRED},
    {"rule", test_rule, "{\"anyOf\":[{\"$ref\":\"#/$defs/id\"},{\"type\":\"null\"}]}", 0},
    {"parent", test_parent, "{\"anyOf\":[{\"$ref\":\"#/$defs/id\"},{\"type\":\"null\"}]}", 0},
    {"categories", test_categories, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/id\"}}", 0},
};
const struct read_shape document_test_shape = {"test", "a test", READ_FIELDS(test_fields)};

static void read_test(struct reader *r, const json_t *item, void *out)
{
    struct doc_test *t = &r->doc->tests[r->doc->test_count++];
    t->method = SL_STR("GET");
    read_object(r, item, &document_test_shape, t);
}

void document_read_tests(struct reader *r, const json_t *v, struct document *doc)
{
    doc->tests = document_items(r, json_array_size(v), DOCUMENT_MAX_TESTS, sizeof *doc->tests);
    read_array(r, v, DOCUMENT_MAX_TESTS, read_test, NULL);
}
