/* document.c - see document.h. The object as a whole, and helpers of the other parts. */
#include "policy/document.h"

#include <stdlib.h>

#include "policy/document_parts.h"
#include "policy/rate.h"

/* ---- helpers ---- */

void *document_items(struct reader *r, size_t count, size_t max, size_t size)
{
    return sl_arena_zalloc(&r->doc->arena, SL_MAX(SL_MIN(count, max), (size_t)1) * size);
}

void document_unique(struct reader *r, const json_t *v, struct names *names, struct sl_str *out)
{
    if (!read_id(r, v, out))
        return;
    if (names_find(names, *out) >= 0)
        read_fault(r, "id '%.*s' is used before; ids must differ", SL_FMT(*out));
    names_add(names, *out);
}

static const char *const then_words[] = {"allow", "block", "warn", NULL};
static const enum action then_actions[] = {ACTION_ALLOW, ACTION_BLOCK, ACTION_WARN};

void document_read_unless(struct reader *r, const json_t *v, struct guard *out)
{
    out->has_unless = true;
    condition_read(r, v, &out->unless);
}

void document_then(struct reader *r, const json_t *v, enum action *out)
{
    int word;
    if (read_word(r, v, then_words, &word))
        *out = then_actions[word];
}

/* ---- time zones ---- */

static struct zone *keep_zone(struct document *doc, struct zone *take)
{
    SL_GROW(doc->zones, doc->zone_count, &doc->zone_cap);
    doc->zones[doc->zone_count++] = take;
    return take;
}

struct zone *document_zone(struct reader *r, const json_t *v)
{
    struct sl_str name;
    struct zone *zone;
    struct sl_err err;
    if (!read_name(r, v, &name))
        return NULL;
    for (size_t i = 0; i < r->doc->zone_count; i++)
        if (sl_str_eq(zone_name(r->doc->zones[i]), name))
            return r->doc->zones[i];
    if (zone_load(name, &zone, &err))
        return keep_zone(r->doc, zone);
    read_fault(r, "%s", err.msg);
    return NULL;
}

/* ---- the document ---- */

static void read_schema_number(struct reader *r, const json_t *v)
{
    if (!json_is_integer(v) || json_integer_value(v) != 1)
        read_fault(r, "must be 1, the only form of document that this version knows");
}

READER(default_then, document, document_then(r, v, &o->then))

static const struct read_field default_fields[] = {
    {"then", default_then, "{\"enum\":[\"allow\",\"block\"]}", READ_REQUIRED},
};
static const struct read_shape default_shape = {"default", "the default", READ_FIELDS(default_fields)};

static void read_default(struct reader *r, const json_t *v, struct document *doc)
{
    read_object(r, v, &default_shape, doc);
    if (doc->then != ACTION_WARN)
        return;
    size_t mark = read_enter(r, "then");
    read_fault(r, "'warn' can't be the default: an acceptance belongs to a rule; use allow or block");
    read_leave(r, mark);
}

static void read_timezone(struct reader *r, const json_t *v, struct document *doc)
{
    struct zone *zone = document_zone(r, v);
    if (zone)
        doc->zone = zone;
}

READER(doc_schema, document, read_schema_number(r, v))
READER(doc_default, document, read_default(r, v, o))
READER(doc_timezone, document, read_timezone(r, v, o))
READER(doc_networks, document, document_read_networks(r, v, o))
READER(doc_groups, document, document_read_groups(r, v, o))
READER(doc_schedules, document, document_read_schedules(r, v, o))
READER(doc_categories, document, document_read_categories(r, v, o))
READER(doc_rules, document, document_read_rules(r, v, o))
READER(doc_inspection, document, document_read_inspection(r, v, o))
READER(doc_quotas, document, document_read_quotas(r, v, o))
READER(doc_headers, document, document_read_headers(r, v, o))
READER(doc_tests, document, document_read_tests(r, v, o))

#define MAP_OF(max, shape, names) \
    "{\"type\":\"object\",\"maxProperties\":" #max "," names "\"additionalProperties\":" shape "}"
#define LIST_OF(max, shape) \
    "{\"type\":\"array\",\"maxItems\":" #max ",\"items\":{\"$ref\":\"#/$defs/" shape "\"}}"
#define ID_NAMES "\"propertyNames\":{\"$ref\":\"#/$defs/id\"},"

/* In the order of reading: names before those who use them. */
static const struct read_field document_fields[] = {
    {"schema", doc_schema, "{\"const\":1}", READ_REQUIRED},
    {"default", doc_default, "{\"$ref\":\"#/$defs/default\"}", 0},
    {"timezone", doc_timezone, SCHEMA_ZONE, 0},
    {"networks", doc_networks,
     MAP_OF(1024, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/cidr\"}}", ID_NAMES), 0},
    {"groups", doc_groups, MAP_OF(4096, SCHEMA_NAMES, ""), 0},
    {"schedules", doc_schedules, MAP_OF(256, "{\"$ref\":\"#/$defs/schedule\"}", ID_NAMES), 0},
    {"categories", doc_categories, MAP_OF(511, "{\"$ref\":\"#/$defs/category\"}", ID_NAMES), 0},
    {"rules", doc_rules, LIST_OF(10000, "rule"), 0},
    {"inspection", doc_inspection, "{\"$ref\":\"#/$defs/inspection\"}", 0},
    {"quotas", doc_quotas, LIST_OF(128, "quota"), 0},
    {"headers", doc_headers, LIST_OF(64, "header"), 0},
    {"tests", doc_tests, LIST_OF(10000, "test"), 0},
};
static const struct read_shape document_shape = {"policy", "a policy document", READ_FIELDS(document_fields)};

