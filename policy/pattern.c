/* pattern.c - see pattern.h: which of many regexes match this URL?
 *
 *   url ─ lower case ─ pattern_index_scan ─┐
 *                                          ├─ candidates ─ PCRE2 ─ bits
 *   patterns without a required literal ───┘
 *
 * Nearly no pattern can match a given URL, and for most of them a text that it requires proves it
 * (pattern_literal.c). Only those that remain run, compiled to machine code and limited: a pattern that
 * backtracks without end costs some 20 us, not the worker. Where the system allows no machine code of ours,
 * PCRE2's interpreter gives the same answers, slower.
 *
 * Threads: a sealed set changes no more and may be used by any number of threads; a scratch belongs to one.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "policy/pattern.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/bits.h"
#include "policy/pattern_code.h"
#include "policy/pattern_index.h"
#include "policy/url_parts.h"

enum { JIT_STACK_MIN = 64 * 1024, JIT_STACK_MAX = 1024 * 1024, NONE = UINT32_MAX };

struct pattern {
    const struct pattern_code *code; /* a reference */
    enum pattern_subject subject;
};
struct pattern_set {
    struct pattern *items;
    size_t count, cap;
    uint32_t *slots; /* finds a pattern by its code and subject: open addressing, a power of two */
    size_t slot_count;
    struct pattern_index *index;
    uint64_t *always; /* bit set of patterns without a required literal */
    bool sealed;
};
struct pattern_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    char *lower; /* the URL in lower case */
    size_t lower_cap;
    uint64_t *candidates;
    size_t words;
    uint64_t limits_hit;
};

struct pattern_set *pattern_set_new(void)
{
    struct pattern_set *set = sl_calloc(1, sizeof *set);
    set->index = pattern_index_new();
    return set;
}

void pattern_set_free(struct pattern_set **set)
{
    if (!*set)
        return;
    for (size_t i = 0; i < (*set)->count; i++)
        pattern_code_put((*set)->items[i].code);
    pattern_index_free(&(*set)->index);
    free((*set)->items);
    free((*set)->slots);
    free((*set)->always);
    free(*set);
    *set = NULL;
}

/* ---- adding ---- */

/* The slot where a pattern is, or where it would go. */
static uint32_t *find_slot(const struct pattern_set *set, const struct pattern *pattern)
{
    uint64_t hash = ((uint64_t)(uintptr_t)pattern->code + pattern->subject) * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = hash >> 32;; i++) {
        uint32_t *slot = &set->slots[i & (set->slot_count - 1)];
        if (*slot == NONE ||
            (set->items[*slot].subject == pattern->subject && set->items[*slot].code == pattern->code))
            return slot;
    }
}

static void make_room(struct pattern_set *set)
{
    if (set->count * 2 < set->slot_count)
        return;
    set->slot_count = SL_MAX(set->slot_count * 2, (size_t)64);
    set->slots = sl_reallocarray(set->slots, set->slot_count, sizeof *set->slots);
    memset(set->slots, 0xff, set->slot_count * sizeof *set->slots);
    for (size_t i = 0; i < set->count; i++)
        *find_slot(set, &set->items[i]) = (uint32_t)i;
}

static bool fail_with(struct sl_str regex, const struct pattern_fault *fault, struct sl_err *err)
{
    char shown[URL_SHOWN];
    url_shown(regex, shown);
    if (fault->syntax)
        return sl_fail(err, SL_BAD_INPUT, "regex '%s': %s at byte %zu", shown, fault->why, fault->at);
    return sl_fail(err, SL_BAD_INPUT, "regex '%s' %s", shown, fault->why);
}

/* Files a pattern under what a match requires; where nothing is known it is always a candidate. */
static void file(struct pattern_set *set, uint32_t id)
{
    const struct literals *first = &set->items[id].code->required.first;
    for (size_t i = 0; i < first->count; i++)
        pattern_index_add(set->index, first->items[i], id);
    if (id % 64 == 0) {
        set->always = sl_reallocarray(set->always, words_for(set->count), sizeof *set->always);
        set->always[id / 64] = 0;
    }
    if (first->count == 0)
        set->always[id / 64] |= UINT64_C(1) << (id % 64);
}

bool pattern_set_add(struct pattern_set *set, struct sl_str regex, enum pattern_subject subject,
                     size_t *out_id, struct sl_err *err)
{
    sl_assert(!set->sealed);
    struct pattern_fault fault;
    struct pattern pattern = {pattern_code_get(regex, &fault), subject};
    if (!pattern.code)
        return fail_with(regex, &fault, err);
    make_room(set);
    uint32_t *slot = find_slot(set, &pattern);
    if (*slot != NONE) {
        pattern_code_put(pattern.code);
        *out_id = *slot;
        return true;
    }
    SL_GROW(set->items, set->count, &set->cap);
    uint32_t id = *slot = (uint32_t)set->count++;
    set->items[id] = pattern;
    file(set, id);
    *out_id = id;
    return true;
}

