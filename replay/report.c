/* report.c - what a replay found, as JSON; see replay_run in sluice/replay.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "policy/store/subject.h"
#include "replay/counts.h"
#include "sluice/clock.h"

static json_t *number(uint64_t n)
{
    return json_integer((json_int_t)SL_MIN(n, (uint64_t)INT64_MAX));
}

static json_t *id_json(uint64_t id)
{
    char text[REQUEST_ID_TEXT];
    return json_string(request_id_text(id, text));
}

static json_t *action_json(uint32_t action)
{
    return json_string(action_word((enum action)action));
}

/* null for the default. */
static json_t *rule_json(const struct counts *c, int32_t rule)
{
    struct sl_str id = rule >= 0 ? c->rules.items[rule].key : SL_STR("");
    return id.n ? subject_json(id) : json_null();
}

static void add_change(const struct counts *c, uint32_t change, json_t *o)
{
    struct change_key key;
    memcpy(&key, c->changes.items[change].key.p, sizeof key);
    json_object_set_new(o, "before", action_json(key.before));
    json_object_set_new(o, "after", action_json(key.after));
    json_object_set_new(o, "rule_before", rule_json(c, key.rule_before));
    json_object_set_new(o, "rule", rule_json(c, key.rule_after));
}

static void add_counts(const struct tally_item *item, json_t *o)
{
    json_object_set_new(o, "requests", number(item->requests));
    json_object_set_new(o, "users", number(item->distinct));
    json_object_set_new(o, "example", id_json(item->example));
}

static json_t *row_json(const struct counts *c, uint32_t number_)
{
    const struct tally_item *item = &c->rows.items[number_];
    struct row_key key;
    memcpy(&key, item->key.p, sizeof key);
    json_t *o = json_pack("{s:o}", "host", subject_json(c->hosts.items[key.host].key));
    add_change(c, key.change, o);
    add_counts(item, o);
    return o;
}

static json_t *change_json(const struct counts *c, uint32_t change)
{
    json_t *o = json_object();
    add_change(c, change, o);
    add_counts(&c->changes.items[change], o);
    return o;
}

static json_t *user_json(const struct counts *c, uint32_t user)
{
    const struct tally_item *item = &c->users.items[user];
    bool client = item->key.n > 0 && item->key.p[0] == '@';
    struct sl_str name = client ? sl_str_sub(item->key, 1, SIZE_MAX) : item->key;
    return json_pack("{s:o, s:o, s:o, s:o}", "user", client ? json_null() : subject_json(name), "client",
                     client ? subject_json(name) : json_null(), "requests", number(item->requests), "hosts",
                     number(item->distinct));
}

static json_t *top_json(const struct counts *c, const struct tally *t, size_t most,
                        json_t *(*item)(const struct counts *c, uint32_t number))
{
    size_t count;
    uint32_t *order = tally_top(t, most, &count);
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, item(c, order[i]));
    free(order);
    return out;
}

static json_t *transitions_json(const struct counts *c)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < TRANSITIONS; i++)
        if (c->transitions[i])
            json_array_append_new(out,
                                  json_pack("{s:o, s:o, s:o, s:o}", "from", action_json(i / ACTIONS), "to",
                                            action_json(i % ACTIONS), "requests", number(c->transitions[i]),
                                            "users", number(c->transition_users[i])));
    return out;
}

/* ---- notes: what the figures do not tell ---- */

static bool has_condition(const struct snapshot *s, const char *name)
{
    static const char *const parts[] = {"rules", "quotas"};
    size_t i;
    json_t *rule;
    for (size_t part = 0; part < SL_COUNT(parts); part++)
        json_array_foreach(json_object_get(snapshot_document(s), parts[part]), i, rule)
        {
            if (json_object_get(json_object_get(rule, "if"), name) ||
                json_object_get(json_object_get(rule, "unless"), name))
                return true;
        }
    return false;
}

static bool either(const struct replay_plan *plan, bool (*holds)(const struct snapshot *s))
{
    return holds(plan->after) || (plan->before && holds(plan->before));
}

