/* diff_words.c - see diff_words.h. */
#include "policy/diff_words.h"

#include <stdlib.h>

#include "policy/names.h"
#include "policy/read.h"

enum { SHOWN_BYTES = 60, SHOWN_VALUES = 3, SHOWN_FIELDS = 4 };

/* ---- fields: which members of a thing differ ---- */

static void add_field(json_t *fields, const char *outer, const char *name, const json_t *before,
                      const json_t *after)
{
    json_t *field = json_object();
    json_object_set_new(field, "name", outer ? json_sprintf("%s.%s", outer, name) : json_string(name));
    json_object_set_new(field, "before", before ? json_deep_copy(before) : json_null());
    json_object_set_new(field, "after", after ? json_deep_copy(after) : json_null());
    json_array_append_new(fields, field);
}

static bool object_or_none(const json_t *value)
{
    return !value || json_is_object(value);
}

static void member_fields(json_t *fields, const char *outer, const json_t *before, const json_t *after);

/* A member that is an object itself, such as `if`, is told by its own members. */
static void one_field(json_t *fields, const char *outer, const char *name, const json_t *before,
                      const json_t *after)
{
    size_t count = json_array_size(fields);
    if (before && after && json_equal(before, after))
        return;
    if (!outer && object_or_none(before) && object_or_none(after))
        member_fields(fields, name, before, after);
    if (json_array_size(fields) == count)
        add_field(fields, outer, name, before, after);
}

static void member_fields(json_t *fields, const char *outer, const json_t *before, const json_t *after)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)before, key, value)
        one_field(fields, outer, key, value, json_object_get(after, key));
    json_object_foreach((json_t *)after, key, value) if (!json_object_get(before, key))
        one_field(fields, outer, key, NULL, value);
}

static json_t *fields_of(const json_t *before, const json_t *after)
{
    json_t *fields = json_array();
    if (json_is_object(before) && json_is_object(after))
        member_fields(fields, NULL, before, after);
    else
        add_field(fields, NULL, json_is_array(before) && json_is_array(after) ? "items" : "value", before,
                  after);
    return fields;
}

/* ---- words ---- */

/* Whole characters of UTF-8 only. */
static void add_cut(struct sl_text *t, struct sl_str text)
{
    size_t n = SL_MIN(text.n, (size_t)SHOWN_BYTES);
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    sl_text_add(t, sl_str_sub(text, 0, n));
    if (n < text.n)
        sl_text_add(t, SL_STR("..."));
}

static void add_value(struct sl_text *t, const json_t *value)
{
    if (json_is_string(value)) {
        sl_text_addc(t, '"');
        add_cut(t, read_str(value));
        sl_text_addc(t, '"');
        return;
    }
    SL_CLEANUP(sl_freep) char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    add_cut(t, sl_cstr(dump));
}

/* Lists are compared as sets of texts: each element as JSON. */
struct set {
    char **texts;
    size_t count;
    struct names names;
};

static void set_read(const json_t *array, struct set *out)
{
    size_t i;
    json_t *value;
    *out = (struct set){.texts = sl_calloc(json_array_size(array) + 1, sizeof *out->texts)};
    json_array_foreach(array, i, value)
    {
        out->texts[i] = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        sl_assert(out->texts[i]);
        names_add(&out->names, sl_cstr(out->texts[i]));
        out->count++;
    }
}

static void set_fini(struct set *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->texts[i]);
    free(s->texts);
    names_fini(&s->names);
}

/* " gains "a", "b" and 4 more": what `have` has and `other` has not. False when that is nothing. */
static bool add_those_without(struct sl_text *t, const char *verb, const struct set *have,
                              const struct set *other)
{
    size_t count = 0;
    for (size_t i = 0; i < have->names.count; i++) {
        if (names_find(&other->names, have->names.items[i]) >= 0)
            continue;
        if (count < SHOWN_VALUES) {
            sl_text_addf(t, "%s ", count ? "," : verb);
            add_cut(t, have->names.items[i]);
        }
        count++;
    }
    if (count > SHOWN_VALUES)
        sl_text_addf(t, " and %zu more", count - SHOWN_VALUES);
    return count > 0;
}

static void add_list_change(struct sl_text *t, const json_t *before, const json_t *after)
{
    struct set old, new;
    set_read(before, &old);
    set_read(after, &new);
    bool gains = add_those_without(t, " gains", &new, &old);
    bool loses = add_those_without(t, gains ? " and loses" : " loses", &old, &new);
    if (!gains && !loses)
        sl_text_add(t, SL_STR(" is in another order"));
    set_fini(&old);
    set_fini(&new);
}

