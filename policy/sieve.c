/* sieve.c - see sieve.h: which guards are left for these facts? One function for each kind of condition, in
 * one table. */
#include "policy/sieve.h"

#include "policy/walk.h"

/* What a kind does to the sieve. */
enum sift {
    SIFT_HITS,   /* guards that hit holds, or do not ask for this kind */
    SIFT_MOOT,   /* the fact is not known: of those that ask, only the hits hold */
    SIFT_NOTHING /* the fact is known, but match_guard has to be asked */
};

static void hit(const struct sieve_sets *sets, size_t value, uint64_t *hits)
{
    for (uint32_t i = sets->first[value]; i < sets->first[value + 1]; i++)
        hits[sets->at[i]] |= sets->bits[i];
}

static void hit_all(const struct sieve_sets *sets, const uint64_t *values, uint64_t *hits)
{
    for (size_t word = 0; word < words_for(sets->count); word++)
        for (uint64_t rest = values[word]; rest != 0; rest &= rest - 1)
            hit(sets, word * 64 + (size_t)__builtin_ctzll(rest), hits);
}

static void hit_name(const struct sieve_sets *sets, int number, uint64_t *hits)
{
    if (number >= 0)
        hit(sets, (size_t)number, hits);
}

/* ---- kinds ---- */

static enum sift sift_scheme(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    struct sl_str scheme = w->hidden ? SL_STR("connect") : w->facts->url->scheme;
    hit_name(&s->rows[CONDITION_SCHEME].sets, names_find(&w->s->tokens, scheme), hits);
    return SIFT_HITS;
}

static enum sift sift_method(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    struct sl_str method = w->hidden ? SL_STR("CONNECT") : w->facts->method;
    hit_name(&s->rows[CONDITION_METHOD].sets, names_find(&w->s->tokens, method), hits);
    return SIFT_HITS;
}

/* out->categories has those in doubt too, so it covers both ways in which rules take doubt. */
static enum sift sift_category(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    hit_all(&s->rows[CONDITION_CATEGORY].sets, w->out->categories.w, hits);
    return SIFT_HITS;
}

static const uint64_t *entries(const struct walk *w)
{
    return walk_bits(w, w->s->layout.overlay) + 2 * w->s->doc.category_words;
}

static enum sift sift_host(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    hit_all(&s->rows[CONDITION_HOST].sets, entries(w), hits);
    return SIFT_HITS;
}

static enum sift sift_url(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    hit_all(&s->rows[CONDITION_URL].sets, entries(w), hits);
    return w->hidden ? SIFT_MOOT : SIFT_HITS;
}

static enum sift sift_regex(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    if (w->hidden)
        return SIFT_MOOT;
    hit_all(&s->rows[CONDITION_REGEX].sets, walk_bits(w, w->s->layout.patterns), hits);
    if (w->in_doubt)
        hit_all(&s->rows[CONDITION_REGEX].sets, walk_bits(w, w->s->layout.limited), hits);
    return SIFT_HITS;
}

static enum sift sift_port(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    const struct sieve_sets *sets = &s->rows[CONDITION_PORT].sets;
    if (sets->count == 0)
        return SIFT_NOTHING;
    hit(sets, sieve_port(s, w->facts->url->port), hits);
    return SIFT_HITS;
}

static enum sift sift_group(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    if (!match_user_known(w))
        return SIFT_MOOT;
    hit_all(&s->rows[CONDITION_GROUP].sets, match_groups(w), hits);
    return SIFT_HITS;
}

static enum sift sift_user(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    if (!match_user_known(w))
        return SIFT_MOOT;
    hit_name(&s->rows[CONDITION_USER].sets, match_user(w), hits);
    return SIFT_HITS;
}

static enum sift sift_network(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    hit_all(&s->rows[CONDITION_NETWORK].sets, match_networks(w), hits);
    return SIFT_HITS;
}

static enum sift sift_address(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    struct sl_addr address;
    if (!match_address(w, &address))
        return SIFT_MOOT;
    hit_all(&s->rows[CONDITION_ADDRESS].sets, match_address_bits(w, address), hits);
    return SIFT_HITS;
}

static enum sift sift_extension(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    if (w->hidden)
        return SIFT_MOOT;
    hit_name(&s->rows[CONDITION_EXTENSION].sets, match_extension_number(w), hits);
    return SIFT_HITS;
}

