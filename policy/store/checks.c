/* checks.c - see checks.h. Providers have accidents: an empty export, a page of somebody else, a clean-up
 * that took too much, a test entry such as "com". None of them is an error that a program could see, so a
 * copy that looks like one waits for a person. */
#include "policy/store/checks.h"

#include <inttypes.h>
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/arena.h"
#include "sluice/log.h"

/* Small lists may change as they like; a fault in ten lines is more than a source that was not tidied up. */
enum { SHRINK_FROM = 100, GROW_FROM = 1000, FAULTS_FROM = 20, FAULTS_PERCENT = 10, CANARIES_SHOWN = 3 };

/* Names that no list means when it begins to hold them; below some, everybody has a host. Many a category
 * holds some of them rightly: only a list that did not hold them before is asked. */
static const char *const well_known[] = {
    "akamai.net",    "akamaized.net",  "amazonaws.com",  "apple.com",       "azurewebsites.net",
    "bing.com",      "cloudflare.com", "cloudfront.net", "debian.org",      "digicert.com",
    "fastly.net",    "github.com",     "github.io",      "google.com",      "googleapis.com",
    "gstatic.com",   "herokuapp.com",  "icloud.com",     "letsencrypt.org", "live.com",
    "microsoft.com", "mozilla.org",    "netlify.app",    "office.com",      "pages.dev",
    "ubuntu.com",    "vercel.app",     "web.app",        "wikipedia.org",   "windowsupdate.com",
    "workers.dev",
};

/* ---- what changes ---- */

static bool compare(struct store *s, const char *source, const struct list_copy *copy, struct list_delta *out,
                    struct sl_err *err)
{
    struct shelf old;
    bool ok = shelf_of(s, source, &old, err);
    for (size_t i = 0; ok && i < copy->parts.count; i++) {
        const struct catalogue_source *now = &copy->parts.items[i], *was = shelf_find(&old, now->name);
        bool same = was && memcmp(was->sha256, now->sha256, sizeof now->sha256) == 0;
        ok = same || list_compare(was ? was->file : NULL, now->file, out, err);
    }
    for (size_t i = 0; ok && i < old.count; i++)
        if (!shelf_find(&copy->parts, old.items[i].name))
            ok = list_compare(old.items[i].file, NULL, out, err);
    shelf_fini(&old);
    return ok;
}

/* A first copy is new as a whole, and so is one whose predecessor can no longer be read: that must not keep
 * it from taking its place. */
void checks_count(struct store *s, const struct source *src, struct list_copy *copy, struct list_delta *out)
{
    struct sl_err why = {0};
    *out = (struct list_delta){0};
    copy->added = copy->entries;
    copy->removed = src->entries;
    if (src->serving == 0)
        return;
    if (compare(s, src->name, copy, out, &why)) {
        copy->added = (int64_t)out->added;
        copy->removed = (int64_t)out->removed;
    } else {
        sl_log_warning("store", "list '%s': what changes is not known: %s", src->name, why.msg);
    }
}

/* ---- reasons ---- */

static void add_reason(json_t *reasons, const char *check, const struct sl_text *text)
{
    json_array_append_new(reasons,
                          json_pack("{s:s, s:o}", "check", check, "text", subject_json(sl_text_str(text))));
}

static void judge_size(const struct source *src, const struct list_copy *copy, json_t *reasons)
{
    int64_t old = src->entries, now = copy->entries;
    bool shrank = src->shrink && old > SHRINK_FROM && now * 100 <= old * (100 - src->shrink);
    bool grew = src->grow && old > 0 && now > GROW_FROM && now * 100 >= old * (100 + src->grow);
    struct sl_text text = {0};
    if (!shrank && !grew)
        return;
    sl_text_addf(&text,
                 "it has %" PRId64 " entries where the copy in use has %" PRId64 " (%+" PRId64 " %%; %" PRId64
                 " %% is the limit)",
                 now, old, (now - old) * 100 / old, shrank ? -src->shrink : src->grow);
    add_reason(reasons, shrank ? "shrink" : "grow", &text);
    sl_text_fini(&text);
}

struct tally {
    int64_t lines, errors;
};