const struct read_shape *const document_shapes[] = {&document_shape,
                                                    &default_shape,
                                                    &document_span_shape,
                                                    &document_schedule_shape,
                                                    &document_category_shape,
                                                    &document_rule_shape,
                                                    &rate_shape,
                                                    &document_inspection_shape,
                                                    &document_inspection_rule_shape,
                                                    &document_exception_shape,
                                                    &document_quota_shape,
                                                    &document_rolling_shape,
                                                    &document_quota_throttle_shape,
                                                    &document_background_shape,
                                                    &document_extension_shape,
                                                    &document_header_shape,
                                                    &document_test_shape,
                                                    NULL};

/* ---- reading ---- */

/* How many host and url clauses a condition has: each needs a bit of the overlay, which is sized before
 * anything is read. */
static size_t count_entries(const json_t *object, const char *key)
{
    const json_t *condition = json_object_get(object, key);
    return (json_object_get(condition, "host") != NULL) + (json_object_get(condition, "url") != NULL);
}

static size_t count_all_entries(const json_t *array)
{
    size_t count = 0, i;
    json_t *item;
    json_array_foreach(array, i, item) if (!document_is_off(item)) count +=
        count_entries(item, "if") + count_entries(item, "unless");
    return count;
}

/* A rule that uses a service has a host clause for it. */
static size_t count_services(const json_t *headers)
{
    size_t count = 0, i;
    json_t *item;
    json_array_foreach(headers, i, item) count += json_object_get(item, "use") != NULL;
    return count;
}

static void prepare_matchers(const json_t *json, struct document *doc)
{
    const json_t *inspection = json_object_get(json, "inspection");
    size_t categories = json_object_size(json_object_get(json, "categories"));
    size_t entries = count_all_entries(json_object_get(json, "rules")) +
                     count_all_entries(json_object_get(json, "quotas")) +
                     count_all_entries(json_object_get(json, "headers")) +
                     count_services(json_object_get(json, "headers")) +
                     count_all_entries(json_object_get(inspection, "rules")) +
                     count_all_entries(json_object_get(inspection, "exceptions"));
    doc->category_words = (uint32_t)(SL_MIN(categories, (size_t)DOCUMENT_MAX_CATEGORIES) + 1 + 63) / 64;
    doc->next_overlay = 2 * 64 * doc->category_words;
    doc->overlay_bits = doc->next_overlay + (uint32_t)entries;
    doc->overlay = overlay_new(doc->overlay_bits);
    doc->networks = netset_new();
    doc->addresses = netset_new();
    doc->patterns = pattern_set_new();
}

void document_read(const json_t *json, const struct list_provider *lists, struct document *out,
                   struct policy_faults *faults)
{
    struct reader r = {.faults = faults, .doc = out, .lists = lists};
    *out = (struct document){.then = ACTION_ALLOW};
    sl_arena_init(&out->arena, 0);
    out->zone = keep_zone(out, zone_system());
    prepare_matchers(json, out);
    if (!json_object_get(json, "categories"))
        document_add_uncategorised(out);
    read_object(&r, json, &document_shape, out);
    sl_text_fini(&r.at);
}

const struct guard *document_guard(const struct document *doc, size_t i)
{
    if (i < doc->rule_count)
        return &doc->rules[i].guard;
    i -= doc->rule_count;
    if (i < doc->inspection_count)
        return &doc->inspection[i].guard;
    i -= doc->inspection_count;
    if (i < doc->exception_count)
        return &doc->exceptions[i].guard;
    i -= doc->exception_count;
    if (i < doc->quota_count)
        return &doc->quotas[i].guard;
    i -= doc->quota_count;
    return i < doc->header_count ? &doc->headers[i].guard : NULL;
}

void document_fini(struct document *doc)
{
    struct names *names[] = {&doc->network_names,  &doc->group_names,   &doc->schedule_names,
                             &doc->category_names, &doc->rule_ids,      &doc->quota_ids,
                             &doc->inspection_ids, &doc->exception_ids, &doc->header_ids,
                             &doc->users,          &doc->extensions};
    for (size_t i = 0; i < SL_COUNT(names); i++)
        names_fini(names[i]);
    for (size_t i = 0; i < doc->zone_count; i++)
        zone_free(&doc->zones[i]);
    free(doc->zones);
    overlay_free(&doc->overlay);
    netset_free(&doc->networks);
    netset_free(&doc->addresses);
    pattern_set_free(&doc->patterns);
    json_decref(doc->made);
    sl_arena_fini(&doc->arena);
}