static void add_field_words(struct sl_text *t, const json_t *field)
{
    const json_t *before = json_object_get(field, "before"), *after = json_object_get(field, "after");
    sl_text_add(t, read_str(json_object_get(field, "name")));
    if (json_is_array(before) && json_is_array(after)) {
        add_list_change(t, before, after);
        return;
    }
    if (json_is_null(after)) {
        sl_text_add(t, SL_STR(" removed"));
        return;
    }
    sl_text_add(t, SL_STR(" is "));
    add_value(t, after);
    if (!json_is_null(before)) {
        sl_text_add(t, SL_STR(", was "));
        add_value(t, before);
    }
}

static void add_fields(struct sl_text *t, const json_t *fields)
{
    size_t count = json_array_size(fields);
    for (size_t i = 0; i < SL_MIN(count, (size_t)SHOWN_FIELDS); i++) {
        sl_text_addf(t, "%s", i ? "; " : ": ");
        add_field_words(t, json_array_get(fields, i));
    }
    if (count > SHOWN_FIELDS)
        sl_text_addf(t, "; and %zu more", count - SHOWN_FIELDS);
}

static const struct {
    const char *kind, *word;
} kinds[] = {
    {"rule", "Rule"},           {"category", "Category"},
    {"quota", "Quota"},         {"network", "Network"},
    {"group", "Group"},         {"schedule", "Schedule"},
    {"header", "Header rule"},  {"inspection", "Inspection"},
    {"default", "The default"}, {"timezone", "The time zone"},
    {"test", "Test"},           {"policy", "The policy"},
};

/* "Rule 'social'", "Test of 'http://x/'", "The default"; what has no name is told by its path. */
static void add_subject(struct sl_text *t, const struct diff_change *c)
{
    const char *word = NULL;
    for (size_t i = 0; i < SL_COUNT(kinds); i++)
        if (strcmp(kinds[i].kind, c->kind) == 0)
            word = kinds[i].word;
    const json_t *url = json_object_get(c->item, "url");
    if (sl_str_starts(sl_cstr(c->path), SL_STR("/inspection/exceptions/")))
        word = "Exception";
    if (word && c->id) {
        sl_text_addf(t, "%s '", word);
        add_cut(t, sl_cstr(c->id));
        sl_text_addc(t, '\'');
    } else if (json_is_string(url)) {
        sl_text_add(t, SL_STR("Test of '"));
        add_cut(t, read_str(url));
        sl_text_addc(t, '\'');
    } else if (word && sl_str_starts(sl_cstr(word), SL_STR("The "))) {
        sl_text_add(t, sl_cstr(word));
    } else {
        add_cut(t, sl_cstr(c->path));
    }
}

static void add_sentence(struct sl_text *t, const struct diff_change *c, const json_t *fields)
{
    add_subject(t, c);
    if (strcmp(c->op, "move") == 0) {
        sl_text_addf(t, " moved from position %d to %d", c->from + 1, c->to + 1);
    } else if (strcmp(c->op, "change") == 0) {
        sl_text_add(t, SL_STR(" changed"));
        add_fields(t, fields);
    } else if (strcmp(c->op, "remove") == 0) {
        sl_text_add(t, SL_STR(" removed"));
    } else {
        sl_text_add(t, SL_STR(" added"));
        if (c->to >= 0)
            sl_text_addf(t, " at position %d", c->to + 1);
    }
}

json_t *diff_change_json(const struct diff_change *c)
{
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    struct sl_str title = read_title(c->item);
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:s?}", "op", c->op, "path", c->path, "kind", c->kind, "id", c->id);
    json_object_set_new(item, "title", json_stringn(title.p, title.n));
    if (c->before)
        json_object_set_new(item, "before", json_deep_copy(c->before));
    if (c->after)
        json_object_set_new(item, "after", json_deep_copy(c->after));
    json_t *fields = strcmp(c->op, "change") == 0 ? fields_of(c->before, c->after) : NULL;
    if (c->from >= 0)
        json_object_set_new(item, "from", json_integer(c->from));
    if (c->to >= 0)
        json_object_set_new(item, "to", json_integer(c->to));
    add_sentence(&text, c, fields);
    json_object_set_new(item, "text", json_stringn(text.p, text.n));
    if (fields)
        json_object_set_new(item, "fields", fields);
    return item;
}
