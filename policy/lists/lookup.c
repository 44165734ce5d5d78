/* lookup.c - which lists hold a URL: the hot path. No allocation, no branch on the number of lists or
 * entries; a decision adds one row of its own table for each set that was found, whatever is in the set.
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
/* The slots, as a set of bits, whose tag and length agree; a free slot has the length 0 of no name. */
static inline unsigned candidates(const struct bucket *b, uint8_t tag, uint8_t len)
{
    __m128i tags = _mm_loadu_si128((const __m128i *)(const void *)b->tag);
    __m128i lens = _mm_loadu_si128((const __m128i *)(const void *)b->len);
    __m128i both = _mm_and_si128(_mm_cmpeq_epi8(tags, _mm_set1_epi8((char)tag)),
                                 _mm_cmpeq_epi8(lens, _mm_set1_epi8((char)len)));
    return (unsigned)_mm_movemask_epi8(both) & ((1u << BUCKET_SLOTS) - 1);
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
    for (unsigned i = 0; i < BUCKET_SLOTS; i++)
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

/* n > 0. Names are short: a call of memcmp costs more than the comparison. */
static inline bool same(const char *a, const char *b, size_t n)
{
    if (n < 4)
        return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
    if (n < 8)
        return hash_load(a, 4) == hash_load(b, 4) && hash_load(a + n - 4, 4) == hash_load(b + n - 4, 4);
    for (size_t i = 0; i + 8 < n; i += 8)
        if (hash_load(a + i, 8) != hash_load(b + i, 8))
            return false;
    return hash_load(a + n - 8, 8) == hash_load(b + n - 8, 8);
}

/* Neither a bucket's offset nor the end of a run is taken on trust: see catalogue.h. */
static inline __attribute__((always_inline)) bool table_find(const struct name_table *t, uint64_t hash,
                                                             const char *name, size_t len, struct found *out)
{
    uint32_t at = bucket_home(hash, t->homes), end = SL_MIN(at + LAYOUT_MAX_RUN, t->count);
    do {
        const struct bucket *b = &t->buckets[at];
        for (unsigned left = candidates(b, bucket_tag(hash), (uint8_t)len); left != 0; left &= left - 1) {
            unsigned slot = (unsigned)__builtin_ctz(left);
            uint64_t off = (uint64_t)b->name_off + names_before(b, slot);
            if (SL_LIKELY(off + len <= t->names_n && same(t->names + off, name, len))) {
                *out = (struct found){b->value[slot], at * BUCKET_SLOTS + slot};
                return true;
            }
        }
        if (SL_LIKELY(!b->overflow))
            return false;
    } while (++at < end);
    return false;
}

/* ---- what was found ---- */

/* Bits of enum rest under which a member holds the URL. */
static const uint8_t holds[] = {
    [MEMBER_BELOW] = 7, [MEMBER_EXACT] = 1, [MEMBER_TWIN] = 3, [MEMBER_UNDER] = 6};

/* One question. What is found goes into out[] by way of the table, or into bits[], or is kept as matches. */
struct walk {
    const struct catalogue *c;
    const struct sl_url *url;
    const struct list_table *table;
    uint64_t *bits; /* of the table's owner, or of lists */
    struct list_match *out;
    size_t count, max;
    bool by_path; /* an entry with a path had a say */
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

static void drop_matches(struct walk *w, unsigned list)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->count; i++)
        if (w->out[i].list != list)
            w->out[kept++] = w->out[i];
    w->count = kept;
}

/* What a set says of a name, member by member: first what holds it, then what takes it back. */
static void take_members(struct walk *w, unsigned set, enum rest rest, struct list_match match)
{
    const uint16_t *start = w->c->members + w->c->set_start[set],
                   *end = w->c->members + w->c->set_start[set + 1];
    for (int except = 0; except < 2; except++)
        for (const uint16_t *m = start; m < end; m++) {
            match.list = (uint16_t)member_list(*m);
            if (member_excepts(*m) != except || !(holds[member_kind(*m)] >> rest & 1))
                continue;
            if (w->out == NULL && except)
                w->bits[match.list / 64] &= ~(1ull << match.list % 64);
            else if (w->out == NULL)
                w->bits[match.list / 64] |= 1ull << match.list % 64;
            else if (except)
                drop_matches(w, match.list);
            else
                keep_match(w, match);
        }
}

static inline void take_row(const struct list_table *t, size_t row, uint64_t *out)
{
    const uint64_t *words = t->rows + row * (t->words + t->except_words);
    for (size_t i = 0; i < t->words; i++)
        out[i] |= words[i];
    for (size_t i = 0; i < t->except_words; i++)
        out[t->words - t->except_words + i] &= ~words[t->words + i];
}

static inline void take_set(struct walk *w, unsigned set, enum rest rest, unsigned labels, unsigned pieces)
{
    if (SL_UNLIKELY(set >= w->c->sets))
        return; /* of a damaged file */
    if (SL_LIKELY(w->table != NULL))
        take_row(w->table, (size_t)set * REST_COUNT + rest, w->bits);
    else
        take_members(
            w, set, rest,
            (struct list_match){.labels = (uint16_t)labels, .pieces = (uint16_t)pieces, .path = pieces > 0});
}

/* ---- paths ---- */

struct place { /* where a walk stands */
    uint64_t hash;
    uint32_t slot;   /* of the host table with PARENT_IS_HOST, else of the path table */
    unsigned pieces; /* behind the host */
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
    at->pieces++;
    *out_value = found.value;
    return true;
}