void pattern_set_seal(struct pattern_set *set)
{
    if (!set->sealed)
        pattern_index_seal(set->index);
    set->sealed = true;
}

size_t pattern_set_count(const struct pattern_set *set)
{
    return set->count;
}

size_t pattern_set_always(const struct pattern_set *set)
{
    size_t always = 0;
    for (size_t i = 0; i < words_for(set->count); i++)
        always += (size_t)__builtin_popcountll(set->always[i]);
    return always;
}

struct sl_str pattern_set_text(const struct pattern_set *set, size_t id)
{
    sl_assert(id < set->count);
    return set->items[id].code->text;
}

/* ---- scratch ---- */

struct pattern_scratch *pattern_scratch_new(void)
{
    struct pattern_scratch *s = sl_calloc(1, sizeof *s);
    s->data = pcre2_match_data_create(1, NULL);
    s->context = pcre2_match_context_create(NULL);
    s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL); /* NULL where there is no JIT */
    sl_assert(s->data && s->context);
    pattern_limit(s->context);
    if (s->stack)
        pcre2_jit_stack_assign(s->context, NULL, s->stack);
    return s;
}

void pattern_scratch_free(struct pattern_scratch **scratch)
{
    struct pattern_scratch *s = *scratch;
    if (!s)
        return;
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    pcre2_jit_stack_free(s->stack);
    free(s->lower);
    free(s->candidates);
    free(s);
    *scratch = NULL;
}

uint64_t pattern_scratch_limits_hit(const struct pattern_scratch *scratch)
{
    return scratch->limits_hit;
}

/* Grows for the longest URL and the largest set seen, then never again. */
static void fit(struct pattern_scratch *s, size_t url_n, size_t words)
{
    if (url_n + PATTERN_INDEX_PADDING > s->lower_cap) {
        s->lower_cap = SL_MAX(url_n + PATTERN_INDEX_PADDING, s->lower_cap * 2);
        s->lower_cap = SL_MAX(s->lower_cap, (size_t)4096);
        free(s->lower);
        s->lower = sl_calloc(1, s->lower_cap);
    }
    if (words > s->words) {
        s->candidates = sl_reallocarray(s->candidates, words, sizeof *s->candidates);
        s->words = words;
    }
}

/* ---- matching ---- */

/* Eight bytes at a time: the high bit of each byte tells whether it is from A to Z, and moves to where it
 * makes a small letter. */
static uint64_t lower8(uint64_t x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low = x & (ones * 0x7f);
    uint64_t from_a = low + ones * (0x80 - 'A'), past_z = low + ones * (0x80 - 'Z' - 1);
    return x | ((from_a ^ past_z) & ~x & (ones * 0x80)) >> 2;
}

static void copy_lower(char *out, struct sl_str s)
{
    size_t i = 0;
    for (uint64_t x; i + sizeof x <= s.n; i += sizeof x) {
        memcpy(&x, s.p + i, sizeof x);
        x = lower8(x);
        memcpy(out + i, &x, sizeof x);
    }
    for (; i < s.n; i++)
        out[i] = sl_lower(s.p[i]);
}

/* Runs one pattern. Any end but "match" and "no match" is a limit. */
static void run(const struct pattern *pattern, struct pattern_scratch *s, struct sl_str url,
                size_t scheme_len, uint64_t bit, uint64_t *bits, uint64_t *limited)
{
    struct sl_str subject = pattern->subject == PATTERN_URL ? url : sl_str_sub(url, scheme_len, SIZE_MAX);
    int rc = pattern_code_match(pattern->code, subject, s->data, s->context);
    if (rc >= 0) {
        *bits |= bit;
    } else if (rc != PCRE2_ERROR_NOMATCH) {
        s->limits_hit++;
        if (limited)
            *limited |= bit;
    }
}

void pattern_set_match(const struct pattern_set *set, struct pattern_scratch *scratch, struct sl_str url,
                       size_t scheme_len, uint64_t *bits, uint64_t *limited)
{
    size_t words = words_for(set->count);
    sl_assert(set->sealed && scheme_len <= url.n);
    if (words == 0)
        return;
    fit(scratch, url.n, words);
    copy_lower(scratch->lower, url);
    memcpy(scratch->candidates, set->always, words * sizeof *set->always);
    struct sl_str lower = sl_str(scratch->lower, url.n);
    pattern_index_scan(set->index, lower, scratch->candidates);
    for (size_t w = 0; w < words; w++)
        for (uint64_t left = scratch->candidates[w]; left; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            const struct pattern *pattern = &set->items[w * 64 + i];
            if (pattern_code_may_match(pattern->code, lower))
                run(pattern, scratch, url, scheme_len, UINT64_C(1) << i, &bits[w],
                    limited ? &limited[w] : NULL);
        }
}
