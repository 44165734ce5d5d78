/* match.c - does a condition hold for these facts? One function for each kind of clause, in one table. */
#include "policy/walk.h"

/* ---- facts that are derived on demand ---- */

bool match_user_known(const struct walk *w)
{
    return w->facts->user.n > 0 || w->facts->group_count > 0 || (w->facts->known & FACT_USER);
}

int match_user(struct walk *w)
{
    if (!(w->ready & READY_USER)) {
        w->ready |= READY_USER;
        w->user = w->facts->user.n > 0 ? names_find(&w->s->doc.users, w->facts->user) : -1;
    }
    return w->user;
}

const uint64_t *match_groups(struct walk *w)
{
    uint64_t *bits = walk_bits(w, w->s->layout.groups);
    if (w->ready & READY_GROUPS)
        return bits;
    w->ready |= READY_GROUPS;
    memset(bits, 0, words_for(w->s->doc.group_names.count) * sizeof *bits);
    const struct links *l = &w->s->user_groups;
    int user = match_user(w), group;
    if (user >= 0)
        for (uint32_t i = l->first[user], end = l->first[user + 1]; i < end; i++)
            bit_set(bits, l->to[i]);
    for (size_t i = 0; i < w->facts->group_count; i++)
        if ((group = names_find(&w->s->doc.group_names, w->facts->groups[i])) >= 0)
            bit_set(bits, (size_t)group);
    return bits;
}

const uint64_t *match_networks(struct walk *w)
{
    uint64_t *bits = walk_bits(w, w->s->layout.networks);
    if (!(w->ready & READY_NETWORKS)) {
        w->ready |= READY_NETWORKS;
        memset(bits, 0, words_for(w->s->doc.network_names.count) * sizeof *bits);
        netset_lookup(w->s->doc.networks, w->facts->client, bits);
    }
    return bits;
}

bool match_address(const struct walk *w, struct sl_addr *out)
{
    if (w->facts->url->host_is_addr)
        *out = w->facts->url->addr;
    else if (w->facts->known & FACT_ADDRESS)
        *out = w->facts->address;
    else
        return false;
    return true;
}

const uint64_t *match_address_bits(struct walk *w, struct sl_addr address)
{
    uint64_t *bits = walk_bits(w, w->s->layout.addresses);
    if (!(w->ready & READY_ADDRESSES)) {
        w->ready |= READY_ADDRESSES;
        memset(bits, 0, words_for(w->s->doc.address_count) * sizeof *bits);
        netset_lookup(w->s->doc.addresses, address, bits);
    }
    return bits;
}

/* Of "/a/setup.EXE;v=1" it is "EXE". */
struct sl_str match_extension(const struct sl_url *url)
{
    struct sl_str path = url->path;
    const char *slash = memrchr(path.p ? path.p : "", '/', path.n);
    struct sl_str name = slash ? sl_str_sub(path, (size_t)(slash - path.p) + 1, path.n) : path;
    name = sl_str_sub(name, 0, sl_str_find(name, ';'));
    const char *dot = memrchr(name.p ? name.p : "", '.', name.n);
    return dot ? sl_str_sub(name, (size_t)(dot - name.p) + 1, name.n) : SL_STR("");
}

int match_extension_number(struct walk *w)
{
    if (w->ready & READY_EXTENSION)
        return w->extension;
    w->ready |= READY_EXTENSION;
    w->extension = -1;
    struct sl_str text = match_extension(w->facts->url);
    char lower[32];
    if (text.n == 0 || text.n > sizeof lower)
        return -1;
    for (size_t i = 0; i < text.n; i++)
        lower[i] = sl_lower(text.p[i]);
    w->extension = names_find(&w->s->doc.extensions, sl_str(lower, text.n));
    return w->extension;
}

/* ---- clauses ---- */

static enum holds yes_or_no(bool holds)
{
    return holds ? HOLDS_YES : HOLDS_NO;
}

static enum holds any_bit(const struct clause *c, const uint64_t *bits)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (bit_has(bits, c->ids[i]))
            return HOLDS_YES;
    return HOLDS_NO;
}

