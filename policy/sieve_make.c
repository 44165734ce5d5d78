/* sieve_make.c - see sieve.h: from guards to sets of guards. */
#include <stdlib.h>

#include "policy/document.h"
#include "policy/sieve.h"

/* Ports are cut into stretches that all ranges respect, and a stretch knows its guards: with very many
 * overlapping ranges that would grow with the square of their number, so beyond this guards are asked. */
enum { PORT_PAIRS_MAX = 1 << 20 };

struct maker {
    const struct document *doc;
    const struct names *tokens;
    struct sieve *out;
    struct link_pairs pairs[CONDITION_KINDS];
};

static uint64_t *row_new(const struct sieve *s)
{
    return sl_calloc(s->words + 1, sizeof(uint64_t));
}

static uint32_t first_entry(const struct document *doc)
{
    return 2 * 64 * doc->category_words;
}

/* ---- ports ---- */

static int by_port(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void add_port(struct sieve *s, size_t *cap, uint32_t port)
{
    if (port > UINT16_MAX) /* behind the last port nothing begins */
        return;
    SL_GROW(s->ports, s->port_count, cap);
    s->ports[s->port_count++] = (uint16_t)port;
}

static void sort_ports(struct sieve *s)
{
    size_t kept = 0;
    if (s->port_count > 0)
        qsort(s->ports, s->port_count, sizeof *s->ports, by_port);
    for (size_t i = 0; i < s->port_count; i++)
        if (kept == 0 || s->ports[i] != s->ports[kept - 1])
            s->ports[kept++] = s->ports[i];
    s->port_count = kept;
}

static void cut_ports(struct sieve *s)
{
    size_t cap = 0;
    add_port(s, &cap, 0);
    for (size_t i = 0; i < s->count; i++) {
        const struct clause *c = s->guards[i] ? condition_clause(&s->guards[i]->when, CONDITION_PORT) : NULL;
        for (uint32_t k = 0; c && k < c->count; k++) {
            add_port(s, &cap, c->ports[k].from);
            add_port(s, &cap, c->ports[k].to + UINT32_C(1));
        }
    }
    sort_ports(s);
}

static void pair_ports(struct maker *m, const struct clause *c, size_t guard)
{
    struct link_pairs *pairs = &m->pairs[CONDITION_PORT];
    const struct sieve *s = m->out;
    for (uint32_t k = 0; k < c->count; k++)
        for (size_t i = sieve_port(s, c->ports[k].from); i < s->port_count && s->ports[i] <= c->ports[k].to;
             i++)
            if (pairs->count <= PORT_PAIRS_MAX)
                links_pair(pairs, i, guard);
}

/* ---- pairs of value and guard ---- */

static void pair_ids(struct link_pairs *pairs, const struct clause *c, size_t guard)
{
    for (uint32_t i = 0; i < c->count; i++)
        links_pair(pairs, c->ids[i], guard);
}

static void pair_tokens(struct maker *m, const struct clause *c, size_t guard)
{
    for (uint32_t i = 0; i < c->count; i++)
        links_pair(&m->pairs[c->kind], (size_t)names_find(m->tokens, c->texts[i]), guard);
}

static void pair_categories(struct maker *m, const struct clause *c, size_t guard)
{
    for (size_t i = 0; i < m->doc->category_names.count; i++)
        if (category_set_has(c->set, i))
            links_pair(&m->pairs[CONDITION_CATEGORY], i, guard);
}

/* False: this kind is no set. */
static bool pair_clause(struct maker *m, const struct clause *c, size_t guard)
{
    switch (c->kind) {
    case CONDITION_SCHEME:
    case CONDITION_METHOD:
        pair_tokens(m, c, guard);
        return true;
    case CONDITION_CATEGORY:
        pair_categories(m, c, guard);
        return true;
    case CONDITION_HOST:
    case CONDITION_URL:
        links_pair(&m->pairs[c->kind], c->id - first_entry(m->doc), guard);
        return true;
    case CONDITION_ADDRESS:
        links_pair(&m->pairs[c->kind], c->id, guard);
        return true;
    case CONDITION_REGEX:
    case CONDITION_GROUP:
    case CONDITION_USER:
    case CONDITION_NETWORK:
    case CONDITION_EXTENSION:
        pair_ids(&m->pairs[c->kind], c, guard);
        return true;
    case CONDITION_PORT:
        pair_ports(m, c, guard);
        return m->pairs[CONDITION_PORT].count <= PORT_PAIRS_MAX;
    case CONDITION_SCHEDULE: /* belongs to the moment */
        return true;
    default:
        return false;
    }
}

static size_t value_count(const struct maker *m, enum condition_kind kind)
{
    const struct document *doc = m->doc;
    switch (kind) {
    case CONDITION_SCHEME:
    case CONDITION_METHOD:
        return m->tokens->count;
    case CONDITION_CATEGORY:
        return doc->category_names.count;
    case CONDITION_HOST:
    case CONDITION_URL:
        return doc->overlay_bits - first_entry(doc);
    case CONDITION_ADDRESS:
        return doc->address_count;
    case CONDITION_REGEX:
        return pattern_set_count(doc->patterns);
    case CONDITION_GROUP:
        return doc->group_names.count;
    case CONDITION_USER:
        return doc->users.count;
    case CONDITION_NETWORK:
        return doc->network_names.count;
    case CONDITION_EXTENSION:
        return doc->extensions.count;
    case CONDITION_PORT:
        return m->out->port_count;
    default:
        return 0;
    }
}

/* ---- sets ---- */

/* Guards of one value come in order, so those of one word stand together. */
static struct sieve_sets sets_of(struct link_pairs *pairs, size_t count)
{
    struct links l = links_make(pairs, count);
    struct sieve_sets sets = {.count = count, .first = sl_calloc(count + 1, sizeof *sets.first)};
    sets.at = sl_calloc(l.first[count] + 1, sizeof *sets.at);
    sets.bits = sl_calloc(l.first[count] + 1, sizeof *sets.bits);
    uint32_t n = 0;
    for (size_t value = 0; value < count; value++) {
        sets.first[value] = n;
        for (uint32_t i = l.first[value]; i < l.first[value + 1]; i++) {
            uint32_t word = l.to[i] / 64;
            if (n == sets.first[value] || sets.at[n - 1] != word)
                sets.at[n++] = word;
            sets.bits[n - 1] |= UINT64_C(1) << l.to[i] % 64;
        }
    }
    sets.first[count] = n;
    sets.at = sl_reallocarray(sets.at, n + 1, sizeof *sets.at);
    sets.bits = sl_reallocarray(sets.bits, n + 1, sizeof *sets.bits);
    links_fini(&l);
    return sets;
}

static void close_row(struct sieve *s, enum condition_kind kind, size_t guard)
{
    struct sieve_row *row = &s->rows[kind];
    if (!row->open) {
        row->open = row_new(s);
        memset(row->open, 0xff, s->words * sizeof *row->open);
        s->kinds[s->kind_count++] = (uint8_t)kind;
    }
    bit_clear(row->open, guard);
}

static void note_later(struct sieve *s, const struct condition *c, size_t guard)
{
    if (condition_clause(c, CONDITION_ADDRESS))
        bit_set(s->address, guard);
    if (condition_clause(c, CONDITION_CONTENT_TYPE) || condition_clause(c, CONDITION_SIZE_OVER))
        bit_set(s->response, guard);
}

static void add_guard(struct maker *m, const struct guard *g, size_t index)
{
    struct sieve *s = m->out;
    bit_set(s->on, index);
    if (g->has_unless)
        bit_set(s->ask, index);
    if (g->valid || condition_clause(&g->when, CONDITION_SCHEDULE))
        s->timed[s->timed_count++] = (uint32_t)index;
    for (size_t i = 0; i < g->when.count; i++) {
        const struct clause *c = &g->when.clauses[i];
        if (!pair_clause(m, c, index))
            bit_set(s->ask, index);
        if (c->kind != CONDITION_SCHEDULE)
            close_row(s, c->kind, index);
    }
    note_later(s, &g->when, index);
    note_later(s, &g->unless, index);
}

/* Too many ranges of ports: all guards that ask for ports are asked. */
static void give_up_ports(struct maker *m)
{
    struct sieve *s = m->out;
    free(m->pairs[CONDITION_PORT].items);
    m->pairs[CONDITION_PORT] = (struct link_pairs){0};
    for (size_t i = 0; i < s->words; i++)
        s->ask[i] |= ~s->rows[CONDITION_PORT].open[i];
}

void sieve_make(const struct document *doc, const struct names *tokens, const struct guard **take_guards,
                size_t count, struct sieve *out)
{
    struct maker m = {.doc = doc, .tokens = tokens, .out = out};
    size_t steps = (words_for(count) + SIEVE_STEP - 1) / SIEVE_STEP;
    *out = (struct sieve){.count = count, .words = steps * SIEVE_STEP, .guards = take_guards};
    uint64_t **rows[] = {&out->on, &out->ask, &out->address, &out->response};
    for (size_t i = 0; i < SL_COUNT(rows); i++)
        *rows[i] = row_new(out);
    out->timed = sl_calloc(count + 1, sizeof *out->timed);
    cut_ports(out);
    for (size_t i = 0; i < count; i++)
        if (take_guards[i])
            add_guard(&m, take_guards[i], i);
    if (m.pairs[CONDITION_PORT].count > PORT_PAIRS_MAX)
        give_up_ports(&m);
    for (int k = 0; k < CONDITION_KINDS; k++)
        if (m.pairs[k].count > 0)
            out->rows[k].sets = sets_of(&m.pairs[k], value_count(&m, (enum condition_kind)k));
}

void sieve_fini(struct sieve *s)
{
    for (int k = 0; k < CONDITION_KINDS; k++) {
        free(s->rows[k].open);
        free(s->rows[k].sets.first);
        free(s->rows[k].sets.at);
        free(s->rows[k].sets.bits);
    }
    uint64_t *rows[] = {s->on, s->ask, s->address, s->response};
    for (size_t i = 0; i < SL_COUNT(rows); i++)
        free(rows[i]);
    free(s->guards);
    free(s->ports);
    free(s->timed);
}
