/* document_names.c - the part of a document that others refer to: networks, groups, schedules, categories. */
#include "policy/document_parts.h"

#include <stdlib.h>

#include "policy/civil.h"

/* ---- names ---- */

/* An object whose keys are names that the policy defines: reads the value of each with each(index). */
static void read_map(struct reader *r, const json_t *value, size_t max, struct names *names, bool any_text,
                     void (*each)(struct reader *r, const json_t *item, size_t index))
{
    if (!read_is(r, value, JSON_OBJECT, "an object"))
        return;
    if (json_object_size(value) > max)
        read_fault(r, "has %zu entries; at most %zu are allowed", json_object_size(value), max);
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)value, key, item)
    {
        if (names->count == max)
            return;
        size_t mark = read_enter(r, key);
        size_t index = names_add(names, sl_cstr(key));
        if (!any_text)
            read_id_text(r, sl_cstr(key));
        else if (*key == '\0' || strlen(key) > 256)
            read_fault(r, "the name must have 1-256 bytes");
        each(r, item, index);
        read_leave(r, mark);
    }
}

/* ---- networks, groups, schedules ---- */

static void read_network_item(struct reader *r, const json_t *item, void *out)
{
    uint32_t id = *(const uint32_t *)out;
    struct sl_str text;
    struct sl_cidr net;
    struct sl_err err;
    if (!read_name(r, item, &text))
        return;
    if (sl_cidr_parse(text, &net, &err))
        netset_add(r->doc->networks, net, id);
    else
        read_fault(r, "%s", err.msg);
}

static void read_network(struct reader *r, const json_t *item, size_t index)
{
    uint32_t id = (uint32_t)index;
    read_array(r, item, DOCUMENT_MAX_VALUES, read_network_item, &id);
}

static void read_group(struct reader *r, const json_t *item, size_t index)
{
    struct texts *users = &r->doc->groups[index].users;
    read_texts(r, item, DOCUMENT_MAX_VALUES, users);
    for (size_t i = 0; i < users->count; i++)
        names_add(&r->doc->users, users->items[i]);
}

static void read_days(struct reader *r, const json_t *v, uint8_t *out)
{
    struct sl_str text;
    struct sl_err err;
    if (read_name(r, v, &text) && !schedule_days_parse(text, out, &err))
        read_fault(r, "%s", err.msg);
}

static void read_clock(struct reader *r, const json_t *v, int *out)
{
    struct sl_str text;
    struct sl_err err;
    if (read_name(r, v, &text) && !schedule_clock_parse(text, out, &err))
        read_fault(r, "%s", err.msg);
}

READER(span_days, schedule_span, read_days(r, v, &o->days))
READER(span_from, schedule_span, read_clock(r, v, &o->from))
READER(span_to, schedule_span, read_clock(r, v, &o->to))

#define CLOCK "{\"type\":\"string\",\"pattern\":\"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$\"}"
static const struct read_field span_fields[] = {
    {"days", span_days,
     "{\"type\":\"string\",\"description\":\"mon-fri, sat,sun, fri-mon or all\",\"default\":\"all\"}", 0},
    {"from", span_from, CLOCK, 0},
    {"to", span_to, CLOCK, 0},
};
const struct read_shape document_span_shape = {"span", "a span of a schedule", READ_FIELDS(span_fields)};

static void read_span(struct reader *r, const json_t *item, void *out)
{
    struct schedule_span span = {.days = SCHEDULE_ALL_DAYS, .from = 0, .to = 24 * 60};
    read_object(r, item, &document_span_shape, &span);
    if (span.from == span.to)
        read_fault(r, "the span is empty; a whole day is 00:00 to 24:00");
    else
        schedule_add(out, span);
}

struct days {
    int64_t *items;
    size_t count;
};

static void read_day(struct reader *r, const json_t *item, void *out)
{
    struct days *days = out;
    struct sl_str text;
    if (!read_name(r, item, &text))
        return;
    if (civil_parse(text, &days->items[days->count]))
        days->count++;
    else
        read_fault(r, "'%.*s' is no date such as 2026-12-25", SL_FMT(text));
}

