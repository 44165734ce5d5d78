/* document_rules.c - the part of a document that acts: rules. */
#include "policy/document_parts.h"

#include "base/address_class.h"
#include "policy/rate.h"
#include "sluice/clock.h"

enum { WARN_FOR_MAX_S = 365 * 86400, SECTION_MAX = 200 };

#define DURATION "{\"type\":\"string\",\"pattern\":\"^[0-9]+(ms|s|m|min|h|d|w)?$\"}"

/* ---- rules ---- */

static void read_warn_for(struct reader *r, const json_t *v, int64_t *out_s)
{
    int64_t ms;
    if (!read_is(r, v, JSON_STRING, "a string"))
        return;
    if (sl_duration_parse(read_str(v), &ms) && ms >= 1000 && ms / 1000 <= WARN_FOR_MAX_S)
        *out_s = ms / 1000;
    else
        read_fault(r, "'%s' is no duration from 1s to 365d, such as 1h", json_string_value(v));
}

static void read_enabled(struct reader *r, const json_t *v, struct doc_rule *out)
{
    bool on = true;
    read_bool(r, v, &on);
    out->off = !on;
}

/* An address that a socket can be bound to. Whether this machine has it is found out when it is used: it may
 * come later, and a document is checked on other machines too. */
static void read_source(struct reader *r, const json_t *v, struct sl_addr *out)
{
    struct sl_addr addr;
    if (!read_is(r, v, JSON_STRING, "an address such as \"192.0.2.7\""))
        return;
    if (!sl_addr_parse(read_str(v), &addr)) {
        read_fault(r, "'%.*s' is no address such as 192.0.2.7 or 2001:db8::7",
                   SL_FMT(sl_str_sub(read_str(v), 0, 100)));
        return;
    }
    enum address_class class = address_class_alone(addr);
    bool needs_zone = class == ADDRESS_LINK_LOCAL && !sl_addr_is_v4(addr);
    if (class == ADDRESS_UNSPECIFIED || class == ADDRESS_MULTICAST || class == ADDRESS_BROADCAST ||
        needs_zone)
        read_fault(r, "'%.*s' is of class %s; connections can't come from there", SL_FMT(read_str(v)),
                   address_class_word(class));
    else
        *out = addr;
}

static void read_section(struct reader *r, const json_t *v)
{
    struct sl_str text;
    read_text(r, v, SECTION_MAX, &text);
}

READER(rule_id, doc_rule, document_unique(r, v, &r->doc->rule_ids, &o->id))
READER(rule_if, doc_rule, condition_read(r, v, &o->guard.when))
READER(rule_unless, doc_rule, document_read_unless(r, v, &o->guard))
READER(rule_then, doc_rule, document_then(r, v, &o->then))
READER(rule_warn_for, doc_rule, read_warn_for(r, v, &o->warn_for_s))
READER(rule_message, doc_rule, read_text(r, v, DOCUMENT_MESSAGE_MAX, &o->message))
READER(rule_report_only, doc_rule, read_bool(r, v, &o->report_only))
READER(rule_throttle, doc_rule, rate_read_throttle(r, v, &o->throttle))
READER(rule_source, doc_rule, read_source(r, v, &o->source))
READER(rule_parent, doc_rule, read_id(r, v, &o->parent))
READER(rule_enabled, doc_rule, read_enabled(r, v, o))
READER(rule_from, doc_rule, validity_read_from(r, v, &o->guard.valid))
READER(rule_until, doc_rule, validity_read_until(r, v, &o->guard.valid))
READER(rule_section, doc_rule, read_section(r, v))

