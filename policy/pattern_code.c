/* pattern_code.c - see pattern_code.h: may this regex be used, and what does it take to run it?
 *
 * To compile a regex costs a thousand times what it costs to run it, and a policy differs from the one before
 * in a rule or two. So all codes stand in one table by their text, each as long as somebody has it: the next
 * snapshot finds those of the running one. It is a table of what is in use, not a cache: there is nothing to
 * size or to expire.
 *
 * Threads: the table has a lock, held for no longer than a look-up. Codes do not change, and are read without
 * it, but for their cost. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "policy/pattern_code.h"

#include <pcre2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sluice/policy.h"

enum {
    PATTERN_BYTES_MAX = 4096,
    MATCH_LIMIT = 10000,
    DEPTH_LIMIT = 1000,
    HEAP_LIMIT_KIB = 1024,
    SECOND_MAX = 4,
    CHAINS_LEAST = 64
};

/* A code in its chain of the table; what its texts need stands behind it in the same piece of memory. */
struct shared {
    struct pattern_code code;
    struct shared *next;
    size_t refs;
    uint64_t hash;
    struct pattern_cost cost; /* urls 0: nobody has asked; the one thing that is filled in later */
};
static struct {
    pthread_mutex_t lock;
    struct shared **chains; /* a power of two; NULL while there is no code */
    size_t chain_count, count;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- what is allowed ---- */

/* Verbs such as (*NO_JIT) or (*ACCEPT), and callouts. Reads escapes only: in a class or a quotation a "(*" is
 * taken for a verb too, and can be written "\(*". */
static bool has_verb(struct sl_str s, size_t *out_at)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\')
            i += i + 1 < s.n && s.p[i + 1] == 'c' ? 2 : 1;
        else if (s.p[i] == '(' && (sl_str_starts(sl_str_sub(s, i + 1, 1), SL_STR("*")) ||
                                   sl_str_starts(sl_str_sub(s, i + 1, 2), SL_STR("?C")))) {
            *out_at = i;
            return true;
        }
    }
    return false;
}

static bool matches_empty(pcre2_code *code)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    sl_assert(data && context);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    int rc = pcre2_match(code, (PCRE2_SPTR) "", 0, 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return rc >= 0;
}

static pcre2_code *refuse(struct pattern_fault *out, size_t at, const char *why)
{
    *out = (struct pattern_fault){.at = at};
    snprintf(out->why, sizeof out->why, "%s", why);
    return NULL;
}

static pcre2_code *compile(struct sl_str regex, struct pattern_fault *out)
{
    char why[128];
    int rc;
    size_t at = 0;
    if (regex.n > PATTERN_BYTES_MAX)
        return refuse(out, PATTERN_BYTES_MAX, "is longer than 4096 bytes; split it");
    if (has_verb(regex, &at))
        return refuse(out, at, "has a (*VERB) or callout, which are not allowed; a literal '(*' is '\\(*'");
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)(regex.n ? regex.p : ""), regex.n,
                                     PCRE2_CASELESS | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &rc, &at, NULL);
    if (!code) {
        pcre2_get_error_message(rc, (PCRE2_UCHAR *)why, sizeof why);
        refuse(out, at, why);
        out->syntax = true;
        return NULL;
    }
    if (!matches_empty(code))
        return code;
    pcre2_code_free(code);
    return refuse(out, 0, "matches the empty text, so it would match every URL");
}

void pattern_limit(pcre2_match_context *context)
{
    pcre2_set_match_limit(context, MATCH_LIMIT);
    pcre2_set_depth_limit(context, DEPTH_LIMIT);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
}

int pattern_code_match(const struct pattern_code *code, struct sl_str subject, pcre2_match_data *data,
                       pcre2_match_context *context)
{
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.p ? subject.p : "");
    return code->jit ? pcre2_jit_match(code->program, text, subject.n, 0, 0, data, context)
                     : pcre2_match(code->program, text, subject.n, 0, 0, data, context);
}

static bool has_one(const struct literals *l, struct sl_str text)
{
    for (size_t i = 0; i < l->count; i++)
        if (memmem(text.p, text.n, l->items[i].p, l->items[i].n))
            return true;
    return l->count == 0;
}

bool pattern_code_has_first(const struct pattern_code *code, struct sl_str lower)
{
    return has_one(&code->required.first, lower);
}

bool pattern_code_may_match(const struct pattern_code *code, struct sl_str lower)
{
    const struct pattern_requirement *required = &code->required;
    if (required->has_last && lower.n) {
        unsigned char c = (unsigned char)lower.p[lower.n - 1];
        if (c >= ' ' && !(required->last.w[c / 64] >> (c % 64) & 1))
            return false;
    }
    return has_one(&required->second, lower);
}

struct sl_str pattern_code_literal(const struct pattern_code *code)
{
    struct sl_str best = SL_STR("");
    for (size_t i = 0; i < code->required.first.count; i++)
        if (code->required.first.items[i].n > best.n)
            best = code->required.first.items[i];
    return best;
}

/* ---- one code ---- */

static size_t room_for(const struct literals *l)
{
    size_t n = l->count * sizeof *l->items;
    for (size_t i = 0; i < l->count; i++)
        n += l->items[i].n;
    return n;
}