static enum sift sift_content_type(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    return w->hidden || !(w->facts->known & FACT_RESPONSE) ? SIFT_MOOT : SIFT_NOTHING;
}

static enum sift sift_size_over(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    return w->facts->size < 0 ? SIFT_MOOT : sift_content_type(w, s, hits);
}

static enum sift sift_user_agent(struct walk *w, const struct sieve *s, uint64_t *hits)
{
    return SIFT_NOTHING;
}

static enum sift (*const sifts[CONDITION_KINDS])(struct walk *w, const struct sieve *s, uint64_t *hits) = {
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

/* The hits are used up: they are clear for the next kind. */
static void narrow(struct sieve_pass *p, const uint64_t *open, uint64_t *hits)
{
    for (size_t i = 0; i < p->sieve->words; i++) {
        p->left[i] &= open[i] | hits[i];
        hits[i] = 0;
    }
}

static void make_moot(struct sieve_pass *p, const uint64_t *open, uint64_t *hits)
{
    for (size_t i = 0; i < p->sieve->words; i++) {
        p->moot[i] |= ~(open[i] | hits[i]);
        hits[i] = 0;
    }
}

/* A regex ran into its limit: whether its rule holds depends on what the rule does. */
static void ask_doubtful(struct sieve_pass *p)
{
    static const enum condition_kind kinds[] = {CONDITION_CATEGORY, CONDITION_REGEX};
    for (size_t k = 0; k < SL_COUNT(kinds); k++) {
        const uint64_t *open = p->sieve->rows[kinds[k]].open;
        for (size_t i = 0; open && i < p->sieve->words; i++)
            p->ask[i] |= ~open[i];
    }
}

static void sift_kind(struct walk *w, struct sieve_pass *p, enum condition_kind kind, uint64_t *hits)
{
    const uint64_t *open = p->sieve->rows[kind].open;
    switch (open ? sifts[kind](w, p->sieve, hits) : SIFT_NOTHING) {
    case SIFT_HITS:
        narrow(p, open, hits);
        break;
    case SIFT_MOOT:
        make_moot(p, open, hits);
        break;
    case SIFT_NOTHING:
        break;
    }
}

/* Every guard is to be asked, also those that are switched off. */
static void take_all(struct sieve_pass *p)
{
    size_t n = p->sieve->words * sizeof *p->left;
    memset(p->left, 0xff, n);
    memset(p->ask, 0xff, n);
    memset(p->moot, 0, n);
    if (p->sieve->count % 64 != 0)
        p->left[p->sieve->words - 1] = (UINT64_C(1) << p->sieve->count % 64) - 1;
}

void sieve_start(struct walk *w, const struct sieve *s, const uint64_t *moment, uint64_t *scratch,
                 struct sieve_pass *out)
{
    *out = (struct sieve_pass){
        .sieve = s, .left = scratch, .ask = scratch + s->words, .moot = scratch + 2 * s->words};
    uint64_t *hits = scratch + 3 * s->words;
    if (w->every) {
        take_all(out);
        return;
    }
    memcpy(out->left, moment, s->words * sizeof *moment);
    memcpy(out->ask, s->ask, s->words * sizeof *s->ask);
    memset(out->moot, 0, 2 * s->words * sizeof *hits); /* and the hits */
    for (int kind = 0; kind < CONDITION_KINDS; kind++)
        sift_kind(w, out, (enum condition_kind)kind, hits);
    if (SL_UNLIKELY(w->in_doubt))
        ask_doubtful(out);
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

static uint64_t worth_asking(const struct walk *w, const struct sieve_pass *p, size_t word)
{
    uint64_t moot = p->moot[word] & p->left[word];
    return SL_LIKELY(moot == 0) ? p->left[word] : p->left[word] & (~moot | wanting(w, p, word));
}

bool sieve_next(struct walk *w, struct sieve_pass *p, size_t *out_index, bool *out_sure)
{
    while (p->rest == 0) {
        if (p->word == p->sieve->words)
            return false;
        p->rest = worth_asking(w, p, p->word++);
    }
    uint64_t bit = p->rest & -p->rest;
    size_t word = p->word - 1;
    p->rest ^= bit;
    *out_index = word * 64 + (size_t)__builtin_ctzll(bit);
    *out_sure = !((p->ask[word] | p->moot[word]) & bit);
    return true;
}
