/* lookup.c - which lists hold a URL: the hot path. No allocation, no branch on the number of lists or
 * entries.
 *
 * A host is walked label by label from the right. The hash of a name continues that of its parent; every
 * ancestor of an entry is in the table, so the walk ends at the first that is not, or at one below which
 * nothing is listed: a miss costs about two probes, whatever the number of labels. Paths are walked the same
 * way from the host, or from the host without its "www.". */
#include "policy/lists/catalogue.h"

#if defined(__SSE2__) && !defined(LOOKUP_PORTABLE) /* a test asks both ways */
#define LOOKUP_SSE2 1
#include <emmintrin.h>
#endif

#include "policy/lists/hash.h"
#include "policy/lists/pieces.h"
#include "policy/lists/tree.h"

/* ---- buckets ---- */

#if defined(LOOKUP_SSE2)
/* The slots, as a set of bits, whose tag and length agree. */
static inline unsigned candidates(const struct bucket *b, uint8_t tag, uint8_t len)
{
    __m128i tags = _mm_loadu_si128((const __m128i *)(const void *)b->tag);
    __m128i lens = _mm_loadu_si128((const __m128i *)(const void *)b->len);
    __m128i both = _mm_and_si128(_mm_cmpeq_epi8(tags, _mm_set1_epi8((char)tag)),
                                 _mm_cmpeq_epi8(lens, _mm_set1_epi8((char)len)));
    return (unsigned)_mm_movemask_epi8(both) & ((1u << b->n) - 1);
}

/* Bytes of the names before this slot's. */
static inline uint32_t names_before(const struct bucket *b, unsigned slot)
{
    static const uint8_t ones[32] = {255, 255, 255, 255, 255, 255, 255, 255, /* 16 bytes before 16 zeros */
                                     255, 255, 255, 255, 255, 255, 255, 255};
    __m128i mask = _mm_loadu_si128((const __m128i *)(const void *)(ones + 16 - slot));
    __m128i lens = _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)b->len), mask);
    __m128i sums = _mm_sad_epu8(lens, _mm_setzero_si128());
    return (uint32_t)_mm_cvtsi128_si32(sums) + (uint32_t)_mm_extract_epi16(sums, 4);
}
#else
static inline unsigned candidates(const struct bucket *b, uint8_t tag, uint8_t len)
{
    unsigned found = 0;
    for (unsigned i = 0; i < b->n; i++)
        found |= (unsigned)(b->tag[i] == tag && b->len[i] == len) << i;
    return found;
}
static inline uint32_t names_before(const struct bucket *b, unsigned slot)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < slot; i++)
        n += b->len[i];
    return n;
}
#endif

struct found {
    unsigned value; /* set and flags */
    uint32_t slot;
};

static inline bool table_find(const struct name_table *t, uint64_t hash, const char *name, size_t len,
                              struct found *out)
{
    uint32_t at = bucket_home(hash, t->homes);
    for (;; at++) {
        const struct bucket *b = &t->buckets[at];
        for (unsigned left = candidates(b, bucket_tag(hash), (uint8_t)len); left != 0; left &= left - 1) {
            unsigned slot = (unsigned)__builtin_ctz(left);
            if (SL_LIKELY(memcmp(t->names + b->name_off + names_before(b, slot), name, len) == 0)) {
                *out = (struct found){b->value[slot], at * BUCKET_SLOTS + slot};
                return true;
            }
        }
        if (SL_LIKELY(!b->overflow))
            return false;
    }
}

/* ---- what was found ---- */

enum rest { REST_NONE, REST_WWW, REST_OTHER }; /* what the URL's host has before the name */
/* Bits of enum rest under which a member holds the URL. */
static const uint8_t holds[] = {
    [MEMBER_BELOW] = 7, [MEMBER_EXACT] = 1, [MEMBER_TWIN] = 3, [MEMBER_UNDER] = 6};

struct walk {
    const struct catalogue *c;
    const struct sl_url *url;
    uint64_t *bits; /* NULL: matches are wanted */
    struct list_match *out;
    size_t count, max;
};

static bool less_specific(const struct list_match *a, const struct list_match *b)
{
    return a->path != b->path ? b->path : a->labels <= b->labels;
}

/* Keeps out[] sorted, the most specific first; a walk meets deeper entries later, so these go before their
 * equals. */
static void keep_match(struct walk *w, struct list_match match)
{
    size_t at = 0;
    while (at < w->count && !less_specific(&w->out[at], &match))
        at++;
    if (at == w->max)
        return;
    w->count = SL_MIN(w->count + 1, w->max);
    memmove(&w->out[at + 1], &w->out[at], (w->count - at - 1) * sizeof *w->out);
    w->out[at] = match;
}

static inline void take_set(struct walk *w, unsigned set, enum rest rest, unsigned labels, bool path)
{
    const uint16_t *m = w->c->members + w->c->set_start[set], *end = w->c->members + w->c->set_start[set + 1];
    for (; m < end; m++) {
        if (!(holds[member_kind(*m)] >> rest & 1))
            continue;
        if (w->bits != NULL)
            w->bits[member_list(*m) / 64] |= 1ull << member_list(*m) % 64;
        else
            keep_match(w, (struct list_match){(uint16_t)member_list(*m), (uint16_t)labels, path});
    }
}

