/* values.c - see audit/values.h. */
#include "audit/values.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <xxhash.h>

#include "audit/json.h"
#include "audit/pack.h"
#include "base/crypto.h"

/* A table longer than TABLE_MOST is looked up thing by thing. All that is kept: about 100 MiB at the very
 * most. */
enum { SLOTS_FIRST = 256, TABLE_MOST = 300000, TEXTS_MOST = 1000000, KEPT_MOST = 8000000, LIST = 1u << 31 };

/* What is known of one file and dimension. */
struct known {
    int64_t seed;
    enum figures_by by;
    uint64_t used;
    struct value_map map;
};
struct figures_cache {
    pthread_mutex_t lock;
    struct text {
        char *p;
        size_t n;
        uint64_t hash;
    } * texts; /* by number; the first are empty */
    size_t count, cap;
    uint32_t *slots;
    size_t slot_count;
    uint64_t seed;
    size_t texts_most;
    bool full;

    struct known *known;
    size_t known_count, known_cap, refs_kept;
    uint64_t clock;
    unsigned users;

    struct kept kept; /* with a lock of its own */
};

static const struct {
    enum rollup_kind kind;
    const char *last, *one, *from;
} tables[] = {
#define TABLE(kind, table, column)                                                               \
    {                                                                                            \
        kind, "SELECT max(id) FROM " table, "SELECT id, " column " FROM " table " WHERE id = ?", \
            "SELECT id, " column " FROM " table " WHERE id >= ?"                                 \
    }
    [FIGURES_BY_ACTION] = TABLE(ROLLUP_OUTCOME, "outcomes", "action"),
    [FIGURES_BY_CATEGORY] = TABLE(ROLLUP_OUTCOME, "outcomes", "categories"),
    [FIGURES_BY_RULE] = TABLE(ROLLUP_OUTCOME, "outcomes", "rule"),
    [FIGURES_BY_USER] = TABLE(ROLLUP_WHO, "whos", "user"),
    [FIGURES_BY_HOST] = TABLE(ROLLUP_TARGET, "targets", "host"),
    [FIGURES_BY_CLIENT] = TABLE(ROLLUP_WHO, "whos", "client"),
    [FIGURES_BY_INSPECTED] =
        TABLE(ROLLUP_TLS, "tls", "CASE inspected WHEN 0 THEN 'tunnelled' ELSE 'inspected' END"),
    [FIGURES_BY_TLS_FAULT] = TABLE(ROLLUP_TLS, "tls", "fault"),
    [FIGURES_BY_TLS_VERSION] = TABLE(ROLLUP_TLS, "tls", "version"),
    [FIGURES_BY_TLS_CIPHER] = TABLE(ROLLUP_TLS, "tls", "cipher"),
    [FIGURES_BY_TLS_ISSUER] = TABLE(ROLLUP_TLS, "tls", "issuer"),
    [FIGURES_BY_TLS_ORIGIN_VERSION] = TABLE(ROLLUP_TLS, "tls", "origin_version"),
    [FIGURES_BY_TLS_ORIGIN_CIPHER] = TABLE(ROLLUP_TLS, "tls", "origin_cipher"),
#undef TABLE
};

enum rollup_kind values_kind(enum figures_by by)
{
    return tables[by].kind;
}

/* ---- texts ---- */

static void init_texts(struct figures_cache *c)
{
    c->slot_count = SLOTS_FIRST;
    c->slots = sl_calloc(c->slot_count, sizeof *c->slots);
    crypto_random(&c->seed, sizeof c->seed);
    for (; c->count < NUMBERS_FIRST; c->count++) {
        SL_GROW(c->texts, c->count, &c->cap);
        c->texts[c->count] = (struct text){0};
    }
}

static void fini_texts(struct figures_cache *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->texts[i].p);
    free(c->texts);
    free(c->slots);
    c->texts = NULL;
    c->count = c->cap = 0;
    c->full = false;
}

