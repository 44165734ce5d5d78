/* lint_cover.c - does one condition hold whenever another does? Proved clause by clause, so "yes" is certain
 * and "no" means only that it was not proved.
 *
 * Clauses have three values: no < unknown < yes. a covers b when value(a) >= value(b) for all facts. Clauses
 * of one kind become known together, so there a larger set of values is enough; some kinds imply others (a
 * user is in groups, a host in categories). `unless` is the same the other way round: that of a must be at
 * most that of b. */
#include <stdlib.h>

#include "policy/lint.h"
#include "policy/walk.h"

enum { TEXT_WORK = 16, CIDR_WORK = 50 }; /* as much as so many numbers */

/* Two long lists take their product, and anybody may ask: when all work is spent, nothing is proved. */
static bool spend(struct lint *l, uint64_t n)
{
    bool enough = n <= l->work;
    l->work -= enough ? n : l->work;
    return enough;
}

/* b holds => a holds. */
struct pair {
    const struct clause *b, *a;
    bool doubt_b, doubt_a;
    bool inverse; /* a must also be known whenever b is */
};

/* ---- sets of values ---- */

static bool has_id(const struct clause *c, uint32_t id)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (c->ids[i] == id)
            return true;
    return false;
}

static bool all_ids(struct lint *l, const struct pair *p)
{
    for (uint32_t i = 0; i < p->b->count; i++)
        if (!spend(l, p->a->count) || !has_id(p->a, p->b->ids[i]))
            return false;
    return true;
}

/* Users and extensions are sorted, and may be thousands. */
static bool sorted_ids(struct lint *l, const struct pair *p)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < p->b->count; i++) {
        uint32_t from = at;
        while (at < p->a->count && p->a->ids[at] < p->b->ids[i])
            at++;
        if (!spend(l, at - from + 1) || at == p->a->count || p->a->ids[at] != p->b->ids[i])
            return false;
    }
    return true;
}

static bool same_text(struct sl_str wide, struct sl_str narrow)
{
    return sl_str_eq(wide, narrow);
}

static bool wider_type(struct sl_str wide, struct sl_str narrow)
{
    bool family = wide.n > 0 && wide.p[wide.n - 1] == '*';
    return family ? sl_str_istarts(narrow, sl_str_sub(wide, 0, wide.n - 1)) : sl_str_ieq(wide, narrow);
}

/* Only a '*' of `wide` takes a '*' of `narrow`, and then it takes what that one stands for too. */
static bool wider_glob(struct sl_str wide, struct sl_str narrow)
{
    return match_glob(wide, narrow);
}

static bool all_texts(struct lint *l, const struct pair *p,
                      bool (*covers)(struct sl_str wide, struct sl_str narrow))
{
    for (uint32_t i = 0; i < p->b->count; i++) {
        uint32_t k = 0;
        while (k < p->a->count && !covers(p->a->texts[k], p->b->texts[i]))
            k++;
        if (!spend(l, (k + UINT64_C(1)) * TEXT_WORK) || k == p->a->count)
            return false;
    }
    return true;
}

static bool equal_texts(struct lint *l, const struct pair *p)
{
    return all_texts(l, p, same_text);
}

static bool content_types(struct lint *l, const struct pair *p)
{
    return all_texts(l, p, wider_type);
}

static bool user_agents(struct lint *l, const struct pair *p)
{
    return all_texts(l, p, wider_glob);
}

static bool ports(struct lint *l, const struct pair *p)
{
    for (uint32_t i = 0; i < p->b->count; i++) {
        uint32_t k = 0;
        while (k < p->a->count &&
               (p->a->ports[k].from > p->b->ports[i].from || p->a->ports[k].to < p->b->ports[i].to))
            k++;
        if (!spend(l, k + UINT64_C(1)) || k == p->a->count)
            return false;
    }
    return true;
}

static bool size_over(struct lint *l, const struct pair *p)
{
    return p->b->size >= p->a->size;
}

