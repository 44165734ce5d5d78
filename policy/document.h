/* document.h - a policy document as structs. Reading is checking: see read.h. Texts are views into the JSON,
 * which the owner (the snapshot) keeps unchanged; the rest lives in the arena. Hosts, url prefixes, networks
 * and regexes go straight into the structures that match them, since their parsers are the ones that know
 * what is wrong. */
#ifndef POLICY_DOCUMENT_H
#define POLICY_DOCUMENT_H

#include "policy/condition.h"
#include "policy/names.h"
#include "policy/netset.h"
#include "policy/overlay.h"
#include "policy/pattern.h"
#include "policy/quota.h"
#include "policy/schedule.h"

struct service;

enum {
    DOCUMENT_MAX_NETWORKS = 1024,
    DOCUMENT_MAX_GROUPS = 4096,
    DOCUMENT_MAX_SCHEDULES = 256,
    DOCUMENT_MAX_CATEGORIES = POLICY_MAX_CATEGORIES - 1, /* one is the built-in */
    DOCUMENT_MAX_RULES = 10000,
    DOCUMENT_MAX_INSPECTION = 1000,
    DOCUMENT_MAX_EXCEPTIONS = 1000,
    DOCUMENT_MAX_TESTS = 10000,
    DOCUMENT_MAX_VALUES = 100000 /* of one key or list */
};
#define DOCUMENT_UNCATEGORISED "uncategorised"

struct doc_group {
    struct texts users;
};
struct doc_category {
    struct sl_str name, title;
    struct texts lists;
    uint32_t *list_ids, list_count; /* those that exist */
    uint32_t *patterns, pattern_count;
};
struct doc_rule {
    struct sl_str id, title, message, parent;
    struct guard guard; /* without clauses when it is switched off */
    enum action then;
    int64_t warn_for_s;
    struct rate_def throttle;
    struct sl_addr source; /* sl_addr_none: the kernel's choice */
    bool report_only, off;
};
struct doc_inspection_rule {
    struct sl_str id;
    struct guard guard;
    bool inspect;
};
/* Of an origin whose TLS has faults, if all of them are among these. */
struct doc_exception {
    struct sl_str id;
    struct guard guard;
    tls_faults faults;
    enum excuse then;
};
struct doc_quota {
    struct quota_def def;
    struct guard guard;
};
struct doc_header {
    struct header_def def;
    struct guard guard;
    const struct service *service; /* it means these hosts, and not always what is below them; NULL: none */
    const json_t *when, *unless, *with; /* as written, while it is read; may be NULL */
};
struct doc_test {
    struct sl_str url, user, method, client_text, rule, user_agent, content_type, parent;
    struct sl_addr client, address;
    unsigned known; /* set of enum fact_known, beside FACT_USER */
    uint64_t size;  /* of the answer, 0: not told */
    struct texts groups, categories;
    bool has_at, has_rule, has_parent; /* rule empty: the default decides; parent empty: no rule says one */
    int64_t at_s;
    enum action expect;
};

struct document {
    struct sl_arena arena;
    enum action then;    /* default */
    struct zone *zone;   /* of the quotas */
    struct zone **zones; /* all that were loaded, each once */
    size_t zone_count, zone_cap;

    struct names network_names, group_names, schedule_names, category_names, rule_ids, quota_ids,
        inspection_ids, exception_ids, header_ids;
    struct names users, extensions; /* all that are mentioned */
    struct doc_group *groups;
    struct schedule *schedules;
    struct doc_category *categories; /* not the built-in */
    size_t category_count;
    struct doc_rule *rules;
    size_t rule_count;
    struct doc_inspection_rule *inspection;
    size_t inspection_count;
    bool inspect; /* default of inspection */
    struct doc_exception *exceptions;
    size_t exception_count;
    struct doc_quota *quotas;
    size_t quota_count;
    struct doc_header *headers;
    size_t header_count;
    bool redirects; /* some header rule has resolve_as */
    json_t *made;   /* array of conditions that were made for header rules; NULL: none */
    struct doc_test *tests;
    size_t test_count;

    /* Bits of the overlay: first each category, then each category's exceptions, both in whole words so that
     * sets are plain ANDs, then each host or url clause. */
    struct overlay *overlay;
    uint32_t category_words, overlay_bits, next_overlay;
    struct netset *networks;  /* ids: networks */
    struct netset *addresses; /* ids: address clauses */
    uint32_t address_count;
    struct pattern_set *patterns;
};

/* Reads json (an unchanging document that outlives *out). Adds every fault. *out is to be given to
 * document_fini in any case, and is complete only when there was no fault. */
void document_read(const json_t *json, const struct list_provider *lists, struct document *out,
                   struct policy_faults *faults);
/* The guard of rule, inspection rule, quota or header rule i, counted through; NULL after the last. */
const struct guard *document_guard(const struct document *doc, size_t i);
void document_fini(struct document *doc);

/* The tables, for the schema. */
extern const struct read_shape
    *const document_shapes[]; /* NULL at the end; the first is the document itself */

#endif
