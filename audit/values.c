/* values.c - see audit/values.h. Things are looked up one by one until that would cost more than reading
 * their table. */
#include "audit/values.h"

#include <jansson.h>
#include <stdlib.h>
#include <xxhash.h>

#include "audit/json.h"
#include "audit/pack.h"
#include "base/crypto.h"

enum { SLOTS_FIRST = 256, ASK_LEAST = 128, ASK_SHARE = 8 };

static const struct {
    enum rollup_kind kind;
    const char *last, *one, *all;
} tables[] = {
#define TABLE(kind, table, column)                                                               \
    {                                                                                            \
        kind, "SELECT max(id) FROM " table, "SELECT id, " column " FROM " table " WHERE id = ?", \
            "SELECT id, " column " FROM " table                                                  \
    }
    [FIGURES_BY_ACTION] = TABLE(ROLLUP_OUTCOME, "outcomes", "action"),
    [FIGURES_BY_CATEGORY] = TABLE(ROLLUP_OUTCOME, "outcomes", "categories"),
    [FIGURES_BY_RULE] = TABLE(ROLLUP_OUTCOME, "outcomes", "rule"),
    [FIGURES_BY_USER] = TABLE(ROLLUP_WHO, "whos", "user"),
    [FIGURES_BY_HOST] = TABLE(ROLLUP_TARGET, "targets", "host"),
    [FIGURES_BY_CLIENT] = TABLE(ROLLUP_WHO, "whos", "client"),
#undef TABLE
};

enum rollup_kind values_kind(enum figures_by by)
{
    return tables[by].kind;
}

/* ---- texts ---- */

void values_init(struct values *v, struct sl_str part)
{
    *v = (struct values){.part = part, .slot_count = SLOTS_FIRST};
    crypto_random(&v->seed, sizeof v->seed);
    v->slots = sl_calloc(v->slot_count, sizeof *v->slots);
    for (; v->count < NUMBERS_FIRST; v->count++) {
        SL_GROW(v->items, v->count, &v->cap);
        v->items[v->count] = (struct value_text){0};
    }
}

void values_fini(struct values *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->items[i].p);
    free(v->items);
    free(v->slots);
    *v = (struct values){0};
}

static size_t slot_of(const struct values *v, uint64_t hash, struct sl_str text)
{
    size_t i = (size_t)hash & (v->slot_count - 1);
    for (; v->slots[i]; i = (i + 1) & (v->slot_count - 1)) {
        const struct value_text *item = &v->items[v->slots[i]];
        if (item->hash == hash && sl_str_eq(sl_str(item->p, item->n), text))
            break;
    }
    return i;
}

static void grow(struct values *v)
{
    v->slot_count *= 2;
    free(v->slots);
    v->slots = sl_calloc(v->slot_count, sizeof *v->slots);
    for (size_t i = NUMBERS_FIRST; i < v->count; i++)
        v->slots[slot_of(v, v->items[i].hash, sl_str(v->items[i].p, v->items[i].n))] = (uint32_t)i;
}

static bool holds(struct sl_str text, struct sl_str part)
{
    for (size_t i = 0; i + part.n <= text.n; i++)
        if (sl_str_ieq(sl_str_sub(text, i, part.n), part))
            return true;
    return false;
}

uint32_t values_at(struct values *v, struct sl_str text)
{
    if (text.n == 0)
        return v->part.n ? NUMBER_OTHER : NUMBER_NONE;
    uint64_t hash = XXH3_64bits_withSeed(text.p, text.n, v->seed);
    size_t i = slot_of(v, hash, text);
    if (v->slots[i])
        return v->slots[i];
    if (v->closed || !holds(text, v->part))
        return NUMBER_OTHER;
    if (v->count >= NUMBERS_MOST) {
        v->full = true;
        return NUMBER_OTHER;
    }
    uint32_t number = (uint32_t)v->count;
    SL_GROW(v->items, v->count, &v->cap);
    v->items[v->count++] = (struct value_text){sl_str_dup(text), text.n, hash};
    v->slots[i] = number;
    if (v->count * 2 > v->slot_count)
        grow(v);
    return number;
}