static bool asks_size(const struct snapshot *s)
{
    return has_condition(s, "size_over");
}

static bool has_state(const struct snapshot *s)
{
    size_t i;
    json_t *rule;
    json_array_foreach(json_object_get(snapshot_document(s), "rules"), i, rule)
    {
        const char *then = json_string_value(json_object_get(rule, "then"));
        if (then && strcmp(then, "warn") == 0)
            return true;
    }
    return snapshot_quota_count(s) > 0;
}

static bool has_lists(const struct snapshot *s)
{
    const char *name;
    json_t *category;
    json_object_foreach(json_object_get(snapshot_document(s), "categories"), name, category)
    {
        if (json_array_size(json_object_get(category, "lists")))
            return true;
    }
    return false;
}

/* requests 0: it concerns none in particular. */
static void note(json_t *notes, const char *code, uint64_t requests, const char *text)
{
    json_array_append_new(notes, json_pack("{s:s, s:o, s:s}", "code", code, "requests",
                                           requests ? number(requests) : json_null(), "text", text));
}

static void note_some(json_t *notes, const char *code, uint64_t requests, const char *text)
{
    if (requests)
        note(notes, code, requests, text);
}

static json_t *notes_json(const struct counts *c, const struct replay_plan *plan)
{
    json_t *notes = json_array();
    note_some(notes, "gateway", c->by_gateway,
              "ended by the gateway itself (malformed, no login, private address), whatever the policy says: "
              "not judged");
    note_some(notes, "unreadable", c->unreadable, "without a URL that could be judged: not judged");
    note_some(notes, "cut", c->cut, "recorded with a text cut short: judged by what is kept");
    note_some(notes, "tunnel", c->tunnels, "tunnels: judged by host and port, as the gateway does");
    note_some(notes, "address", c->no_address,
              "never sent on, so that the destination's address is not known: rules on it were passed over");
    note_some(notes, "answer", c->no_answer,
              "without an answer from outside: rules on content_type were passed over");
    if (either(plan, asks_size))
        note(notes, "size", 0, "Sizes of answers are not recorded: rules with size_over were passed over.");
    if (either(plan, has_state))
        note(notes, "state", 0,
             "Used-up quotas and accepted warnings are left out: rules alone are compared.");
    if (either(plan, has_lists))
        note(notes, "lists", 0,
             plan->before ? "Both policies are judged with the lists as they are now."
                          : "Lists are as they are now, not as they were when the requests came.");
    if (c->crowded_hosts || c->crowded_users || c->crowded_rows)
        note(notes, "bounds", 0,
             "So many hosts and users are concerned that not all are counted apart: their numbers are the "
             "least.");
    return notes;
}

json_t *counts_report(const struct counts *c, const struct replay_plan *plan)
{
    char from[SL_RFC3339_TEXT], to[SL_RFC3339_TEXT];
    json_t *examples = json_array();
    for (size_t i = 0; i < c->example_count; i++)
        json_array_append_new(examples, id_json(c->examples[i]));
    json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:b, s:o}", "from",
                          sl_rfc3339(plan->from_us, from), "to", sl_rfc3339(plan->to_us, to), "against",
                          plan->before ? "active" : "record", "requests", number(c->requests), "judged",
                          number(c->judged), "unjudged", number(c->requests - c->judged), "changed",
                          number(c->changed), "users", number(c->users.count), "users_exact",
                          !c->crowded_users, "hosts_changed", number(c->hosts.count), "hosts_exact",
                          !c->crowded_hosts, "other_rule", number(c->other_rule));
    json_object_set_new(o, "transitions", transitions_json(c));
    json_object_set_new(o, "hosts", top_json(c, &c->rows, plan->limit, row_json));
    json_object_set_new(o, "rules", top_json(c, &c->changes, plan->limit, change_json));
    json_object_set_new(o, "by_user", top_json(c, &c->users, plan->limit, user_json));
    json_object_set_new(o, "examples", examples);
    json_object_set_new(o, "notes", notes_json(c, plan));
    return o;
}
