/* lint.c - what a policy may say, but was probably not meant: the list of notes. See policy.h. */
#include "policy/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOTES_MOST = 1000, WORK_MOST = 1000000000 }; /* a second or two */

static const char *const severity_words[] = {[LINT_INFO] = "info", [LINT_WARNING] = "warning"};

void lint_note(struct lint *l, enum lint_severity severity, const char *code, const char *pointer,
               struct sl_str rule, const char *fmt, ...)
{
    va_list args;
    if (l->most == 0)
        return;
    l->most--;
    va_start(args, fmt);
    json_t *message = json_vsprintf(fmt, args);
    va_end(args);
    json_array_append_new(l->notes, json_pack("{s:s, s:s, s:s, s:o, s:o}", "code", code, "severity",
                                              severity_words[severity], "pointer", pointer, "rule",
                                              rule.n ? json_stringn(rule.p, rule.n) : json_null(), "message",
                                              message ? message : json_string("(the message is not UTF-8)")));
}

const char *lint_pointer(struct lint *l, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&text, fmt, args);
    va_end(args);
    sl_assert(n >= 0);
    const char *kept = sl_arena_str(&l->arena, sl_str(text, (size_t)n)).p;
    free(text);
    return kept;
}

/* ---- what is known of the categories ---- */

static void add(struct category_set *set, size_t i)
{
    set->w[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool has_members(const json_t *object, const char *key)
{
    return json_array_size(json_object_get(object, key)) > 0;
}

/* A list whose size nobody told may hold something. */
static bool list_is_empty(const struct lint *l, struct sl_str name)
{
    const json_t *entries = json_object_getn(l->hints->lists, name.p, name.n);
    return json_is_integer(entries) && json_integer_value(entries) == 0;
}

static bool holds_nothing(const struct lint *l, const struct doc_category *c, const json_t *json)
{
    for (size_t i = 0; i < c->lists.count; i++)
        if (!list_is_empty(l, c->lists.items[i]))
            return false;
    return !has_members(json, "hosts") && !has_members(json, "urls") && !has_members(json, "regex");
}

static void know_categories(struct lint *l)
{
    const struct document *doc = &l->s->doc;
    const json_t *categories = json_object_get(l->s->json, "categories");
    for (size_t i = 0; i < doc->category_count; i++) {
        const struct doc_category *c = &doc->categories[i];
        const json_t *json = json_object_getn(categories, c->name.p, c->name.n);
        if (has_members(json, "except"))
            add(&l->excepted, i);
        if (holds_nothing(l, c, json))
            add(&l->empty, i);
    }
    const struct links *patterns = &l->s->pattern_categories;
    for (size_t p = 0; p < patterns->count; p++)
        for (uint32_t k = patterns->first[p]; k < patterns->first[p + 1]; k++)
            add(&l->patterned, patterns->to[k]);
    /* Whether a URL is in none depends on all of them. */
    for (size_t i = 0; i < doc->category_count; i++)
        if (category_set_has(&l->patterned, i))
            add(&l->patterned, doc->category_count);
}

json_t *policy_lint(const struct snapshot *s, const struct lint_hints *hints)
{
    struct lint l = {.s = s, .hints = hints, .notes = json_array(), .most = NOTES_MOST, .work = WORK_MOST};
    size_t words = words_for(s->doc.overlay_bits) + 1;
    sl_arena_init(&l.arena, 0);
    sl_arena_init(&l.entry, 0);
    l.gauge = pattern_gauge_new(NULL);
    l.bits = sl_calloc(words, sizeof *l.bits);
    l.one = sl_calloc(words, sizeof *l.one);
    know_categories(&l);
    lint_rules(&l);
    lint_guards(&l);
    lint_names(&l);
    lint_entries(&l);
    lint_headers(&l);
    lint_exceptions(&l);
    pattern_gauge_free(&l.gauge);
    free(l.bits);
    free(l.one);
    sl_arena_fini(&l.arena);
    sl_arena_fini(&l.entry);
    return l.notes;
}