static size_t slot_of(const struct figures_cache *c, uint64_t hash, struct sl_str text)
{
    size_t i = (size_t)hash & (c->slot_count - 1);
    for (; c->slots[i]; i = (i + 1) & (c->slot_count - 1)) {
        const struct text *t = &c->texts[c->slots[i]];
        if (t->hash == hash && sl_str_eq(sl_str(t->p, t->n), text))
            break;
    }
    return i;
}

static void grow(struct figures_cache *c)
{
    c->slot_count *= 2;
    free(c->slots);
    c->slots = sl_calloc(c->slot_count, sizeof *c->slots);
    for (size_t i = NUMBERS_FIRST; i < c->count; i++)
        c->slots[slot_of(c, c->texts[i].hash, sl_str(c->texts[i].p, c->texts[i].n))] = (uint32_t)i;
}

/* The text's number, made if need be. */
static uint32_t number_of(struct figures_cache *c, struct sl_str text)
{
    if (text.n == 0)
        return NUMBER_NONE;
    uint64_t hash = XXH3_64bits_withSeed(text.p, text.n, c->seed);
    size_t i = slot_of(c, hash, text);
    if (c->slots[i])
        return c->slots[i];
    if (c->count >= c->texts_most) {
        c->full = true;
        return NUMBER_OTHER;
    }
    uint32_t number = (uint32_t)c->count;
    SL_GROW(c->texts, c->count, &c->cap);
    c->texts[c->count++] = (struct text){sl_str_dup(text), text.n, hash};
    c->slots[i] = number;
    if (c->count * 2 > c->slot_count)
        grow(c);
    return number;
}

struct kept *values_kept(struct figures_cache *c)
{
    return &c->kept;
}

bool values_full(struct figures_cache *c)
{
    pthread_mutex_lock(&c->lock);
    bool full = c->full;
    pthread_mutex_unlock(&c->lock);
    return full;
}

bool values_hold(struct figures_cache *c, uint32_t number, struct sl_str part)
{
    if (part.n == 0)
        return true;
    bool holds = false;
    pthread_mutex_lock(&c->lock);
    struct sl_str text = sl_str(c->texts[number].p, c->texts[number].n);
    for (size_t i = 0; i + part.n <= text.n && !holds; i++)
        holds = sl_str_ieq(sl_str_sub(text, i, part.n), part);
    pthread_mutex_unlock(&c->lock);
    return holds;
}

char *values_text(struct figures_cache *c, uint32_t number)
{
    if (number < NUMBERS_FIRST)
        return NULL;
    pthread_mutex_lock(&c->lock);
    json_t *clean = text_to_json(sl_str(c->texts[number].p, c->texts[number].n));
    pthread_mutex_unlock(&c->lock);
    char *copy = sl_strdup(json_string_value(clean));
    json_decref(clean);
    return copy;
}

/* ---- things of a file; the lock is held ---- */

struct numbers {
    uint32_t items[RECORD_MAX_NAMES];
    uint32_t count;
};

static void add_text(struct figures_cache *c, struct numbers *out, struct sl_str text)
{
    uint32_t number = number_of(c, text);
    /* A category that stands there twice is one. */
    for (uint32_t i = 0; i < out->count; i++)
        if (out->items[i] == number)
            return;
    if (out->count < SL_COUNT(out->items))
        out->items[out->count++] = number;
}

static void add_names(struct figures_cache *c, struct numbers *out, struct sl_str text)
{
    json_t *names = text.p ? json_loadb(text.p, text.n, 0, NULL) : NULL, *name;
    size_t i;
    json_array_foreach(names, i, name)
    {
        if (json_is_string(name))
            add_text(c, out, sl_str(json_string_value(name), json_string_length(name)));
    }
    json_decref(names);
}