static struct sl_str put_text(char **at, struct sl_str text)
{
    char *p = *at;
    if (text.n)
        memcpy(p, text.p, text.n);
    *at += text.n;
    return sl_str(p, text.n);
}

/* First the tables, for they want to be aligned, then all texts. */
static void put_literals(struct sl_str **items, char **at, struct literals *l)
{
    for (size_t i = 0; i < l->count; i++)
        (*items)[i] = put_text(at, l->items[i]);
    l->items = *items;
    *items += l->count;
}

static struct shared *shared_new(struct sl_str regex, pcre2_code *program)
{
    struct sl_arena arena;
    sl_arena_init(&arena, 0);
    struct pattern_requirement r = pattern_requirement(regex, &arena);
    if (r.second.count > SECOND_MAX)
        r.second.count = 0;
    struct shared *s = sl_calloc(1, sizeof *s + room_for(&r.first) + room_for(&r.second) + regex.n + 1);
    struct sl_str *items = (struct sl_str *)(s + 1);
    char *at = (char *)(items + r.first.count + r.second.count);
    put_literals(&items, &at, &r.first);
    put_literals(&items, &at, &r.second);
    s->code = (struct pattern_code){.program = program,
                                    .jit = pcre2_jit_compile(program, PCRE2_JIT_COMPLETE) == 0,
                                    .required = r,
                                    .text = put_text(&at, regex)};
    sl_arena_fini(&arena);
    return s;
}

static void shared_free(struct shared *s)
{
    pcre2_code_free(s->code.program);
    free(s);
}

/* ---- the table; call these with the lock ---- */

/* Where the code is linked in, or NULL at the end of its chain. */
static struct shared **find(uint64_t hash, struct sl_str regex)
{
    struct shared **link = &table.chains[hash & (table.chain_count - 1)];
    while (*link && ((*link)->hash != hash || !sl_str_eq((*link)->code.text, regex)))
        link = &(*link)->next;
    return link;
}

static void make_room(void)
{
    if (table.count < table.chain_count)
        return;
    size_t old_count = table.chain_count;
    struct shared **old = table.chains;
    table.chain_count = SL_MAX(old_count * 2, (size_t)CHAINS_LEAST);
    table.chains = sl_calloc(table.chain_count, sizeof(struct shared *));
    for (size_t i = 0; i < old_count; i++)
        for (struct shared *s = old[i], *next; s; s = next) {
            struct shared **chain = &table.chains[s->hash & (table.chain_count - 1)];
            next = s->next;
            s->next = *chain;
            *chain = s;
        }
    free(old);
}

/* What the table has under the text, made from fresh when it has nothing; a fresh one that is not needed
 * stays the caller's. NULL: neither. */
static struct shared *take(uint64_t hash, struct sl_str regex, struct shared **fresh)
{
    make_room();
    struct shared **link = find(hash, regex);
    if (!*link && *fresh) {
        *link = *fresh;
        *fresh = NULL;
        table.count++;
    }
    if (*link)
        (*link)->refs++;
    return *link;
}

static void unlink_code(struct shared *s)
{
    *find(s->hash, s->code.text) = s->next;
    if (--table.count > 0)
        return;
    free(table.chains);
    table.chains = NULL;
    table.chain_count = 0;
}

/* ---- references ---- */

static struct shared *take_locked(uint64_t hash, struct sl_str regex, struct shared **fresh)
{
    pthread_mutex_lock(&table.lock);
    struct shared *s = take(hash, regex, fresh);
    pthread_mutex_unlock(&table.lock);
    return s;
}

const struct pattern_code *pattern_code_get(struct sl_str regex, struct pattern_fault *out)
{
    uint64_t hash = XXH3_64bits(regex.n ? regex.p : "", regex.n);
    struct shared *fresh = NULL, *s = take_locked(hash, regex, &fresh);
    if (s)
        return &s->code;
    pcre2_code *program = compile(regex, out);
    if (!program)
        return NULL;
    fresh = shared_new(regex, program);
    fresh->hash = hash;
    s = take_locked(hash, fresh->code.text, &fresh);
    if (fresh) /* another thread was faster */
        shared_free(fresh);
    return &s->code;
}

void pattern_code_put(const struct pattern_code *code)
{
    struct shared *s = (struct shared *)code; /* its first member */
    if (!s)
        return;
    pthread_mutex_lock(&table.lock);
    bool last = --s->refs == 0;
    if (last)
        unlink_code(s);
    pthread_mutex_unlock(&table.lock);
    if (last)
        shared_free(s);
}

bool pattern_code_cost(const struct pattern_code *code, struct pattern_cost *out)
{
    pthread_mutex_lock(&table.lock);
    *out = ((const struct shared *)code)->cost;
    pthread_mutex_unlock(&table.lock);
    return out->urls > 0;
}

void pattern_code_set_cost(const struct pattern_code *code, const struct pattern_cost *cost)
{
    pthread_mutex_lock(&table.lock);
    ((struct shared *)code)->cost = *cost;
    pthread_mutex_unlock(&table.lock);
}

size_t pattern_code_count(void)
{
    pthread_mutex_lock(&table.lock);
    size_t count = table.count;
    pthread_mutex_unlock(&table.lock);
    return count;
}