char *values_text(const struct values *v, enum figures_by by, uint32_t number)
{
    struct sl_str text = sl_str(v->items[number].p, v->items[number].n);
    if (number < NUMBERS_FIRST)
        return NULL;
    json_t *clean = text_to_json(text);
    char *copy = sl_strdup(json_string_value(clean));
    json_decref(clean);
    return copy;
}

/* ---- things of a file ---- */

bool value_map_init(struct value_map *m, struct db *db, enum figures_by by, struct values *values,
                    struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, tables[by].last);
    enum db_step step = db_step(s, err);
    *m = (struct value_map){.db = db, .by = by, .values = values};
    if (step == DB_ROW)
        m->list_count = (size_t)db_column_int(s, 0) + 1;
    db_reset(s);
    m->lists = sl_calloc(m->list_count + 1, sizeof *m->lists);
    return step == DB_ROW;
}

void value_map_fini(struct value_map *m)
{
    free(m->lists);
    free(m->numbers);
    *m = (struct value_map){0};
}

static void add_number(struct value_map *m, struct value_list *list, struct sl_str text)
{
    uint32_t number = values_at(m->values, text);
    /* A category that stands there twice is one; others are one together. */
    for (uint32_t i = 0; i < list->count; i++)
        if (m->numbers[list->first + i] == number && number != NUMBER_OTHER)
            return;
    SL_GROW(m->numbers, m->number_count, &m->number_cap);
    m->numbers[m->number_count++] = number;
    list->count++;
}

static void add_names(struct value_map *m, struct value_list *list, struct sl_str text)
{
    json_t *names = text.p ? json_loadb(text.p, text.n, 0, NULL) : NULL, *name;
    size_t i;
    json_array_foreach(names, i, name)
    {
        if (json_is_string(name))
            add_number(m, list, sl_str(json_string_value(name), json_string_length(name)));
    }
    json_decref(names);
}

static void read_value(struct value_map *m, struct value_list *list, struct db_stmt *s)
{
    char client[SL_ADDR_TEXT];
    int64_t action;
    list->first = (uint32_t)m->number_count;
    switch (m->by) {
    case FIGURES_BY_CATEGORY:
        add_names(m, list, db_column_text(s, 1));
        break;
    case FIGURES_BY_CLIENT:
        if (db_column_blob(s, 1).n)
            add_number(m, list, sl_cstr(sl_addr_text(unpack_addr(db_column_blob(s, 1)), client)));
        break;
    case FIGURES_BY_ACTION:
        action = db_column_int(s, 1);
        if (action >= ACTION_ALLOW && action <= ACTION_ERROR)
            add_number(m, list, sl_cstr(action_word((enum action)action)));
        break;
    default:
        add_number(m, list, db_column_text(s, 1));
    }
    /* What was decided has that category when it has no other; the log's filter takes both for one too. */
    if (list->count == 0)
        add_number(m, list, m->by == FIGURES_BY_CATEGORY ? SL_STR("uncategorised") : SL_STR(""));
}

static bool load(struct value_map *m, struct db_stmt *s, struct sl_err *err)
{
    enum db_step step;
    while ((step = db_step(s, err)) == DB_ROW) {
        uint64_t thing = (uint64_t)db_column_int(s, 0);
        if (thing < m->list_count && m->lists[thing].count == 0)
            read_value(m, &m->lists[thing], s);
    }
    db_reset(s);
    return step == DB_DONE;
}

bool value_map_find(struct value_map *m, uint64_t thing, const uint32_t **out, size_t *out_count,
                    struct sl_err *err)
{
    static const uint32_t none = NUMBER_NONE;
    struct value_list *list = thing < m->list_count ? &m->lists[thing] : NULL;
    if (list && list->count == 0 && !m->loaded) {
        m->loaded = ++m->asked > SL_MAX(m->list_count / ASK_SHARE, (size_t)ASK_LEAST);
        struct db_stmt *s = db_prepare(m->db, m->loaded ? tables[m->by].all : tables[m->by].one);
        if (!m->loaded)
            db_bind_int(s, 1, (int64_t)thing);
        if (!load(m, s, err))
            return false;
    }
    bool known = list && list->count;
    *out = known ? &m->numbers[list->first] : &none;
    *out_count = known ? list->count : 1;
    return true;
}