static void read_values(struct figures_cache *c, enum figures_by by, struct db_stmt *s, struct numbers *out)
{
    char client[SL_ADDR_TEXT];
    int64_t action;
    out->count = 0;
    switch (by) {
    case FIGURES_BY_CATEGORY:
        /* What was decided has that category when it has no other; the log's filter takes both for one too.
         */
        add_names(c, out, db_column_text(s, 1));
        if (out->count == 0)
            add_text(c, out, SL_STR("uncategorised"));
        break;
    case FIGURES_BY_CLIENT:
        if (db_column_blob(s, 1).n)
            add_text(c, out, sl_cstr(sl_addr_text(unpack_addr(db_column_blob(s, 1)), client)));
        break;
    case FIGURES_BY_ACTION:
        action = db_column_int(s, 1);
        if (action >= ACTION_ALLOW && action <= ACTION_ERROR)
            add_text(c, out, sl_cstr(action_word((enum action)action)));
        break;
    default:
        add_text(c, out, db_column_text(s, 1));
    }
    if (out->count == 0)
        add_text(c, out, SL_STR(""));
}

static void add_list(struct value_map *m, uint32_t number)
{
    SL_GROW(m->lists, m->list_count, &m->list_cap);
    m->lists[m->list_count++] = number;
}

static void set_ref(struct value_map *m, uint64_t thing, const struct numbers *n)
{
    if (n->count == 1) {
        m->refs[thing] = n->items[0] + 1;
        return;
    }
    m->refs[thing] = LIST | (uint32_t)m->list_count;
    add_list(m, n->count);
    for (uint32_t i = 0; i < n->count; i++)
        add_list(m, n->items[i]);
}

/* Reads what s finds into the map. */
static bool load(struct value_map *m, struct db_stmt *s, struct sl_err *err)
{
    enum db_step step;
    struct numbers n;
    while ((step = db_step(s, err)) == DB_ROW) {
        uint64_t thing = (uint64_t)db_column_int(s, 0);
        if (thing >= m->ref_count || m->refs[thing])
            continue;
        read_values(m->cache, m->by, s, &n);
        set_ref(m, thing, &n);
    }
    db_reset(s);
    return step == DB_DONE;
}

static void extend(struct value_map *m, size_t count)
{
    if (count <= m->ref_count)
        return;
    m->refs = sl_reallocarray(m->refs, count, sizeof *m->refs);
    memset(m->refs + m->ref_count, 0, (count - m->ref_count) * sizeof *m->refs);
    m->ref_count = count;
}

static bool number_in(struct db *db, const char *sql, int64_t *out, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, sql);
    enum db_step step = db_step(s, err);
    *out = step == DB_ROW ? db_column_int(s, 0) : 0;
    db_reset(s);
    return step != DB_FAILED;
}

/* ---- what is kept ---- */

static struct known *find_known(struct figures_cache *c, int64_t seed, enum figures_by by)
{
    struct known *k = NULL;
    for (size_t i = 0; i < c->known_count && !k; i++)
        if (c->known[i].seed == seed && c->known[i].by == by)
            k = &c->known[i];
    if (!k) {
        SL_GROW(c->known, c->known_count, &c->known_cap);
        k = &c->known[c->known_count++];
        *k = (struct known){.seed = seed, .by = by, .map = {.by = by, .cache = c}};
    }
    k->used = ++c->clock;
    return k;
}

static void drop_known(struct figures_cache *c, size_t i)
{
    c->refs_kept -= c->known[i].map.ref_count;
    value_map_fini(&c->known[i].map);
    c->known[i] = c->known[--c->known_count];
}

/* Files that nobody asks for any more make room. */
static void drop_old(struct figures_cache *c)
{
    while (c->refs_kept > KEPT_MOST && c->known_count > 1) {
        size_t oldest = 0;
        for (size_t i = 1; i < c->known_count; i++)
            if (c->known[i].used < c->known[oldest].used)
                oldest = i;
        drop_known(c, oldest);
    }
}

