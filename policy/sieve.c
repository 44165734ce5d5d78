/* sieve.c - see sieve.h: which guards are left for these facts? One function for each kind of condition, in
 * one table. */
#include "policy/sieve.h"

#include "policy/walk.h"

/* What is known of a kind. */
enum sift {
    SIFT_KNOWN,  /* of the guards that ask, the hits hold */
    SIFT_MOOT,   /* not known: of the guards that ask, the hits hold nevertheless */
    SIFT_NOTHING /* the fact is known, but match_guard has to be asked */
};

/* What a kind leaves: the guards that do not ask for it, to which the hits come, in a copy that the first of
 * them makes. */
struct hits {
    const uint64_t *left; /* open, or row when there were hits */
    uint64_t *row;
    size_t words;
};

static void hit(const struct sieve_sets *sets, size_t value, struct hits *hits)
{
    uint32_t i = sets->first[value], end = sets->first[value + 1];
    if (i == end)
        return;
    if (hits->left != hits->row)
        hits->left = memcpy(hits->row, hits->left, hits->words * sizeof *hits->row);
    uint64_t *row = hits->row; /* copies: the compiler can't know that the loop writes none of these */
    const uint32_t *words = sets->at;
    const uint64_t *bits = sets->bits;
    for (; i < end; i++)
        row[words[i]] |= bits[i];
}

static void hit_all(const struct sieve_sets *sets, const uint64_t *values, struct hits *hits)
{
    for (size_t word = 0, words = words_for(sets->count); word < words; word++)
        for (uint64_t rest = values[word]; rest != 0; rest &= rest - 1)
            hit(sets, word * 64 + (size_t)__builtin_ctzll(rest), hits);
}

static void hit_name(const struct sieve_sets *sets, int number, struct hits *hits)
{
    if (number >= 0)
        hit(sets, (size_t)number, hits);
}

/* ---- kinds ---- */

static enum sift sift_scheme(struct walk *w, const struct sieve *s, struct hits *hits)
{
    struct sl_str scheme = w->hidden ? SL_STR("connect") : w->facts->url->scheme;
    hit_name(&s->rows[CONDITION_SCHEME].sets, names_find(&w->s->tokens, scheme), hits);
    return SIFT_KNOWN;
}

static enum sift sift_method(struct walk *w, const struct sieve *s, struct hits *hits)
{
    struct sl_str method = w->hidden ? SL_STR("CONNECT") : w->facts->method;
    hit_name(&s->rows[CONDITION_METHOD].sets, names_find(&w->s->tokens, method), hits);
    return SIFT_KNOWN;
}

/* out->categories has those in doubt too, so it covers both ways in which rules take doubt. */
static enum sift sift_category(struct walk *w, const struct sieve *s, struct hits *hits)
{
    hit_all(&s->rows[CONDITION_CATEGORY].sets, w->out->categories.w, hits);
    return SIFT_KNOWN;
}

static const uint64_t *entries(const struct walk *w)
{
    return walk_bits(w, w->s->layout.overlay) + 2 * w->s->doc.category_words;
}

static enum sift sift_host(struct walk *w, const struct sieve *s, struct hits *hits)
{
    if (w->has_entries)
        hit_all(&s->rows[CONDITION_HOST].sets, entries(w), hits);
    return SIFT_KNOWN;
}

static enum sift sift_url(struct walk *w, const struct sieve *s, struct hits *hits)
{
    if (w->has_entries)
        hit_all(&s->rows[CONDITION_URL].sets, entries(w), hits);
    return w->hidden ? SIFT_MOOT : SIFT_KNOWN;
}

static enum sift sift_regex(struct walk *w, const struct sieve *s, struct hits *hits)
{
    if (w->hidden)
        return SIFT_MOOT;
    hit_all(&s->rows[CONDITION_REGEX].sets, walk_bits(w, w->s->layout.patterns), hits);
    if (w->in_doubt)
        hit_all(&s->rows[CONDITION_REGEX].sets, walk_bits(w, w->s->layout.limited), hits);
    return SIFT_KNOWN;
}