/* Ids are sorted: a clause may name every user of a company. */
static enum holds any_id(const struct clause *c, int id)
{
    uint32_t low = 0, high = id >= 0 ? c->count : 0;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (c->ids[mid] == (uint32_t)id)
            return HOLDS_YES;
        if (c->ids[mid] < (uint32_t)id)
            low = mid + 1;
        else
            high = mid;
    }
    return HOLDS_NO;
}

static enum holds any_text(const struct clause *c, struct sl_str text)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (sl_str_eq(c->texts[i], text))
            return HOLDS_YES;
    return HOLDS_NO;
}

static enum holds holds_user(struct walk *w, const struct clause *c, bool doubt)
{
    return match_user_known(w) ? any_id(c, match_user(w)) : HOLDS_UNKNOWN;
}

static enum holds holds_group(struct walk *w, const struct clause *c, bool doubt)
{
    return match_user_known(w) ? any_bit(c, match_groups(w)) : HOLDS_UNKNOWN;
}

static enum holds holds_network(struct walk *w, const struct clause *c, bool doubt)
{
    return any_bit(c, match_networks(w));
}

static enum holds holds_category(struct walk *w, const struct clause *c, bool doubt)
{
    const struct category_set *have = doubt ? &w->out->categories : &w->sure;
    uint64_t both = 0;
    for (size_t i = 0; i < w->s->doc.category_words; i++)
        both |= c->set->w[i] & have->w[i];
    return yes_or_no(both != 0);
}

static enum holds holds_host(struct walk *w, const struct clause *c, bool doubt)
{
    return yes_or_no(bit_has(walk_bits(w, w->s->layout.overlay), c->id));
}

/* Of a tunnel an entry without path can still be seen to hold; that none does proves nothing. */
static enum holds holds_url(struct walk *w, const struct clause *c, bool doubt)
{
    if (bit_has(walk_bits(w, w->s->layout.overlay), c->id))
        return HOLDS_YES;
    return w->hidden ? HOLDS_UNKNOWN : HOLDS_NO;
}

static enum holds holds_regex(struct walk *w, const struct clause *c, bool doubt)
{
    if (w->hidden)
        return HOLDS_UNKNOWN;
    if (any_bit(c, walk_bits(w, w->s->layout.patterns)) == HOLDS_YES)
        return HOLDS_YES;
    return yes_or_no(doubt && w->in_doubt && any_bit(c, walk_bits(w, w->s->layout.limited)) == HOLDS_YES);
}

static enum holds holds_address(struct walk *w, const struct clause *c, bool doubt)
{
    struct sl_addr address;
    if (!match_address(w, &address))
        return HOLDS_UNKNOWN;
    return yes_or_no(bit_has(match_address_bits(w, address), c->id));
}

static enum holds holds_method(struct walk *w, const struct clause *c, bool doubt)
{
    return any_text(c, w->hidden ? SL_STR("CONNECT") : w->facts->method);
}

static enum holds holds_port(struct walk *w, const struct clause *c, bool doubt)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (w->facts->url->port >= c->ports[i].from && w->facts->url->port <= c->ports[i].to)
            return HOLDS_YES;
    return HOLDS_NO;
}

static enum holds holds_scheme(struct walk *w, const struct clause *c, bool doubt)
{
    return any_text(c, w->hidden ? SL_STR("connect") : w->facts->url->scheme);
}

static enum holds holds_schedule(struct walk *w, const struct clause *c, bool doubt)
{
    return any_bit(c, walk_bits(w, w->s->layout.schedules));
}

static enum holds holds_extension(struct walk *w, const struct clause *c, bool doubt)
{
    return w->hidden ? HOLDS_UNKNOWN : any_id(c, match_extension_number(w));
}

/* "video/mp4" or "video/ *"; parameters such as charset do not count. */
static enum holds holds_content_type(struct walk *w, const struct clause *c, bool doubt)
{
    if (w->hidden || !(w->facts->known & FACT_RESPONSE))
        return HOLDS_UNKNOWN;
    struct sl_str type = w->facts->content_type;
    type = sl_str_trim(sl_str_sub(type, 0, sl_str_find(type, ';')));
    for (uint32_t i = 0; i < c->count; i++) {
        struct sl_str want = c->texts[i];
        bool family = want.p[want.n - 1] == '*';
        if (family ? sl_str_istarts(type, sl_str_sub(want, 0, want.n - 1)) : sl_str_ieq(type, want))
            return HOLDS_YES;
    }
    return HOLDS_NO;
}