/* Brings what is known up to the file's last row, and copies it. */
static bool copy_known(struct value_map *m, int64_t seed, size_t count, struct sl_err *err)
{
    struct figures_cache *c = m->cache;
    struct known *k = find_known(c, seed, m->by);
    size_t from = k->map.ref_count;
    if (count > from) {
        extend(&k->map, count);
        c->refs_kept += count - from;
        struct db_stmt *s = db_prepare(m->db, tables[m->by].from);
        db_bind_int(s, 1, (int64_t)from);
        if (!load(&k->map, s, err)) {
            drop_known(c, (size_t)(k - c->known));
            return false;
        }
    }
    m->ref_count = k->map.ref_count;
    m->refs = sl_reallocarray(NULL, m->ref_count, sizeof *m->refs);
    memcpy(m->refs, k->map.refs, m->ref_count * sizeof *m->refs);
    for (size_t i = 0; i < k->map.list_count; i++)
        add_list(m, k->map.lists[i]);
    drop_old(c);
    return true;
}

struct figures_cache *figures_cache_new(size_t texts_most)
{
    struct figures_cache *c = sl_calloc(1, sizeof *c);
    c->texts_most = texts_most ? texts_most : TEXTS_MOST;
    pthread_mutex_init(&c->lock, NULL);
    kept_init(&c->kept);
    init_texts(c);
    return c;
}

void figures_cache_free(struct figures_cache **c)
{
    if (!*c)
        return;
    while ((*c)->known_count)
        drop_known(*c, 0);
    fini_texts(*c);
    free((*c)->known);
    kept_fini(&(*c)->kept);
    pthread_mutex_destroy(&(*c)->lock);
    sl_freep(c);
}

void values_begin(struct figures_cache *c)
{
    pthread_mutex_lock(&c->lock);
    /* Texts are never dropped one by one: when there are many, all begin anew as soon as nobody uses them. */
    if (c->users++ == 0 && c->count > c->texts_most / 2) {
        while (c->known_count)
            drop_known(c, 0);
        kept_clear(&c->kept);
        fini_texts(c);
        init_texts(c);
    }
    pthread_mutex_unlock(&c->lock);
}

void values_end(struct figures_cache *c)
{
    pthread_mutex_lock(&c->lock);
    c->users--;
    pthread_mutex_unlock(&c->lock);
}

bool value_map_init(struct value_map *m, struct db *db, enum figures_by by, struct figures_cache *c,
                    struct sl_err *err)
{
    int64_t last, seed;
    *m = (struct value_map){.db = db, .by = by, .cache = c};
    if (!number_in(db, tables[by].last, &last, err) ||
        !number_in(db, "SELECT value FROM meta WHERE key = 'seed'", &seed, err))
        return false;
    if (last > TABLE_MOST) {
        extend(m, (size_t)last + 1);
        return true;
    }
    pthread_mutex_lock(&c->lock);
    bool ok = copy_known(m, seed, (size_t)last + 1, err);
    pthread_mutex_unlock(&c->lock);
    return ok;
}

void value_map_fini(struct value_map *m)
{
    free(m->refs);
    free(m->lists);
    *m = (struct value_map){0};
}

static bool look_up(struct value_map *m, uint64_t thing, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(m->db, tables[m->by].one);
    db_bind_int(s, 1, (int64_t)thing);
    pthread_mutex_lock(&m->cache->lock);
    bool ok = load(m, s, err);
    pthread_mutex_unlock(&m->cache->lock);
    return ok;
}

bool value_map_find(struct value_map *m, uint64_t thing, const uint32_t **out, size_t *out_count,
                    struct sl_err *err)
{
    static const uint32_t none = NUMBER_NONE;
    uint32_t ref = thing < m->ref_count ? m->refs[thing] : NUMBER_NONE + 1;
    *out = &none;
    *out_count = 1;
    if (!ref) {
        if (!look_up(m, thing, err))
            return false;
        ref = m->refs[thing];
    }
    if (ref & LIST) {
        *out = &m->lists[(ref & ~LIST) + 1];
        *out_count = m->lists[ref & ~LIST];
    } else if (ref) {
        m->one = ref - 1;
        *out = &m->one;
    }
    return true;
}