static enum sift sift_port(struct walk *w, const struct sieve *s, struct hits *hits)
{
    const struct sieve_sets *sets = &s->rows[CONDITION_PORT].sets;
    if (sets->count == 0)
        return SIFT_NOTHING;
    hit(sets, sieve_port(s, w->facts->url->port), hits);
    return SIFT_KNOWN;
}

static enum sift sift_group(struct walk *w, const struct sieve *s, struct hits *hits)
{
    if (!match_user_known(w))
        return SIFT_MOOT;
    hit_all(&s->rows[CONDITION_GROUP].sets, match_groups(w), hits);
    return SIFT_KNOWN;
}

static enum sift sift_user(struct walk *w, const struct sieve *s, struct hits *hits)
{
    if (!match_user_known(w))
        return SIFT_MOOT;
    hit_name(&s->rows[CONDITION_USER].sets, match_user(w), hits);
    return SIFT_KNOWN;
}

static enum sift sift_network(struct walk *w, const struct sieve *s, struct hits *hits)
{
    hit_all(&s->rows[CONDITION_NETWORK].sets, match_networks(w), hits);
    return SIFT_KNOWN;
}

static enum sift sift_address(struct walk *w, const struct sieve *s, struct hits *hits)
{
    struct sl_addr address;
    if (!match_address(w, &address))
        return SIFT_MOOT;
    hit_all(&s->rows[CONDITION_ADDRESS].sets, match_address_bits(w, address), hits);
    return SIFT_KNOWN;
}

static enum sift sift_extension(struct walk *w, const struct sieve *s, struct hits *hits)
{
    if (w->hidden)
        return SIFT_MOOT;
    hit_name(&s->rows[CONDITION_EXTENSION].sets, match_extension_number(w), hits);
    return SIFT_KNOWN;
}

static enum sift sift_content_type(struct walk *w, const struct sieve *s, struct hits *hits)
{
    return w->hidden || !(w->facts->known & FACT_RESPONSE) ? SIFT_MOOT : SIFT_NOTHING;
}

static enum sift sift_size_over(struct walk *w, const struct sieve *s, struct hits *hits)
{
    return w->facts->size < 0 ? SIFT_MOOT : sift_content_type(w, s, hits);
}

static enum sift sift_user_agent(struct walk *w, const struct sieve *s, struct hits *hits)
{
    return SIFT_NOTHING;
}

static enum sift (*const sifts[CONDITION_KINDS])(struct walk *w, const struct sieve *s, struct hits *hits) = {
    [CONDITION_SCHEME] = sift_scheme,
    [CONDITION_CATEGORY] = sift_category,
    [CONDITION_HOST] = sift_host,
    [CONDITION_URL] = sift_url,
    [CONDITION_PORT] = sift_port,
    [CONDITION_METHOD] = sift_method,
    [CONDITION_REGEX] = sift_regex,
    [CONDITION_GROUP] = sift_group,
    [CONDITION_USER] = sift_user,
    [CONDITION_NETWORK] = sift_network,
    [CONDITION_ADDRESS] = sift_address,
    [CONDITION_EXTENSION] = sift_extension,
    [CONDITION_CONTENT_TYPE] = sift_content_type,
    [CONDITION_SIZE_OVER] = sift_size_over,
    [CONDITION_USER_AGENT] = sift_user_agent,
};

/* ---- passes ---- */

static void sift_kind(struct walk *w, struct sieve_pass *p, enum condition_kind kind, uint64_t *row)
{
    struct hits hits = {.left = p->sieve->rows[kind].open, .row = row, .words = p->sieve->words};
    switch (sifts[kind](w, p->sieve, &hits)) {
    case SIFT_KNOWN:
        p->rows[p->row_count++] = hits.left;
        break;
    case SIFT_MOOT:
        p->moot[p->moot_count++] = hits.left;
        break;
    case SIFT_NOTHING:
        break;
    }
}

