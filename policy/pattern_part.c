/* pattern_part.c - see pattern_part.h.
 *
 * A sequence multiplies exact lists while they stay small: "colou?r" gives color and colour. Where that ends,
 * the list so far is a candidate for what a match needs, and a new run begins:
 *
 *     https?://(?:www\.)?(foo|bar)\.example/[a-z]+\.php     http://foo.example/ ..., then .php
 *
 * All texts are lower case and all sets hold both cases of their letters: patterns are caseless, and a part
 * that is not matches less. Every list and set may be too large, never too small. */
#include "policy/pattern_part.h"

enum { CLASS_MAX = 8, REPEAT_MAX = 64, WORK_MAX = 32768, NEED_MIN = 2 };

static const struct byte_set full = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

/* ---- sets of bytes ---- */

void byte_set_add(struct byte_set *set, unsigned char from, unsigned char to)
{
    for (unsigned c = from; c <= to; c++)
        set->w[c / 64] |= UINT64_C(1) << (c % 64);
}

void byte_set_invert(struct byte_set *set)
{
    for (int i = 0; i < 4; i++)
        set->w[i] = ~set->w[i];
}

static void unite(struct byte_set *set, const struct byte_set *other)
{
    for (int i = 0; i < 4; i++)
        set->w[i] |= other->w[i];
}

/* Adds the other case of each letter, 32 places up or down in the second word. */
static struct byte_set caseless(struct byte_set set)
{
    const uint64_t upper = UINT64_C(0x07fffffe), letters = set.w[1] & (upper | upper << 32);
    set.w[1] |= letters << 32 | letters >> 32;
    return set;
}

/* ---- lists of texts ---- */

/* An empty list with room for count texts. */
static struct literals list_new(struct pattern_budget *b, size_t count)
{
    b->texts += count;
    b->spent |= b->texts > WORK_MAX;
    return (struct literals){sl_arena_alloc(b->arena, count * sizeof(struct sl_str)), 0};
}

static struct literals list_of(struct pattern_budget *b, struct sl_str text)
{
    struct literals l = list_new(b, 1);
    l.items[l.count++] = text;
    return l;
}

static bool list_has(const struct literals *l, struct sl_str text)
{
    for (size_t i = 0; i < l->count; i++)
        if (sl_str_eq(l->items[i], text))
            return true;
    return false;
}

/* x and y together, each text once. False when that is too many. */
static bool list_join(struct pattern_budget *b, struct literals x, struct literals y, struct literals *out)
{
    struct literals l = list_new(b, x.count + y.count);
    for (size_t i = 0; i < x.count + y.count; i++) {
        struct sl_str text = i < x.count ? x.items[i] : y.items[i - x.count];
        if (!list_has(&l, text))
            l.items[l.count++] = text;
    }
    *out = l;
    return l.count <= LITERAL_TEXTS;
}

static size_t longest(const struct literals *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->count; i++)
        n = SL_MAX(n, l->items[i].n);
    return n;
}

/* Each text of x followed by each of y. False when that is too many or too long. */
static bool list_cross(struct pattern_budget *b, struct literals x, struct literals y, struct literals *out)
{
    if (x.count * y.count > LITERAL_TEXTS || longest(&x) + longest(&y) > LITERAL_MAX)
        return false;
    struct literals l = list_new(b, x.count * y.count);
    for (size_t i = 0; i < x.count * y.count; i++) {
        struct sl_str head = x.items[i / y.count], rest = y.items[i % y.count];
        char *text = sl_arena_bytes(b->arena, head.n + rest.n + 1);
        memcpy(text, head.p, head.n);
        memcpy(text + head.n, rest.p, rest.n);
        struct sl_str both = sl_str(text, head.n + rest.n);
        if (!list_has(&l, both))
            l.items[l.count++] = both;
    }
    *out = l;
    return true;
}

/* The need for one of these texts; none when one is too short to be looked for. */
static struct pattern_need need_for(struct literals texts, size_t shortest)
{
    struct pattern_need none = {.cost = UINT64_MAX}, need = {.texts = texts};
    for (size_t i = 0; i < texts.count; i++) {
        uint32_t frequency;
        if (texts.items[i].n < shortest)
            return none;
        pattern_gram_rarest(texts.items[i], &frequency);
        need.cost += frequency;
    }
    return texts.count ? need : none;
}

/* ---- parts ---- */

struct pattern_part pattern_part_nothing(struct pattern_budget *b)
{
    return (struct pattern_part){.exact = true, .texts = list_of(b, SL_STR("")), .maybe_empty = true};
}

struct pattern_part pattern_part_end(struct pattern_budget *b)
{
    struct pattern_part part = pattern_part_nothing(b);
    part.anchored = true;
    return part;
}

struct pattern_part pattern_part_any(void)
{
    struct pattern_need none = {.cost = UINT64_MAX};
    return (struct pattern_part){.first = none, .second = none, .last = full, .maybe_empty = true};
}

struct pattern_part pattern_part_byte(struct pattern_budget *b, char c)
{
    struct byte_set set = {{0}};
    byte_set_add(&set, (unsigned char)c, (unsigned char)c);
    return pattern_part_set(b, set);
}

