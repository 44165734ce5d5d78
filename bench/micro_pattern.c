/* micro_pattern - what does matching a URL against many regexes cost?
 *
 *   micro_pattern PATTERNS URLS [STEP]      one a line each; every STEP-th URL is used (1)
 *
 * Prints the cost of a URL for the whole set and for PCRE2 one by one, and how many answers differ, which
 * must be none. A pattern that the set refuses is counted and left out; so is one that hits the match limit
 * for a URL, in that comparison. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "policy/pattern.h"
#include "policy/pattern_literal.h"

struct lines {
    struct sl_str *items;
    size_t count, cap;
};

static struct lines read_lines(const char *path, size_t step)
{
    struct lines l = {0};
    char *line = NULL;
    size_t cap = 0, number = 0;
    ssize_t n;
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    while ((n = getline(&line, &cap, file)) > 0) {
        n -= line[n - 1] == '\n';
        if (n == 0 || number++ % step)
            continue;
        SL_GROW(l.items, l.count, &l.cap);
        l.items[l.count++] = sl_str(sl_strndup(line, (size_t)n), (size_t)n);
    }
    free(line);
    fclose(file);
    return l;
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct pattern_set *read_set(const struct lines *patterns, pcre2_code **codes)
{
    struct pattern_set *set = pattern_set_new();
    size_t refused = 0, without = 0, id;
    double start = cpu_ns();
    for (size_t i = 0; i < patterns->count; i++) {
        struct sl_err err;
        if (!pattern_set_add(set, patterns->items[i], PATTERN_URL, &id, &err)) {
            refused++;
            fprintf(stderr, "refused: %s\n", err.msg);
        }
    }
    pattern_set_seal(set);
    double end = cpu_ns();
    for (size_t i = 0; i < pattern_set_count(set); i++) {
        struct sl_arena arena;
        struct sl_str text = pattern_set_text(set, i);
        int rc;
        size_t at;
        codes[i] = pcre2_compile((PCRE2_SPTR)text.p, text.n, PCRE2_CASELESS, &rc, &at, NULL);
        pcre2_jit_compile(codes[i], PCRE2_JIT_COMPLETE);
        sl_arena_init(&arena, 0);
        if (pattern_requirement(text, &arena).first.count == 0) {
            without++;
            if (getenv("SHOW"))
                fprintf(stderr, "always: %.*s\n", SL_FMT(text));
        }
        sl_arena_fini(&arena);
    }
    printf("%zu patterns, %zu refused, %zu without a literal, compiled in %.3f s\n", pattern_set_count(set),
           refused, without, (end - start) / 1e9);
    return set;
}

static void time_set(const struct pattern_set *set, const struct lines *urls, uint64_t *all, size_t words)
{
    struct pattern_scratch *scratch = pattern_scratch_new();
    uint64_t *limited = sl_calloc(words, sizeof *limited);
    for (size_t i = 0; i < urls->count && i < 100; i++)
        pattern_set_match(set, scratch, urls->items[i], 0, limited, NULL);
    memset(limited, 0, words * sizeof *limited);
    double start = cpu_ns();
    for (size_t i = 0; i < urls->count; i++)
        pattern_set_match(set, scratch, urls->items[i], 0, all + i * words, limited);
    double end = cpu_ns();
    printf("set:        %10.0f ns a URL, %lu limits hit\n", (end - start) / (double)urls->count,
           pattern_scratch_limits_hit(scratch));
    free(limited);
    pattern_scratch_free(&scratch);
}

/* Returns how many answers differ from all. */
static size_t time_one_by_one(pcre2_code **codes, size_t count, const struct lines *urls, const uint64_t *all,
                              size_t words)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, 10000);
    size_t differ = 0, hits = 0;
    double start = cpu_ns();
    for (size_t i = 0; i < urls->count; i++) {
        struct sl_str url = urls->items[i];
        for (size_t k = 0; k < count; k++) {
            int rc = pcre2_jit_match(codes[k], (PCRE2_SPTR)url.p, url.n, 0, 0, data, context);
            bool got = all[i * words + k / 64] >> (k % 64) & 1;
            differ += got != (rc >= 0);
            hits += rc >= 0;
        }
    }
    double end = cpu_ns();
    printf("one by one: %10.0f ns a URL\n%zu matches, %zu answers differ\n",
           (end - start) / (double)urls->count, hits, differ);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return differ;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: micro_pattern PATTERNS URLS [STEP]\n");
        return 2;
    }
    uint64_t step = 1;
    if (argc > 3 && (!sl_str_u64(sl_cstr(argv[3]), UINT32_MAX, &step) || step == 0)) {
        fprintf(stderr, "micro_pattern: step '%s' is not a number from 1\n", argv[3]);
        return 2;
    }
    struct lines patterns = read_lines(argv[1], 1), urls = read_lines(argv[2], step);
    pcre2_code **codes = sl_calloc(patterns.count + 1, sizeof *codes);
    struct pattern_set *set = read_set(&patterns, codes);
    size_t count = pattern_set_count(set), words = (count + 63) / 64;
    uint64_t *all = sl_calloc(urls.count * words + 1, sizeof *all);
    time_set(set, &urls, all, words);
    size_t differ = time_one_by_one(codes, count, &urls, all, words);
    pattern_set_free(&set);
    free(all);
    return differ ? 1 : 0;
}
