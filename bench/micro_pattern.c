/* micro_pattern - what does matching a URL against many regexes cost?
 *
 *   micro_pattern PATTERNS URLS [STEP [ROUNDS]]     one a line each; every STEP-th URL is used (1)
 *
 * Prints what it takes to make the set, and to make it again beside the first, as each commit does; the cost
 * of a URL for the whole set (of ROUNDS, 3, the median) and for PCRE2 one by one (ROUNDS 0 leaves that out,
 * and times once), and how many answers differ, which must be none. A pattern that the set refuses is counted
 * and left out; so is one that hits the match limit for a URL, in that comparison. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "policy/pattern.h"
#include "policy/pattern_code.h"

enum { ROUNDS_MAX = 99 };

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

/* Bytes of memory in use by the process. */
static double resident(void)
{
    unsigned long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu %lu", &size, &pages) != 2)
        pages = 0;
    if (file)
        fclose(file);
    return (double)pages * 4096;
}

static struct pattern_set *make_set(const struct lines *patterns, size_t *out_refused)
{
    struct pattern_set *set = pattern_set_new();
    size_t id;
    *out_refused = 0;
    for (size_t i = 0; i < patterns->count; i++) {
        struct sl_err err;
        if (!pattern_set_add(set, patterns->items[i], PATTERN_URL, &id, &err)) {
            (*out_refused)++;
            if (getenv("SHOW"))
                fprintf(stderr, "refused: %s\n", err.msg);
        }
    }
    pattern_set_seal(set);
    return set;
}

static size_t count_always(const struct pattern_set *set)
{
    size_t without = 0;
    for (size_t i = 0; i < pattern_set_count(set); i++) {
        struct pattern_fault fault;
        const struct pattern_code *code = pattern_code_get(pattern_set_text(set, i), &fault);
        if (code->required.first.count == 0) {
            without++;
            if (getenv("SHOW"))
                fprintf(stderr, "always: %.*s\n", SL_FMT(code->text));
        }
        pattern_code_put(code);
    }
    return without;
}

static struct pattern_set *time_making(const struct lines *patterns)
{
    size_t refused;
    double memory = resident(), start = cpu_ns();
    struct pattern_set *set = make_set(patterns, &refused);
    double end = cpu_ns();
    printf("%zu patterns, %zu refused, %zu without a literal; made in %.1f ms, %.1f MB",
           pattern_set_count(set), refused, count_always(set), (end - start) / 1e6,
           (resident() - memory) / 1e6);
    memory = resident();
    start = cpu_ns();
    struct pattern_set *again = make_set(patterns, &refused);
    end = cpu_ns();
    printf("; again %.1f ms, %.1f MB\n", (end - start) / 1e6, (resident() - memory) / 1e6);
    pattern_set_free(&again);
    return set;
}

static pcre2_code **compile_alone(const struct pattern_set *set)
{
    pcre2_code **codes = sl_calloc(pattern_set_count(set) + 1, sizeof *codes);
    for (size_t i = 0; i < pattern_set_count(set); i++) {
        struct sl_str text = pattern_set_text(set, i);
        int rc;
        size_t at;
        codes[i] = pcre2_compile((PCRE2_SPTR)text.p, text.n, PCRE2_CASELESS, &rc, &at, NULL);
        pcre2_jit_compile(codes[i], PCRE2_JIT_COMPLETE);
    }
    return codes;
}

static double time_round(const struct pattern_set *set, const struct lines *urls, uint64_t *all, size_t words,
                         uint64_t *out_limits)
{
    struct pattern_scratch *scratch = pattern_scratch_new();
    uint64_t *limited = sl_calloc(words, sizeof *limited);
    double start = cpu_ns();
    for (size_t i = 0; i < urls->count; i++)
        pattern_set_match(set, scratch, urls->items[i], 0, all + i * words, limited);
    double end = cpu_ns();
    *out_limits = pattern_scratch_limits_hit(scratch);
    free(limited);
    pattern_scratch_free(&scratch);
    return (end - start) / (double)urls->count;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void time_set(const struct pattern_set *set, const struct lines *urls, uint64_t *all, size_t words,
                     size_t rounds)
{
    double ns[ROUNDS_MAX];
    uint64_t limits;
    if (rounds > 1)
        time_round(set, urls, all, words, &limits);
    for (size_t i = 0; i < rounds; i++)
        ns[i] = time_round(set, urls, all, words, &limits);
    qsort(ns, rounds, sizeof *ns, by_size);
    printf("set:        %10.0f ns a URL (%.0f to %.0f), %lu limits hit\n", ns[rounds / 2], ns[0],
           ns[rounds - 1], limits);
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

static uint64_t argument(int argc, char **argv, int i, uint64_t most, uint64_t usual)
{
    uint64_t value = usual;
    if (argc > i && !sl_str_u64(sl_cstr(argv[i]), most, &value)) {
        fprintf(stderr, "micro_pattern: '%s' is not a number up to %lu\n", argv[i], most);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: micro_pattern PATTERNS URLS [STEP [ROUNDS]]\n");
        return 2;
    }
    uint64_t step = argument(argc, argv, 3, UINT32_MAX, 1), rounds = argument(argc, argv, 4, ROUNDS_MAX, 3);
    struct lines patterns = read_lines(argv[1], 1), urls = read_lines(argv[2], SL_MAX(step, UINT64_C(1)));
    struct pattern_set *set = time_making(&patterns);
    size_t words = (pattern_set_count(set) + 63) / 64;
    uint64_t *all = sl_calloc(urls.count * words + 1, sizeof *all);
    time_set(set, &urls, all, words, SL_MAX(rounds, UINT64_C(1)));
    size_t differ =
        rounds ? time_one_by_one(compile_alone(set), pattern_set_count(set), &urls, all, words) : 0;
    pattern_set_free(&set);
    free(all);
    return differ ? 1 : 0;
}