struct pattern_part pattern_part_set(struct pattern_budget *b, struct byte_set set)
{
    struct pattern_part part = pattern_part_any();
    unsigned char members[CLASS_MAX];
    size_t n = 0;
    part.last = set = caseless(set);
    part.maybe_empty = false;
    for (unsigned c = 0; c < 256; c++) {
        if (!(set.w[c / 64] >> (c % 64) & 1) || (c >= 'A' && c <= 'Z'))
            continue;
        if (n == CLASS_MAX)
            return part;
        members[n++] = (unsigned char)c;
    }
    char *bytes = sl_arena_bytes(b->arena, n);
    part.exact = n > 0; /* an empty set matches nothing: claims nothing either */
    part.texts = list_new(b, n);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (char)members[i];
        part.texts.items[part.texts.count++] = sl_str(bytes + i, 1);
    }
    return part;
}

struct pattern_need pattern_part_need(const struct pattern_part *part)
{
    return part->exact ? need_for(part->texts, LITERAL_MIN) : part->first;
}

struct pattern_part pattern_part_or(struct pattern_budget *b, struct pattern_part one,
                                    struct pattern_part other)
{
    struct pattern_part both = pattern_part_any();
    struct pattern_need x = pattern_part_need(&one), y = pattern_part_need(&other);
    struct literals texts;
    both.exact = one.exact && other.exact && list_join(b, one.texts, other.texts, &both.texts);
    if (!both.exact && x.texts.count && y.texts.count && list_join(b, x.texts, y.texts, &texts))
        both.first = need_for(texts, LITERAL_MIN);
    both.last = one.last;
    unite(&both.last, &other.last);
    both.maybe_empty = one.maybe_empty || other.maybe_empty;
    both.anchored = one.anchored && other.anchored;
    return both;
}

/* ---- sequences ---- */

void pattern_sequence_init(struct pattern_sequence *s, struct pattern_budget *b)
{
    struct pattern_need none = {.cost = UINT64_MAX};
    *s = (struct pattern_sequence){
        .whole = true, .run = list_of(b, SL_STR("")), .first = none, .second = none, .maybe_empty = true};
}

/* Keeps the two best needs. Only what is long enough for the index may be first. */
static void consider(struct pattern_sequence *s, struct pattern_need need)
{
    bool indexable = need.texts.count && need_for(need.texts, LITERAL_MIN).texts.count;
    if (indexable && need.cost < s->first.cost) {
        s->second = s->first.cost < s->second.cost ? s->first : s->second;
        s->first = need;
    } else if (need.cost < s->second.cost) {
        s->second = need;
    }
}

/* Ends the run: what follows is not known to stand right behind it. */
static void break_run(struct pattern_sequence *s, struct pattern_budget *b)
{
    consider(s, need_for(s->run, NEED_MIN));
    s->run = list_of(b, SL_STR(""));
    s->whole = false;
}

static void append(struct pattern_sequence *s, struct pattern_budget *b, const struct pattern_part *part)
{
    if (!part->exact) {
        consider(s, part->first);
        consider(s, part->second);
        break_run(s, b);
        return;
    }
    if (list_cross(b, s->run, part->texts, &s->run))
        return;
    break_run(s, b);
    s->run = part->texts;
}

/* The texts of a part that may be missing. */
static void append_optional(struct pattern_sequence *s, struct pattern_budget *b,
                            const struct pattern_part *part, size_t max)
{
    struct pattern_part optional = {.exact = true};
    if (max == 1 && part->exact && list_join(b, list_of(b, SL_STR("")), part->texts, &optional.texts))
        append(s, b, &optional);
    else
        break_run(s, b);
}

/* Which bytes the sequence may end with, now that the part follows. */
static void add_tail(struct pattern_sequence *s, const struct pattern_part *part, size_t min)
{
    bool zero_width = part->exact && part->maybe_empty && part->texts.count == 1;
    if (min == 0 || part->maybe_empty)
        unite(&s->last, &part->last);
    else
        s->last = part->last;
    s->maybe_empty = s->maybe_empty && (min == 0 || part->maybe_empty);
    s->anchored = (min > 0 && part->anchored) || (s->anchored && zero_width);
}

void pattern_sequence_add(struct pattern_sequence *s, struct pattern_budget *b,
                          const struct pattern_part *part, size_t min, size_t max)
{
    if (max == 0)
        return;
    add_tail(s, part, min);
    if (min == 0) {
        append_optional(s, b, part, max);
        return;
    }
    for (size_t i = 0; i < min && i < REPEAT_MAX && !b->spent; i++)
        append(s, b, part);
    if (min == max && min <= REPEAT_MAX)
        return;
    break_run(s, b);
    /* What follows stands behind the last repetition. */
    if (part->exact)
        s->run = part->texts;
}

struct pattern_part pattern_sequence_end(struct pattern_sequence *s, struct pattern_budget *b)
{
    struct pattern_part part = {.exact = s->whole,
                                .texts = s->run,
                                .last = s->last,
                                .maybe_empty = s->maybe_empty,
                                .anchored = s->anchored};
    if (!s->whole)
        break_run(s, b);
    part.first = s->first;
    part.second = s->second;
    return part;
}