static int by_day(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void read_schedule_except(struct reader *r, const json_t *v, struct schedule *out)
{
    struct days days = {.items = document_items(r, json_array_size(v), 1000, sizeof *days.items)};
    read_array(r, v, 1000, read_day, &days);
    qsort(days.items, days.count, sizeof *days.items, by_day);
    out->except = days.items;
    out->except_count = days.count;
}

static void read_schedule_zone(struct reader *r, const json_t *v, struct schedule *out)
{
    const struct zone *zone = document_zone(r, v);
    if (zone)
        out->zone = zone;
}

READER(schedule_timezone, schedule, read_schedule_zone(r, v, o))
READER(schedule_spans, schedule, read_array(r, v, 1000, read_span, o))
READER(schedule_except, schedule, read_schedule_except(r, v, o))

#define SCHEMA_ZONE "{\"type\":\"string\",\"examples\":[\"Europe/Berlin\",\"UTC\"]}"
static const struct read_field schedule_fields[] = {
    {"timezone", schedule_timezone, SCHEMA_ZONE, 0},
    {"spans", schedule_spans, "{\"type\":\"array\",\"maxItems\":1000,\"items\":{\"$ref\":\"#/$defs/span\"}}",
     READ_REQUIRED},
    {"except", schedule_except,
     "{\"type\":\"array\",\"maxItems\":1000,\"items\":{\"type\":\"string\",\"format\":\"date\"},"
     "\"description\":\"days on which no span begins, such as holidays\"}",
     0},
};
const struct read_shape document_schedule_shape = {"schedule", "a schedule", READ_FIELDS(schedule_fields)};

static void read_schedule(struct reader *r, const json_t *item, size_t index)
{
    struct schedule *s = &r->doc->schedules[index];
    s->zone = r->doc->zone;
    read_object(r, item, &document_schedule_shape, s);
}

/* ---- categories ---- */

static void read_list_name(struct reader *r, const json_t *item, void *out)
{
    struct doc_category *c = out;
    struct sl_str name;
    if (!read_name(r, item, &name))
        return;
    c->lists.items[c->lists.count++] = name;
    if (!r->lists)
        return;
    int id = r->lists->find(r->lists, name);
    if (id >= 0)
        c->list_ids[c->list_count++] = (uint32_t)id;
    else
        read_fault(r, "there is no list '%.*s'; 'sluice lists add' adds one", SL_FMT(name));
}

static void read_lists(struct reader *r, const json_t *v, struct doc_category *c)
{
    c->lists.items = document_items(r, json_array_size(v), DOCUMENT_MAX_VALUES, sizeof *c->lists.items);
    c->list_ids = document_items(r, json_array_size(v), DOCUMENT_MAX_VALUES, sizeof *c->list_ids);
    read_array(r, v, DOCUMENT_MAX_VALUES, read_list_name, c);
}

static size_t category_bit(const struct reader *r, const struct doc_category *c)
{
    return (size_t)(c - r->doc->categories);
}

static void read_category_host(struct reader *r, const json_t *item, void *out)
{
    struct sl_str text;
    struct sl_err err;
    if (read_name(r, item, &text) && !overlay_add_host(r->doc->overlay, text, category_bit(r, out), &err))
        read_fault(r, "%s", err.msg);
}

static void read_category_url(struct reader *r, const json_t *item, void *out)
{
    struct sl_str text;
    struct sl_err err;
    if (read_text(r, item, DOCUMENT_URL_MAX, &text) &&
        !overlay_add_url(r->doc->overlay, text, category_bit(r, out), &err))
        read_fault(r, "%s", err.msg);
}

/* A host, or a url when it has a path or a port ("[::1]" and "::1" are hosts: their colons are not a port's).
 */
static void read_category_except(struct reader *r, const json_t *item, void *out)
{
    struct sl_str text;
    struct sl_err err;
    if (!read_text(r, item, DOCUMENT_URL_MAX, &text))
        return;
    size_t bit = r->doc->category_words * 64 + category_bit(r, out);
    size_t colon = sl_str_find(text, ':');
    bool port = colon < text.n && memrchr(text.p, ':', text.n) == text.p + colon;
    bool added = port || sl_str_find(text, '/') < text.n ? overlay_add_url(r->doc->overlay, text, bit, &err)
                                                         : overlay_add_host(r->doc->overlay, text, bit, &err);
    if (!added)
        read_fault(r, "%s", err.msg);
}

static void read_category_regex(struct reader *r, const json_t *item, void *out)
{
    struct doc_category *c = out;
    struct sl_str text;
    struct sl_err err;
    size_t id;
    if (!read_text(r, item, DOCUMENT_URL_MAX, &text))
        return;
    if (pattern_set_add(r->doc->patterns, text, PATTERN_URL, &id, &err))
        c->patterns[c->pattern_count++] = (uint32_t)id;
    else
        read_fault(r, "%s", err.msg);
}

static void read_patterns(struct reader *r, const json_t *v, struct doc_category *c)
{
    c->patterns = document_items(r, json_array_size(v), DOCUMENT_MAX_VALUES, sizeof *c->patterns);
    read_array(r, v, DOCUMENT_MAX_VALUES, read_category_regex, c);
}

READER(category_lists, doc_category, read_lists(r, v, o))
READER(category_hosts, doc_category, read_array(r, v, DOCUMENT_MAX_VALUES, read_category_host, o))
READER(category_urls, doc_category, read_array(r, v, DOCUMENT_MAX_VALUES, read_category_url, o))
READER(category_regex, doc_category, read_patterns(r, v, o))
READER(category_except, doc_category, read_array(r, v, DOCUMENT_MAX_VALUES, read_category_except, o))

static const struct read_field category_fields[] = {
    {"lists", category_lists, SCHEMA_NAMES, 0},  {"hosts", category_hosts, SCHEMA_NAMES, 0},
    {"urls", category_urls, SCHEMA_URLS, 0},     {"regex", category_regex, SCHEMA_URLS, 0},
    {"except", category_except, SCHEMA_URLS, 0},
};
const struct read_shape document_category_shape = {"category", "a category", READ_FIELDS(category_fields)};

static void read_category(struct reader *r, const json_t *item, size_t index)
{
    struct doc_category *c = &r->doc->categories[index];
    c->name = r->doc->category_names.items[index];
    c->title = read_title(item);
    if (sl_str_eq(c->name, SL_STR(DOCUMENT_UNCATEGORISED)))
        read_fault(r, "'" DOCUMENT_UNCATEGORISED "' is built in: it holds what no other category does");
    r->doc->category_count = index + 1;
    read_object(r, item, &document_category_shape, c);
}

/* ---- the four members of the document ---- */

void document_read_networks(struct reader *r, const json_t *v, struct document *doc)
{
    read_map(r, v, DOCUMENT_MAX_NETWORKS, &doc->network_names, false, read_network);
}

void document_read_groups(struct reader *r, const json_t *v, struct document *doc)
{
    doc->groups = document_items(r, json_object_size(v), DOCUMENT_MAX_GROUPS, sizeof *doc->groups);
    read_map(r, v, DOCUMENT_MAX_GROUPS, &doc->group_names, true, read_group);
}

void document_read_schedules(struct reader *r, const json_t *v, struct document *doc)
{
    doc->schedules = document_items(r, json_object_size(v), DOCUMENT_MAX_SCHEDULES, sizeof *doc->schedules);
    read_map(r, v, DOCUMENT_MAX_SCHEDULES, &doc->schedule_names, false, read_schedule);
}

/* The built-in category has the number after the last of the document's own, so every set has a bit for it.
 */
void document_add_uncategorised(struct document *doc)
{
    names_add(&doc->category_names, SL_STR(DOCUMENT_UNCATEGORISED));
}

void document_read_categories(struct reader *r, const json_t *v, struct document *doc)
{
    doc->categories =
        document_items(r, json_object_size(v), DOCUMENT_MAX_CATEGORIES, sizeof *doc->categories);
    read_map(r, v, DOCUMENT_MAX_CATEGORIES, &doc->category_names, false, read_category);
    document_add_uncategorised(doc);
}