static void walk_pieces(struct walk *w, struct place at, unsigned labels)
{
    struct pieces it = pieces_of(w->url->path, w->url->query, w->url->has_query);
    struct piece piece;
    unsigned value;
    while (pieces_next(&it, &piece) && step(w, &at, piece.kind, piece.text, &value)) {
        if ((value & VALUE_SET) != 0) {
            take_set(w, value & VALUE_SET, REST_NONE, labels, at.pieces);
            w->by_path = true;
        }
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
        take_set(w, value & VALUE_SET, REST_NONE, labels, host.pieces);
    if (value & VALUE_HAS_CHILD)
        walk_pieces(w, host, labels);
}

/* ---- labels ---- */

#if defined(LOOKUP_SSE2)
static inline uint64_t dots_in_8(const char *p)
{
    __m128i block = _mm_loadl_epi64((const __m128i *)(const void *)p);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('.'))) & 0xff;
}
static inline uint64_t dots_in_16(const char *p)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('.')));
}
#endif

/* Bit i: p[i] is a dot. n is at most 64. The last block overlaps the one before it: there is no tail. */
static inline uint64_t dots_in(const char *p, size_t n)
{
    uint64_t dots = 0;
    size_t i = 0;
#if defined(LOOKUP_SSE2)
    if (n >= 16) {
        for (; i + 16 < n; i += 16)
            dots |= dots_in_16(p + i) << i;
        return dots | dots_in_16(p + n - 16) << (n - 16);
    }
    if (n >= 8)
        return dots_in_8(p) | dots_in_8(p + n - 8) << (n - 8);
#endif
    for (; i < n; i++)
        dots |= (uint64_t)(p[i] == '.') << i;
    return dots;
}

/* The labels of a host from the right, by where they start. */
struct labels {
    const char *host;
    size_t base; /* dots tells of the bytes from here on; nothing before was looked at */
    uint64_t dots;
};

static inline struct labels labels_of(struct sl_str host)
{
    size_t base = host.n > 64 ? host.n - 64 : 0;
    return (struct labels){host.p, base, dots_in(host.p + base, host.n - base)};
}

static inline size_t labels_next(struct labels *l)
{
    while (l->dots == 0) {
        if (l->base == 0)
            return 0;
        size_t base = l->base > 64 ? l->base - 64 : 0;
        l->dots = dots_in(l->host + base, l->base - base);
        l->base = base;
    }
    unsigned last = 63 - (unsigned)__builtin_clzll(l->dots);
    l->dots ^= 1ull << last;
    return l->base + last + 1;
}

/* ---- hosts and addresses ---- */

static inline enum rest rest_of(struct sl_str host, size_t start)
{
    if (start == 0)
        return REST_NONE;
    return start == 4 && memcmp(host.p, "www.", 4) == 0 ? REST_WWW : REST_OTHER;
}

static inline bool has_more_than_host(const struct catalogue *c, const struct sl_url *url)
{
    return url->path.n > 0 || url->has_query || c->has_ports;
}

static void walk_host(struct walk *w)
{
    const struct catalogue *c = w->c;
    struct sl_str host = w->url->host;
    if (host.n == 0 || host.n > LAYOUT_MAX_HOST || host.p[host.n - 1] == '.')
        return;
    struct labels labels = labels_of(host);
    size_t end = host.n;
    uint64_t hash = 0;
    for (unsigned count = 1;; count++) {
        struct found found;
        size_t start = labels_next(&labels);
        hash = hash_label(c->key, hash, NODE_LABEL, host.p + start, end - start);
        if (!table_find(&c->hosts, hash, host.p + start, host.n - start, &found))
            return;
        enum rest rest = rest_of(host, start);
        if ((found.value & VALUE_SET) != 0)
            take_set(w, found.value & VALUE_SET, rest, count, 0);
        if ((found.value & VALUE_HAS_PATH) && rest != REST_OTHER && has_more_than_host(c, w->url))
            walk_paths(w, (struct place){.hash = hash, .slot = found.slot}, count);
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
        take_set(w, set, REST_NONE, 1, 0);
    if (w->c->paths.homes == 0 || url->host.n == 0 || url->host.n > LAYOUT_MAX_HOST)
        return;
    uint64_t hash = hash_label(w->c->key, 0, NODE_ADDRESS, url->host.p, url->host.n);
    if (table_find(&w->c->hosts, hash, url->host.p, url->host.n, &found) && (found.value & VALUE_HAS_PATH))
        walk_paths(w, (struct place){.hash = hash, .slot = found.slot}, 1);
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

bool catalogue_gather(const struct list_provider *p, const struct sl_url *url, const struct list_table *t,
                      uint64_t *out)
{
    struct walk w = {.c = (const struct catalogue *)p, .url = url, .table = t, .bits = out};
    walk(&w);
    return w.by_path;
}

void catalogue_row(const struct list_provider *p, size_t row, uint64_t *row_holds, uint64_t *excepts)
{
    const struct catalogue *c = (const struct catalogue *)p;
    size_t set = row / REST_COUNT;
    for (uint32_t i = c->set_start[set]; i < c->set_start[set + 1]; i++) {
        uint16_t m = c->members[i];
        if (holds[member_kind(m)] >> row % REST_COUNT & 1)
            (member_excepts(m) ? excepts : row_holds)[member_list(m) / 64] |= 1ull << member_list(m) % 64;
    }
}

size_t catalogue_matches(const struct list_provider *p, const struct sl_url *url, struct list_match *out,
                         size_t max)
{
    struct walk w = {.c = (const struct catalogue *)p, .url = url, .out = out, .max = max};
    walk(&w);
    return w.count;
}