/* ---- regexes and categories: whoever blocks takes doubt for a match, whoever allows does not ---- */

static bool regexes(struct lint *l, const struct pair *p)
{
    return (p->doubt_a || !p->doubt_b) && all_ids(l, p);
}

static bool categories(struct lint *l, const struct pair *p)
{
    uint64_t doubtful = 0;
    for (size_t i = 0; i < l->s->doc.category_words; i++) {
        if (p->b->set->w[i] & ~p->a->set->w[i])
            return false;
        doubtful |= p->b->set->w[i] & l->patterned.w[i];
    }
    return p->doubt_a == p->doubt_b || !doubtful;
}

/* ---- networks, addresses ---- */

static bool read_cidr(struct lint *l, const json_t *text, struct sl_cidr *out)
{
    struct sl_err err;
    return json_is_string(text) && spend(l, CIDR_WORK) && sl_cidr_parse(read_str(text), out, &err);
}

static bool some_holds(struct lint *l, const json_t *wide, struct sl_cidr net)
{
    struct sl_cidr have;
    size_t i;
    const json_t *text;
    if (json_is_string(wide))
        return read_cidr(l, wide, &have) && have.bits <= net.bits && sl_cidr_contains(have, net.addr);
    json_array_foreach(wide, i, text)
    {
        if (some_holds(l, text, net))
            return true;
    }
    return false;
}

/* wide and narrow: a network, or a list of them. */
static bool nets_within(struct lint *l, const json_t *narrow, const json_t *wide)
{
    struct sl_cidr net;
    size_t i;
    const json_t *text;
    if (json_is_string(narrow))
        return read_cidr(l, narrow, &net) && some_holds(l, wide, net);
    json_array_foreach(narrow, i, text)
    {
        if (!nets_within(l, text, wide))
            return false;
    }
    return true;
}

static bool addresses(struct lint *l, const struct pair *p)
{
    return nets_within(l, p->b->json, p->a->json);
}

static const json_t *network_json(const struct lint *l, uint32_t id)
{
    struct sl_str name = l->s->doc.network_names.items[id];
    return json_object_getn(json_object_get(l->s->json, "networks"), name.p, name.n);
}

static bool networks(struct lint *l, const struct pair *p)
{
    for (uint32_t i = 0; i < p->b->count; i++) {
        bool within = spend(l, p->a->count) && has_id(p->a, p->b->ids[i]);
        for (uint32_t k = 0; !within && k < p->a->count; k++)
            within = nets_within(l, network_json(l, p->b->ids[i]), network_json(l, p->a->ids[k]));
        if (!within)
            return false;
    }
    return true;
}

/* ---- schedules: minutes of the week by the clocks of one zone ---- */

/* A schedule with days off is not there on all weeks, so it covers nothing but itself. */
static void add_minutes(const struct schedule *s, struct schedule_minutes *out)
{
    for (size_t i = 0; i < SL_COUNT(out->w); i++)
        out->w[i] |= s->own.w[i] | s->carried.w[i];
}

static bool minutes_within(const struct schedule *s, const struct schedule_minutes *wide)
{
    for (size_t i = 0; i < SL_COUNT(wide->w); i++)
        if ((s->own.w[i] | s->carried.w[i]) & ~wide->w[i])
            return false;
    return true;
}

static bool schedules(struct lint *l, const struct pair *p)
{
    const struct schedule *all = l->s->doc.schedules;
    for (uint32_t i = 0; i < p->b->count; i++) {
        const struct schedule *narrow = &all[p->b->ids[i]];
        struct schedule_minutes wide = {0};
        for (uint32_t k = 0; k < p->a->count; k++)
            if (all[p->a->ids[k]].zone == narrow->zone && all[p->a->ids[k]].except_count == 0)
                add_minutes(&all[p->a->ids[k]], &wide);
        if (!has_id(p->a, p->b->ids[i]) && !minutes_within(narrow, &wide))
            return false;
    }
    return true;
}

