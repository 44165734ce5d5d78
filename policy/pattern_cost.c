/* pattern_cost.c - see pattern_cost.h.
 *
 *   sample of URLs ─ what it requires ─┬─ missing: costs nothing       runs, matches, given up: always the
 * same └─ there: it runs, is timed     run_ns: depends on machine and moment
 *
 * A time is taken of many runs together, until there are enough of them for the clock; the shortest of a few
 * such times is taken, for whatever disturbs makes it longer. Then come texts made to backtrack on: patterns
 * that nobody meets on usual URLs are what an attacker, or an odd site, sends. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "policy/pattern_cost.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ROUNDS = 3,
    ROUND_NS = 4000,
    BATCH = 64,        /* runs between two looks at the clock, which costs as much as several */
    ROUND_RUNS = 4096, /* at most, should the clock stand */
    STRESS_BYTES = 256,
    STRESS_MOST = 24,
    STRESS_HEAD = LITERAL_MAX + 32,
    STRESS_ROOM = STRESS_HEAD + STRESS_BYTES + STRESS_MOST + 2
};

struct pattern_gauge {
    policy_clock now_ns;
    pcre2_match_data *data;
    pcre2_match_context *context;
    char text[PATTERN_SAMPLE_URLS][PATTERN_SAMPLE_BYTES], lower[PATTERN_SAMPLE_URLS][PATTERN_SAMPLE_BYTES];
    size_t n[PATTERN_SAMPLE_URLS];
};

struct pattern_gauge *pattern_gauge_new(policy_clock now_ns)
{
    struct pattern_gauge *g = sl_calloc(1, sizeof *g);
    g->now_ns = now_ns;
    g->data = pcre2_match_data_create(1, NULL);
    g->context = pcre2_match_context_create(NULL);
    sl_assert(g->data && g->context);
    pattern_limit(g->context);
    for (size_t i = 0; i < PATTERN_SAMPLE_URLS; i++) {
        g->n[i] = pattern_sample_url(i, g->text[i]);
        sl_assert(g->n[i] < PATTERN_SAMPLE_BYTES);
        for (size_t k = 0; k < g->n[i]; k++)
            g->lower[i][k] = sl_lower(g->text[i][k]);
    }
    return g;
}

void pattern_gauge_free(struct pattern_gauge **gauge)
{
    struct pattern_gauge *g = *gauge;
    if (!g)
        return;
    pcre2_match_context_free(g->context);
    pcre2_match_data_free(g->data);
    free(g);
    *gauge = NULL;
}

static int run(struct pattern_gauge *g, const struct pattern_code *code, size_t i)
{
    return pattern_code_match(code, sl_str(g->text[i], g->n[i]), g->data, g->context);
}

/* ---- texts to backtrack on ---- */