static enum holds holds_size_over(struct walk *w, const struct clause *c, bool doubt)
{
    if (w->hidden || !(w->facts->known & FACT_RESPONSE) || w->facts->size < 0)
        return HOLDS_UNKNOWN;
    return yes_or_no((uint64_t)w->facts->size > c->size);
}

/* Without regard to case; '*' stands for any text. Goes back to the last '*' only: linear but for that. */
bool match_glob(struct sl_str pattern, struct sl_str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;
    while (t < text.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.n && sl_lower(pattern.p[p]) == sl_lower(text.p[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

static enum holds holds_user_agent(struct walk *w, const struct clause *c, bool doubt)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (match_glob(c->texts[i], w->facts->user_agent))
            return HOLDS_YES;
    return HOLDS_NO;
}

static enum holds (*const holds[CONDITION_KINDS])(struct walk *w, const struct clause *c, bool doubt) = {
    [CONDITION_USER] = holds_user,
    [CONDITION_GROUP] = holds_group,
    [CONDITION_NETWORK] = holds_network,
    [CONDITION_CATEGORY] = holds_category,
    [CONDITION_HOST] = holds_host,
    [CONDITION_ADDRESS] = holds_address,
    [CONDITION_URL] = holds_url,
    [CONDITION_REGEX] = holds_regex,
    [CONDITION_METHOD] = holds_method,
    [CONDITION_PORT] = holds_port,
    [CONDITION_SCHEME] = holds_scheme,
    [CONDITION_SCHEDULE] = holds_schedule,
    [CONDITION_EXTENSION] = holds_extension,
    [CONDITION_CONTENT_TYPE] = holds_content_type,
    [CONDITION_SIZE_OVER] = holds_size_over,
    [CONDITION_USER_AGENT] = holds_user_agent,
};

enum holds match_clause(struct walk *w, const struct clause *c, bool doubt)
{
    return holds[c->kind](w, c, doubt);
}

/* ---- conditions ---- */

/* A clause that does not hold settles it, whatever is unknown besides. */
static enum holds condition_holds(struct walk *w, const struct condition *c, bool doubt, unsigned *unknown,
                                  const struct clause **why)
{
    unsigned missing = 0;
    for (size_t i = 0; i < c->count; i++) {
        enum holds one = match_clause(w, &c->clauses[i], doubt);
        if (one == HOLDS_YES)
            continue;
        *why = &c->clauses[i];
        if (one == HOLDS_NO)
            return HOLDS_NO;
        missing |= 1u << c->clauses[i].kind;
    }
    *unknown |= missing;
    return missing ? HOLDS_UNKNOWN : HOLDS_YES;
}

/* Whoever blocks is better safe than sorry: for it a regex in doubt matches in `if` and does not in `unless`.
 * Whoever allows must be sure: there it is the other way round. */
enum outcome match_guard(struct walk *w, const struct guard *g, bool doubt, const struct clause **out_why)
{
    const struct clause *why_when = NULL, *why_unless = NULL;
    w->unknown = 0;
    *out_why = NULL;
    if (g->valid && !validity_holds(g->valid, w->facts->time_s))
        return OUTCOME_NOT_VALID;
    enum holds when = condition_holds(w, &g->when, doubt, &w->unknown, &why_when);
    *out_why = why_when;
    if (when == HOLDS_NO)
        return OUTCOME_NOT_MATCHED;
    enum holds unless =
        g->has_unless ? condition_holds(w, &g->unless, !doubt, &w->unknown, &why_unless) : HOLDS_NO;
    if (unless == HOLDS_YES)
        return OUTCOME_EXCEPTED;
    if (when == HOLDS_YES && unless == HOLDS_NO)
        return OUTCOME_MATCHED;
    if (when == HOLDS_YES)
        *out_why = why_unless;
    return OUTCOME_PASSED_OVER;
}