static void count_report(struct tally *t, const char *report)
{
    json_t *o = json_loads(report, 0, NULL);
    t->lines += json_integer_value(json_object_get(o, "lines"));
    t->errors += json_integer_value(json_object_get(o, "errors"));
    json_decref(o);
}

static struct tally tally_of(const struct list_copy *copy)
{
    struct tally t = {0};
    for (size_t i = 0; i < copy->parts.count; i++)
        count_report(&t, copy->reports[i]);
    return t;
}

static void judge_faults(struct store *s, const struct source *src, const struct list_copy *copy,
                         json_t *reasons)
{
    struct list_copy in_use;
    struct sl_text text = {0};
    struct tally now = tally_of(copy), old = {0};
    if (now.errors < FAULTS_FROM || now.errors * 100 < now.lines * FAULTS_PERCENT ||
        !list_copy_read(s, src->name, src->serving, &in_use, NULL))
        return;
    old = tally_of(&in_use);
    list_copy_fini(&in_use);
    if (now.errors * old.lines < 2 * old.errors * now.lines) /* it was like that before */
        return;
    sl_text_addf(&text,
                 "%" PRId64 " of its %" PRId64 " lines could not be read; of the copy in use %" PRId64
                 " of %" PRId64,
                 now.errors, now.lines, old.errors, old.lines);
    add_reason(reasons, "faults", &text);
    sl_text_fini(&text);
}

/* ---- canaries ---- */

/* One name that the copy should not hold: by which entry it does, "" when it does not. */
struct canary {
    char *host, *entry;
    bool twin; /* www. of the one before */
};
struct canaries {
    const struct list_copy *copy;
    struct canary *items;
    size_t count, cap;
};

static void add_canary(struct canaries *c, const char *prefix, struct sl_str host)
{
    SL_GROW(c->items, c->count, &c->cap);
    c->items[c->count++] = (struct canary){.host = sl_asprintf("%s%.*s", prefix, SL_FMT(host))};
}

/* A host, and its www twin: lists name either. */
static void add_both(struct canaries *c, struct sl_str host)
{
    add_canary(c, "", host);
    add_canary(c, "www.", host);
    c->items[c->count - 1].twin = true;
}

static void add_each(struct canaries *c, const json_t *hosts)
{
    const json_t *host;
    size_t i;
    json_array_foreach(hosts, i, host)
    {
        if (json_is_string(host))
            add_both(c, sl_str(json_string_value(host), json_string_length(host)));
    }
}

static void canaries_init(struct store *s, const struct source *src, const struct list_copy *copy,
                          struct canaries *c)
{
    json_t *never = json_loads(src->never, 0, NULL);
    *c = (struct canaries){.copy = copy};
    add_each(c, never);
    pthread_mutex_lock(&s->settings_lock);
    if (s->page_host)
        add_canary(c, "", sl_cstr(s->page_host));
    pthread_mutex_unlock(&s->settings_lock);
    for (size_t i = 0; i < SL_COUNT(well_known); i++)
        add_both(c, sl_cstr(well_known[i]));
    json_decref(never);
}

static void canaries_fini(struct canaries *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->items[i].host);
        free(c->items[i].entry);
    }
    free(c->items);
}

/* The entry of one of the copy's lists that holds the host as a whole, on the heap; one with a path does not.
 */
static char *entry_for(const struct list_provider *lists, const struct list_copy *copy, const char *host)
{
    struct list_match matches[LIST_MATCHES_MAX];
    struct sl_arena arena;
    struct sl_url url;
    char *entry = NULL;
    SL_CLEANUP(sl_freep) char *text = sl_asprintf("http://%s/", host);
    sl_arena_init(&arena, 0);
    if (sl_url_parse(sl_cstr(text), &arena, &url, NULL)) {
        size_t count = lists->matches(lists, &url, matches, LIST_MATCHES_MAX);
        for (size_t i = 0; i < count && !entry; i++)
            if (shelf_find(&copy->parts, lists->name(lists, matches[i].list)))
                entry = sl_str_dup(list_match_name(&url, &matches[i]));
    }
    sl_arena_fini(&arena);
    return entry;
}