void sieve_start(struct walk *w, const struct sieve *s, const uint64_t *moment, uint64_t *hits,
                 struct sieve_pass *out)
{
    out->sieve = s;
    out->rows[0] = moment;
    out->row_count = 1;
    out->moot_count = 0;
    out->doubtful = w->in_doubt;
    out->word = out->end = 0;
    out->rest = 0;
    for (uint32_t i = 0; i < s->kind_count && !w->every; i++)
        sift_kind(w, out, (enum condition_kind)s->kinds[i], hits + i * s->words);
}

/* Two words, which is what every x86-64 and AArch64 can do in one instruction. */
typedef uint64_t pair __attribute__((vector_size(16), may_alias));

static pair *at(const uint64_t *row, size_t word)
{
    return (pair *)(row + word);
}

/* Fills left with the next step; false when nothing in it is left. */
static bool find_left(struct sieve_pass *p, size_t word)
{
    pair a = *at(p->rows[0], word), b = *at(p->rows[0], word + 2);
    for (uint32_t i = 1; i < p->row_count; i++) {
        a &= *at(p->rows[i], word);
        b &= *at(p->rows[i], word + 2);
    }
    *at(p->left, 0) = a;
    *at(p->left, 2) = b;
    return (p->left[0] | p->left[1] | p->left[2] | p->left[3]) != 0;
}

static uint64_t moot_guards(const struct sieve_pass *p, size_t word)
{
    uint64_t moot = 0;
    for (uint32_t i = 0; i < p->moot_count; i++)
        moot |= ~p->moot[i][word];
    return moot;
}

/* Moot guards are asked for the facts that they want, until these are known to be wanted. */
static uint64_t wanting(const struct walk *w, const struct sieve_pass *p, size_t word)
{
    uint64_t wanting = 0;
    struct sl_addr address;
    if (!w->out->needs_address && !match_address(w, &address))
        wanting |= p->sieve->address[word];
    if (!w->out->needs_response && !w->hidden && !(w->facts->known & FACT_RESPONSE))
        wanting |= p->sieve->response[word];
    return wanting;
}

/* Of every guard: also of those that are switched off. */
static void take_all(struct sieve_pass *p, size_t word)
{
    for (size_t i = 0; i < SIEVE_STEP; i++) {
        size_t from = (word + i) * 64;
        p->left[i] = p->sieve->count >= from + 64 ? ~UINT64_C(0)
                     : p->sieve->count > from     ? (UINT64_C(1) << (p->sieve->count - from)) - 1
                                                  : 0;
    }
}

/* Goes on to the next step that has something left. */
static bool next_step(struct walk *w, struct sieve_pass *p)
{
    while (p->end < p->sieve->words) {
        p->word = p->end;
        p->end += SIEVE_STEP;
        if (SL_UNLIKELY(w->every)) {
            take_all(p, p->word);
            return true;
        }
        if (find_left(p, p->word))
            return true;
    }
    return false;
}

static uint64_t worth_asking(const struct walk *w, const struct sieve_pass *p, size_t word)
{
    uint64_t left = p->left[word % SIEVE_STEP];
    if (left == 0 || p->moot_count == 0)
        return left;
    return left & (~moot_guards(p, word) | wanting(w, p, word));
}

static uint64_t to_be_asked(const struct walk *w, const struct sieve_pass *p, size_t word)
{
    uint64_t ask = p->sieve->ask[word] | moot_guards(p, word);
    static const enum condition_kind kinds[] = {CONDITION_CATEGORY, CONDITION_REGEX};
    for (size_t k = 0; p->doubtful && k < SL_COUNT(kinds); k++)
        if (p->sieve->rows[kinds[k]].open)
            ask |= ~p->sieve->rows[kinds[k]].open[word];
    return w->every ? ~UINT64_C(0) : ask;
}

bool sieve_next(struct walk *w, struct sieve_pass *p, size_t *out_index, bool *out_sure)
{
    while (p->rest == 0) {
        if (p->word == p->end && !next_step(w, p))
            return false;
        p->rest = worth_asking(w, p, p->word++);
    }
    uint64_t bit = p->rest & -p->rest;
    p->rest ^= bit;
    *out_index = (p->word - 1) * 64 + (size_t)__builtin_ctzll(bit);
    *out_sure = !(to_be_asked(w, p, p->word - 1) & bit);
    return true;
}