/* ---- hosts and urls: looked up in the overlay, which knows what holds for whatever lies below ---- */

/* Ports that no entry names; an entry without port means all of them. */
static const unsigned odd_ports[] = {61777, 64999};

static bool entry_url(struct lint *l, struct sl_str text, bool host, unsigned port, struct sl_url *out)
{
    size_t scheme = sl_str_find(text, ':');
    bool address = host && sl_str_find(text, ':') < text.n && text.p[0] != '[';
    if (!host && scheme + 2 < text.n && text.p[scheme + 1] == '/' && text.p[scheme + 2] == '/')
        text = sl_str_sub(text, scheme + 3, text.n);
    const char *whole = address ? sl_arena_printf(&l->entry, "http://[%.*s]/", SL_FMT(text))
                                : sl_arena_printf(&l->entry, "http://%.*s", SL_FMT(text));
    struct sl_err err;
    if (!sl_url_parse(sl_cstr(whole), &l->entry, out, &err))
        return false;
    if (host || out->default_port) {
        whole = sl_arena_printf(&l->entry, "http://%s%.*s%s:%u%.*s%s%.*s",
                                sl_str_find(out->host, ':') < out->host.n ? "[" : "", SL_FMT(out->host),
                                sl_str_find(out->host, ':') < out->host.n ? "]" : "", port, SL_FMT(out->path),
                                out->has_query ? "?" : "", SL_FMT(out->query));
        return sl_url_parse(sl_cstr(whole), &l->entry, out, &err);
    }
    return true;
}

/* l->bits &= what holds for this entry and everything below it. */
static bool and_entry(struct lint *l, struct sl_str text, bool host)
{
    size_t words = words_for(l->s->doc.overlay_bits);
    for (size_t i = 0; i < SL_COUNT(odd_ports); i++) {
        struct sl_url url;
        if (!entry_url(l, text, host, odd_ports[i], &url))
            return false;
        memset(l->one, 0, words * sizeof *l->one);
        overlay_lookup(l->s->doc.overlay, &url, host, l->one);
        for (size_t w = 0; w < words; w++)
            l->bits[w] &= l->one[w];
        sl_arena_reset(&l->entry);
    }
    return true;
}

static bool and_entries(struct lint *l, const struct clause *c)
{
    const json_t *text;
    size_t i;
    bool host = c->kind == CONDITION_HOST;
    memset(l->bits, 0xff, words_for(l->s->doc.overlay_bits) * sizeof *l->bits);
    if (json_is_string(c->json))
        return and_entry(l, read_str(c->json), host);
    json_array_foreach(c->json, i, text)
    {
        if (!and_entry(l, read_str(text), host))
            return false;
    }
    return i > 0;
}

/* l->bits: categories, host and url clauses that hold whenever this clause does. */
static bool overlay_bits(struct lint *l, const struct clause *c)
{
    if (l->bits_of != c) {
        l->bits_of = c;
        l->bits_known = and_entries(l, c);
    }
    return l->bits_known;
}

static bool entries(struct lint *l, const struct pair *p)
{
    return overlay_bits(l, p->b) && bit_has(l->bits, p->a->id);
}

/* A host is known at once; whether a path is in a tunnel is not. */
static bool host_in_url(struct lint *l, const struct pair *p)
{
    return entries(l, p);
}

static bool url_in_host(struct lint *l, const struct pair *p)
{
    return !p->inverse && entries(l, p);
}

static bool entry_in_category(struct lint *l, const struct pair *p)
{
    if ((p->inverse && p->b->kind == CONDITION_URL) || !overlay_bits(l, p->b))
        return false;
    for (size_t i = 0; i < l->s->doc.category_words; i++)
        if (l->bits[i] & p->a->set->w[i] & ~l->excepted.w[i])
            return true;
    return false;
}