/* Calls each with every expression of the copy's lists that compiles. */
static void each_expression(const struct list_provider *lists, const struct canaries *c,
                            void (*each)(const struct canaries *c, struct pattern_probe *p,
                                         struct sl_str text))
{
    struct pattern_probe_fault fault;
    struct sl_str text;
    int list;
    for (size_t i = 0; lists->expression(lists, i, &list, &text); i++) {
        bool mine = shelf_find(&c->copy->parts, lists->name(lists, list));
        struct pattern_probe *probe = mine ? pattern_probe_new(text, &fault) : NULL;
        if (probe)
            each(c, probe, text);
        pattern_probe_free(&probe);
    }
}

static bool matches_host(struct pattern_probe *probe, const char *host)
{
    SL_CLEANUP(sl_freep) char *subject = sl_asprintf("%s/", host);
    size_t from, to;
    return pattern_probe_match(probe, sl_cstr(subject), &from, &to) == PROBE_YES;
}

static void find_by_expression(const struct canaries *c, struct pattern_probe *probe, struct sl_str text)
{
    for (size_t i = 0; i < c->count; i++)
        if (!c->items[i].entry && matches_host(probe, c->items[i].host))
            c->items[i].entry = sl_asprintf("/%.*s/", SL_FMT(text));
}

static void forget_by_expression(const struct canaries *c, struct pattern_probe *probe, struct sl_str text)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].entry && matches_host(probe, c->items[i].host))
            sl_freep(&c->items[i].entry);
}

static void forget_by_entry(const struct canaries *c, const struct list_provider *lists)
{
    for (size_t i = 0; i < c->count; i++) {
        SL_CLEANUP(sl_freep)
        char *before = c->items[i].entry ? entry_for(lists, c->copy, c->items[i].host) : NULL;
        if (before)
            sl_freep(&c->items[i].entry);
    }
}

static void tell_canaries(const struct canaries *c, json_t *reasons)
{
    struct sl_text text = {0};
    size_t found = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].entry && !(c->items[i].twin && c->items[i - 1].entry) && found++ < CANARIES_SHOWN)
            sl_text_addf(&text, "%s%s (by its entry %s)", found > 1 ? ", " : "it begins to hold ",
                         c->items[i].host, c->items[i].entry);
    if (found > CANARIES_SHOWN)
        sl_text_addf(&text, " and %zu more", found - CANARIES_SHOWN);
    if (found > 0)
        add_reason(reasons, "canary", &text);
    sl_text_fini(&text);
}

static void judge_canaries(struct store *s, const struct source *src, const struct list_copy *copy,
                           struct list_provider *lists, json_t *reasons)
{
    struct canaries c;
    struct list_provider *old = store_lists(s);
    canaries_init(s, src, copy, &c);
    for (size_t i = 0; i < c.count; i++)
        c.items[i].entry = entry_for(lists, copy, c.items[i].host);
    each_expression(lists, &c, find_by_expression);
    forget_by_entry(&c, old);
    each_expression(old, &c, forget_by_expression);
    tell_canaries(&c, reasons);
    canaries_fini(&c);
    old->unref(old);
}

/* ---- the whole ---- */

static json_t *examples_json(char *const *examples, size_t count)
{
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, subject_json(sl_cstr(examples[i])));
    return out;
}

static json_t *joined(const json_t *reasons)
{
    struct sl_text text = {0};
    const json_t *reason;
    size_t i;
    json_array_foreach(reasons, i, reason)
        sl_text_addf(&text, "%s%s", i ? "; " : "", json_string_value(json_object_get(reason, "text")));
    json_t *out = subject_json(sl_text_str(&text));
    sl_text_fini(&text);
    return out;
}

json_t *checks_judge(struct store *s, const struct source *src, const struct list_copy *copy,
                     const struct list_delta *delta, struct list_provider *lists)
{
    json_t *reasons = json_array();
    judge_size(src, copy, reasons);
    judge_canaries(s, src, copy, lists, reasons);
    judge_faults(s, src, copy, reasons);
    if (json_array_size(reasons) == 0) {
        json_decref(reasons);
        return NULL;
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "reason", joined(reasons), "reasons", reasons, "added_examples",
                     examples_json(delta->added_examples, delta->added_shown), "removed_examples",
                     examples_json(delta->removed_examples, delta->removed_shown));
}