static bool is_word(char c)
{
    c = sl_lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The distinct letters and digits of the regex, then some bytes that classes hold. Returns how many. */
static size_t stress_bytes(struct sl_str regex, char out[STRESS_MOST])
{
    static const char others[] = "a0/.-";
    bool seen[256] = {false};
    size_t found = 0;
    for (size_t k = 0; k < regex.n + strlen(others) && found < STRESS_MOST; k++) {
        char c = k < regex.n ? sl_lower(regex.p[k]) : others[k - regex.n];
        if (seen[(unsigned char)c] || (k < regex.n && !is_word(c)))
            continue;
        seen[(unsigned char)c] = true;
        out[found++] = c;
    }
    return found;
}

/* "http://h.test/", what the pattern requires, one byte again and again, and an end that it seldom expects;
 * in the end each byte of it once more, since PCRE2 gives up at once where one that it needs is nowhere. */
static size_t stress_text(struct sl_str literal, const char *bytes, size_t count, char c,
                          char out[STRESS_ROOM])
{
    size_t n = (size_t)snprintf(out, STRESS_HEAD, "http://h.test/%.*s", SL_FMT(literal));
    memset(out + n, c, STRESS_BYTES);
    n += STRESS_BYTES;
    out[n++] = '!';
    memcpy(out + n, bytes, count);
    n += count;
    out[n++] = '!';
    return n;
}

static bool is_heavy(struct pattern_gauge *g, const struct pattern_code *code)
{
    char bytes[STRESS_MOST], text[STRESS_ROOM];
    struct sl_str literal = pattern_code_literal(code);
    size_t count = stress_bytes(code->text, bytes);
    for (size_t i = 0; i < count; i++) {
        size_t n = stress_text(literal, bytes, count, bytes[i], text);
        int rc = pattern_code_match(code, sl_str(text, n), g->data, g->context);
        if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
            return true;
    }
    return false;
}

/* ---- usual URLs ---- */

/* Nanoseconds of one run on the URLs listed. */
static double time_round(struct pattern_gauge *g, const struct pattern_code *code, const uint16_t *urls,
                         size_t count)
{
    size_t runs = 0;
    int64_t begin = g->now_ns(), now = begin;
    for (; now - begin < ROUND_NS && runs < ROUND_RUNS; now = g->now_ns())
        for (size_t i = 0; i < BATCH; i++, runs++)
            run(g, code, urls[runs % count]);
    return (double)(now - begin) / (double)runs;
}

static unsigned time_runs(struct pattern_gauge *g, const struct pattern_code *code, const uint16_t *urls,
                          size_t count)
{
    double least = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double ns = time_round(g, code, urls, count);
        least = round == 0 ? ns : SL_MIN(least, ns);
    }
    return (unsigned)(least + 0.5);
}

/* The URLs on which it has to run. */
static size_t find_runs(const struct pattern_gauge *g, const struct pattern_code *code,
                        uint16_t out[PATTERN_SAMPLE_URLS])
{
    size_t count = 0;
    for (uint16_t i = 0; i < PATTERN_SAMPLE_URLS; i++) {
        struct sl_str lower = sl_str(g->lower[i], g->n[i]);
        if (pattern_code_has_first(code, lower) && pattern_code_may_match(code, lower))
            out[count++] = i;
    }
    return count;
}

static struct pattern_cost count(struct pattern_gauge *g, const struct pattern_code *code)
{
    uint16_t runs[PATTERN_SAMPLE_URLS];
    struct pattern_cost cost = {.urls = PATTERN_SAMPLE_URLS,
                                .runs = (unsigned)find_runs(g, code, runs),
                                .always = code->required.first.count == 0};
    for (size_t i = 0; i < cost.runs; i++) {
        int rc = run(g, code, runs[i]);
        cost.matches += rc >= 0;
        cost.given_up += rc < 0 && rc != PCRE2_ERROR_NOMATCH;
    }
    cost.heavy = cost.given_up > 0 || is_heavy(g, code);
    return cost;
}

/* What runs on none of the URLs is timed on some all the same. */
static unsigned time_code(struct pattern_gauge *g, const struct pattern_code *code)
{
    static const uint16_t some[] = {0, 1, 2};
    uint16_t runs[PATTERN_SAMPLE_URLS];
    size_t n = find_runs(g, code, runs);
    return n ? time_runs(g, code, runs, n) : time_runs(g, code, some, SL_COUNT(some));
}

/* What was found once is kept with the code, so that a large policy is measured as it grows. */
struct pattern_cost pattern_gauge_measure(struct pattern_gauge *g, const struct pattern_code *code)
{
    struct pattern_cost cost;
    bool known = pattern_code_cost(code, &cost), timed = g->now_ns && !(known && cost.run_ns);
    if (!known)
        cost = count(g, code);
    if (timed)
        cost.run_ns = SL_MAX(time_code(g, code), 1u);
    if (!known || timed)
        pattern_code_set_cost(code, &cost);
    return cost;
}