static const struct read_field rule_fields[] = {
    {"id", rule_id, SCHEMA_REF("id"), READ_REQUIRED},
    {"if", rule_if, SCHEMA_REF("condition"), 0},
    {"unless", rule_unless, SCHEMA_REF("condition"), 0},
    {"then", rule_then, "{\"enum\":[\"allow\",\"block\",\"warn\"]}", READ_REQUIRED},
    {"warn_for", rule_warn_for, DURATION, 0},
    {"message", rule_message, SCHEMA_MESSAGE, 0},
    {"report_only", rule_report_only, "{\"type\":\"boolean\",\"default\":false}", 0},
    {"from", rule_from, VALIDITY_SCHEMA, 0},
    {"until", rule_until, VALIDITY_SCHEMA, 0},
    {"enabled", rule_enabled, "{\"type\":\"boolean\",\"default\":true}", 0},
    {"section", rule_section,
     "{\"type\":\"string\",\"maxLength\":200,\"description\":\"a heading for people; rules under one stand "
     "together\"}",
     0},
    {"throttle", rule_throttle, "{\"anyOf\":[" SCHEMA_RATE "," SCHEMA_REF("throttle") "]}", 0},
    {"parent", rule_parent,
     "{\"$ref\":\"#/$defs/id\",\"description\":\"the name of parent proxies of the settings, or direct\"}",
     0},
    {"source", rule_source,
     "{\"type\":\"string\",\"maxLength\":45,\"description\":\"the address of the gateway's machine from "
     "which "
     "connections to the origin come\",\"examples\":[\"192.0.2.7\"]}",
     0},
};
const struct read_shape document_rule_shape = {"rule", "a rule", READ_FIELDS(rule_fields)};

/* What clauses are put into. A rule that is switched off is read like any other, for its faults, but into one
 * of these that is thrown away: no host, regex or name of it costs a request anything. */
struct matchers {
    struct overlay *overlay;
    uint32_t next_overlay, address_count;
    struct netset *addresses;
    struct pattern_set *patterns;
    struct names users, extensions;
};

static void swap_matchers(struct document *doc, struct matchers *m)
{
    struct matchers old = {doc->overlay,  doc->next_overlay, doc->address_count, doc->addresses,
                           doc->patterns, doc->users,        doc->extensions};
    doc->overlay = m->overlay;
    doc->next_overlay = m->next_overlay;
    doc->address_count = m->address_count;
    doc->addresses = m->addresses;
    doc->patterns = m->patterns;
    doc->users = m->users;
    doc->extensions = m->extensions;
    *m = old;
}

static void read_rule_on(struct reader *r, const json_t *item, struct doc_rule *rule)
{
    read_object(r, item, &document_rule_shape, rule);
    validity_check(r, rule->guard.valid);
}

static void read_rule_off(struct reader *r, const json_t *item, struct doc_rule *rule)
{
    struct document *doc = r->doc;
    uint32_t first = 2 * 64 * doc->category_words;
    struct matchers aside = {.overlay = overlay_new(first + DOCUMENT_RULE_ENTRIES),
                             .next_overlay = first,
                             .addresses = netset_new(),
                             .patterns = pattern_set_new()};
    swap_matchers(doc, &aside);
    read_rule_on(r, item, rule);
    swap_matchers(doc, &aside);
    rule->guard = (struct guard){0};
    overlay_free(&aside.overlay);
    netset_free(&aside.addresses);
    pattern_set_free(&aside.patterns);
    names_fini(&aside.users);
    names_fini(&aside.extensions);
}

/* What is refused has no bytes to slow down, and goes nowhere; after a warning that was accepted it goes. */
static void check_refusing(struct reader *r, const struct doc_rule *rule)
{
    const struct {
        const char *key, *what;
        bool there;
    } members[] = {
        {"throttle", "throttled", rule->throttle.bytes_per_s > 0},
        {"source", "sent from an address", !sl_addr_none(rule->source)},
        {"parent", "sent through a parent", rule->parent.n > 0 && rule->then != ACTION_WARN},
    };
    for (size_t i = 0; i < SL_COUNT(members); i++) {
        if (!members[i].there || rule->then == ACTION_ALLOW)
            continue;
        size_t mark = read_enter(r, members[i].key);
        read_fault(r, "stands beside 'then': '%s'; only what is allowed can be %s", action_word(rule->then),
                   members[i].what);
        read_leave(r, mark);
    }
}

static void read_rule(struct reader *r, const json_t *item, void *out)
{
    struct doc_rule *rule = &r->doc->rules[r->doc->rule_count++];
    rule->warn_for_s = 3600;
    rule->title = read_title(item);
    if (document_is_off(item))
        read_rule_off(r, item, rule);
    else
        read_rule_on(r, item, rule);
    check_refusing(r, rule);
}

void document_read_rules(struct reader *r, const json_t *v, struct document *doc)
{
    doc->rules = document_items(r, json_array_size(v), DOCUMENT_MAX_RULES, sizeof *doc->rules);
    read_array(r, v, DOCUMENT_MAX_RULES, read_rule, NULL);
}