/* ---- paths ---- */

struct place { /* where a walk stands */
    uint64_t hash;
    uint32_t slot; /* of the host table with PARENT_IS_HOST, else of the path table */
};

static inline bool step(const struct walk *w, struct place *at, unsigned kind, struct sl_str text,
                        unsigned *out_value)
{
    char name[PIECE_HEAD + PIECE_MAX];
    struct found found;
    memcpy(name, &at->slot, sizeof at->slot);
    name[sizeof at->slot] = (char)kind;
    memcpy(name + PIECE_HEAD, text.p, text.n);
    at->hash = hash_label(w->c->key, at->hash, kind, text.p, text.n);
    if (!table_find(&w->c->paths, at->hash, name, PIECE_HEAD + text.n, &found))
        return false;
    at->slot = found.slot;
    *out_value = found.value;
    return true;
}

static void walk_pieces(struct walk *w, struct place at, unsigned labels)
{
    struct pieces it = pieces_of(w->url->path, w->url->query, w->url->has_query);
    struct piece piece;
    unsigned value;
    while (pieces_next(&it, &piece) && step(w, &at, piece.kind, piece.text, &value)) {
        if ((value & VALUE_SET) != 0)
            take_set(w, value & VALUE_SET, REST_NONE, labels, true);
        if (!(value & VALUE_HAS_CHILD))
            return;
    }
}

static struct sl_str port_text(uint16_t port, char buf[5])
{
    size_t at = 5;
    do
        buf[--at] = (char)('0' + port % 10);
    while ((port = (uint16_t)(port / 10)) != 0);
    return sl_str(buf + at, 5 - at);
}

/* Entries below a host: of any port, then of the URL's own. */
static void walk_paths(struct walk *w, struct place host, unsigned labels)
{
    char buf[5];
    unsigned value;
    if (w->c->paths.homes == 0)
        return;
    host.slot |= PARENT_IS_HOST;
    walk_pieces(w, host, labels);
    if (!w->c->has_ports || !step(w, &host, PIECE_PORT, port_text(w->url->port, buf), &value))
        return;
    if ((value & VALUE_SET) != 0)
        take_set(w, value & VALUE_SET, REST_NONE, labels, true);
    if (value & VALUE_HAS_CHILD)
        walk_pieces(w, host, labels);
}

/* ---- hosts and addresses ---- */

static inline enum rest rest_of(struct sl_str host, size_t start)
{
    if (start == 0)
        return REST_NONE;
    return start == 4 && memcmp(host.p, "www.", 4) == 0 ? REST_WWW : REST_OTHER;
}

static void walk_host(struct walk *w)
{
    struct sl_str host = w->url->host;
    struct place at = {0};
    if (host.n == 0 || host.n > LAYOUT_MAX_HOST)
        return;
    size_t end = host.n;
    for (unsigned labels = 1;; labels++) {
        struct found found;
        size_t start = end;
        while (start > 0 && host.p[start - 1] != '.')
            start--;
        at.hash = hash_label(w->c->key, at.hash, NODE_LABEL, host.p + start, end - start);
        if (start == host.n || !table_find(&w->c->hosts, at.hash, host.p + start, host.n - start, &found))
            return;
        at.slot = found.slot;
        enum rest rest = rest_of(host, start);
        if ((found.value & VALUE_SET) != 0)
            take_set(w, found.value & VALUE_SET, rest, labels, false);
        if ((found.value & VALUE_HAS_PATH) && rest != REST_OTHER)
            walk_paths(w, at, labels);
        if (!(found.value & VALUE_HAS_CHILD) || start == 0)
            return;
        end = start - 1;
    }
}

/* The set of the last key that is not above the address. */
static unsigned address_set(const struct address_table *t, const uint8_t *address, size_t width)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(t->keys + middle * width, address, width) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : t->sets[low - 1];
}

static void walk_address(struct walk *w)
{
    const struct sl_url *url = w->url;
    unsigned set = sl_addr_is_v4(url->addr) ? address_set(&w->c->v4, url->addr.b + 12, 4)
                                            : address_set(&w->c->v6, url->addr.b, 16);
    struct found found;
    if (set != 0)
        take_set(w, set, REST_NONE, 1, false);
    if (w->c->paths.homes == 0 || url->host.n == 0 || url->host.n > LAYOUT_MAX_HOST)
        return;
    uint64_t hash = hash_label(w->c->key, 0, NODE_ADDRESS, url->host.p, url->host.n);
    if (table_find(&w->c->hosts, hash, url->host.p, url->host.n, &found) && (found.value & VALUE_HAS_PATH))
        walk_paths(w, (struct place){hash, found.slot}, 1);
}

static void walk(struct walk *w)
{
    if (w->url->host_is_addr)
        walk_address(w);
    else if (w->c->hosts.homes > 0)
        walk_host(w);
}

void catalogue_lookup(const struct list_provider *p, const struct sl_url *url, uint64_t *bits)
{
    struct walk w = {.c = (const struct catalogue *)p, .url = url, .bits = bits};
    walk(&w);
}

size_t catalogue_matches(const struct list_provider *p, const struct sl_url *url, struct list_match *out,
                         size_t max)
{
    struct walk w = {.c = (const struct catalogue *)p, .url = url, .out = out, .max = max};
    walk(&w);
    return w.count;
}
