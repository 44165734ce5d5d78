/* document_parts.h - what the files that read a document share: document.c (the whole, and helpers),
 * document_names.c (what others refer to), document_rules.c (what acts), document_inspection.c,
 * document_quotas.c, document_headers.c, document_tests.c. */
#ifndef POLICY_DOCUMENT_PARTS_H
#define POLICY_DOCUMENT_PARTS_H

#include "policy/document.h"

enum {
    DOCUMENT_URL_MAX = 4096,
    DOCUMENT_MESSAGE_MAX = 2000,
    DOCUMENT_RULE_ENTRIES = 4 /* host and url, in `if` and in `unless`: bits of the overlay */
};

/* Makes the reader of a table's row: `o` is the struct that the row's member belongs to. */
#define READER(name, type, call)                                   \
    static void name(struct reader *r, const json_t *v, void *out) \
    {                                                              \
        struct type *o = out;                                      \
        (void)o;                                                   \
        call;                                                      \
    }

/* Schemas that several rows use. */
#define SCHEMA_REF(name) "{\"$ref\":\"#/$defs/" name "\"}"
#define SCHEMA_NAMES "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":256}}"
#define SCHEMA_URLS "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}}"
#define SCHEMA_MESSAGE "{\"type\":\"string\",\"maxLength\":2000}"
#define SCHEMA_ZONE "{\"type\":\"string\",\"examples\":[\"Europe/Berlin\",\"UTC\"]}"

/* Whether a rule says "enabled": false. */
static inline bool document_is_off(const json_t *rule)
{
    return json_is_false(json_object_get(rule, "enabled"));
}

/* Zeroed room for `count` items, at most max. */
void *document_items(struct reader *r, size_t count, size_t max, size_t size);
/* An id; a second one of the same is a fault. */
void document_unique(struct reader *r, const json_t *v, struct names *names, struct sl_str *out);
/* The time zone named by v; NULL after a fault. The document keeps it. */
struct zone *document_zone(struct reader *r, const json_t *v);
void document_read_unless(struct reader *r, const json_t *v, struct guard *out);
void document_then(struct reader *r, const json_t *v, enum action *out); /* allow, block, warn */

void document_read_networks(struct reader *r, const json_t *v, struct document *doc);
void document_read_groups(struct reader *r, const json_t *v, struct document *doc);
void document_read_schedules(struct reader *r, const json_t *v, struct document *doc);
void document_read_categories(struct reader *r, const json_t *v, struct document *doc);
void document_add_uncategorised(struct document *doc);
void document_read_rules(struct reader *r, const json_t *v, struct document *doc);
void document_read_inspection(struct reader *r, const json_t *v, struct document *doc);
void document_read_quotas(struct reader *r, const json_t *v, struct document *doc);
void document_read_headers(struct reader *r, const json_t *v, struct document *doc);
void document_read_tests(struct reader *r, const json_t *v, struct document *doc);

extern const struct read_shape document_span_shape, document_schedule_shape, document_category_shape,
    document_rule_shape, document_inspection_shape, document_inspection_rule_shape, document_exception_shape,
    document_quota_shape, document_rolling_shape, document_quota_throttle_shape, document_background_shape,
    document_extension_shape, document_header_shape, document_test_shape;

#endif