/* ---- users in groups ---- */

static bool user_in_groups(struct lint *l, const struct pair *p)
{
    const struct links *of = &l->s->user_groups;
    for (uint32_t i = 0; i < p->b->count; i++) {
        uint32_t k = of->first[p->b->ids[i]], end = of->first[p->b->ids[i] + 1];
        while (k < end && !has_id(p->a, of->to[k]))
            k++;
        if (k == end)
            return false;
    }
    return true;
}

/* ---- clauses ---- */

static bool (*const same_kind[CONDITION_KINDS])(struct lint *l, const struct pair *p) = {
    [CONDITION_SCHEME] = equal_texts,   [CONDITION_CATEGORY] = categories,
    [CONDITION_HOST] = entries,         [CONDITION_URL] = entries,
    [CONDITION_PORT] = ports,           [CONDITION_METHOD] = equal_texts,
    [CONDITION_REGEX] = regexes,        [CONDITION_GROUP] = all_ids,
    [CONDITION_USER] = sorted_ids,      [CONDITION_NETWORK] = networks,
    [CONDITION_SCHEDULE] = schedules,   [CONDITION_ADDRESS] = addresses,
    [CONDITION_EXTENSION] = sorted_ids, [CONDITION_CONTENT_TYPE] = content_types,
    [CONDITION_SIZE_OVER] = size_over,  [CONDITION_USER_AGENT] = user_agents,
};
static const struct {
    enum condition_kind b, a;
    bool (*covers)(struct lint *l, const struct pair *p);
} other_kinds[] = {
    {CONDITION_USER, CONDITION_GROUP, user_in_groups},
    {CONDITION_HOST, CONDITION_CATEGORY, entry_in_category},
    {CONDITION_URL, CONDITION_CATEGORY, entry_in_category},
    {CONDITION_HOST, CONDITION_URL, host_in_url},
    {CONDITION_URL, CONDITION_HOST, url_in_host},
};

static bool clause_covers(struct lint *l, const struct pair *p)
{
    if (p->a->kind == p->b->kind)
        return same_kind[p->a->kind](l, p);
    for (size_t i = 0; i < SL_COUNT(other_kinds); i++)
        if (other_kinds[i].b == p->b->kind && other_kinds[i].a == p->a->kind)
            return other_kinds[i].covers(l, p);
    return false;
}

/* Each clause of a follows from some clause of b. */
static bool condition_covers(struct lint *l, const struct condition *a, bool doubt_a,
                             const struct condition *b, bool doubt_b, bool inverse)
{
    for (size_t i = 0; i < a->count; i++) {
        struct pair p = {.a = &a->clauses[i], .doubt_a = doubt_a, .doubt_b = doubt_b, .inverse = inverse};
        size_t k = 0;
        for (; k < b->count; k++) {
            p.b = &b->clauses[k];
            if (clause_covers(l, &p))
                break;
        }
        if (k == b->count)
            return false;
    }
    return true;
}

static bool validity_covers(const struct validity *a, const struct validity *b)
{
    if (!a)
        return true;
    return (!a->has_from || (b && b->has_from && b->from_s >= a->from_s)) &&
           (!a->has_until || (b && b->has_until && b->until_s <= a->until_s));
}

bool cover_guard(struct lint *l, struct cover_side a, struct cover_side b)
{
    if (!validity_covers(a.guard->valid, b.guard->valid) ||
        !condition_covers(l, &a.guard->when, a.doubt, &b.guard->when, b.doubt, false))
        return false;
    if (!a.guard->has_unless)
        return true;
    return b.guard->has_unless &&
           condition_covers(l, &b.guard->unless, !b.doubt, &a.guard->unless, !a.doubt, true);
}

bool cover_excepted(struct lint *l, struct cover_side g)
{
    return g.guard->has_unless &&
           condition_covers(l, &g.guard->unless, !g.doubt, &g.guard->when, g.doubt, false);
}
