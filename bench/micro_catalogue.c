/* micro_catalogue.c - how fast are lists imported, compiled, opened and asked?
 *
 *   micro_catalogue URLS LIST...   URLS: one a line, or "-"; LIST: what `sluice lists add` takes
 *
 * Links with policy_lists, policy and base of a release build and their libraries.
 * URLs are asked in random order three times; the tables are far larger than the caches, so most are cold.
 * Prints CPU nanoseconds of one thread, best of three. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "sluice/lists.h"

struct lists {
    struct catalogue_source *items;
    size_t count, cap;
};

static double now_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const struct sl_err *err)
{
    fprintf(stderr, "micro_catalogue: %s\n", err->msg);
    exit(1);
}

/* Lists keep the import's files; names get the number of the source in front. */
static void import(const char *path, const char *dir, size_t number, struct lists *out)
{
    struct list_import imp;
    struct sl_err err;
    double start = now_s(CLOCK_THREAD_CPUTIME_ID);
    if (!list_import(path, NULL, dir, 4ull << 30, NULL, NULL, &imp, &err)) {
        fprintf(stderr, "micro_catalogue: passed over: %s\n", err.msg);
        return;
    }
    struct list_report sum = {0};
    for (size_t i = 0; i < imp.count; i++) {
        const struct list_part *part = &imp.parts[i];
        sum.lines += part->report.lines;
        sum.hosts += part->report.hosts;
        sum.urls += part->report.urls;
        sum.addresses += part->report.addresses;
        sum.expressions += part->report.expressions;
        sum.skipped += part->report.skipped;
        sum.errors += part->report.errors;
        if (getenv("FAULTS") != NULL)
            for (size_t k = 0; k < part->report.fault_count; k++)
                printf("  %s %s\n", part->name, part->report.faults[k].text);
        SL_GROW(out->items, out->count, &out->cap);
        struct catalogue_source *s = &out->items[out->count++];
        *s = (struct catalogue_source){.name = sl_asprintf("%zu/%s", number, part->name),
                                       .file = sl_strdup(part->file)};
        memcpy(s->sha256, part->sha256, sizeof s->sha256);
    }
    printf("%-12s %4zu lists %8" PRIu64 " lines: %8" PRIu64 " hosts %7" PRIu64 " urls %7" PRIu64
           " addresses %4" PRIu64 " expressions %6" PRIu64 " skipped %6" PRIu64 " errors, %" PRIu64
           " files left out: %.2f s  %s\n",
           imp.format, imp.count, sum.lines, sum.hosts, sum.urls, sum.addresses, sum.expressions, sum.skipped,
           sum.errors, imp.left_out.skipped, now_s(CLOCK_THREAD_CPUTIME_ID) - start, path);
    list_import_fini(&imp);
}

/* In random order, and parsed in it, so that the URLs themselves stand in memory in the order in which they
 * are asked. */
static struct sl_url *read_urls(const char *path, struct sl_arena *arena, size_t *out_n)
{
    struct sl_err err;
    struct sl_str *lines = NULL;
    char *data;
    size_t n, cap = 0, count = 0, parsed = 0;
    if (!fs_read(path, 1u << 30, &data, &n, &err))
        die(&err);
    struct sl_str rest = sl_str(data, n), line;
    while (sl_str_split(&rest, '\n', &line)) {
        SL_GROW(lines, count, &cap);
        lines[count++] = line;
    }
    srand(7);
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)rand() % i;
        struct sl_str swap = lines[i - 1];
        lines[i - 1] = lines[k];
        lines[k] = swap;
    }
    struct sl_url *urls = sl_reallocarray(NULL, count + 1, sizeof *urls);
    for (size_t i = 0; i < count; i++)
        if (lines[i].n > 0 && sl_url_parse_loose(lines[i], arena, &urls[parsed], &err))
            parsed++;
    free(lines);
    *out_n = parsed;
    return urls;
}

/* kind: 0 all, 1 only those that are listed, 2 only those that are not. */
static void ask(const struct list_provider *p, const struct sl_url *urls, size_t n, int kind,
                const char *name)
{
    uint64_t *bits = sl_calloc(p->count / 64 + 1, sizeof *bits);
    size_t words = p->count / 64 + 1, asked = 0, listed = 0;
    struct sl_url *chosen = sl_reallocarray(NULL, n + 1, sizeof *chosen);
    for (size_t i = 0; i < n; i++) {
        memset(bits, 0, words * sizeof *bits);
        p->lookup(p, &urls[i], bits);
        bool hit = false;
        for (size_t w = 0; w < words; w++)
            hit = hit || bits[w] != 0;
        listed += hit;
        if (kind == 0 || hit == (kind == 1))
            chosen[asked++] = urls[i];
    }
    double best = 1e9;
    for (int round = 0; round < 3; round++) {
        double start = now_s(CLOCK_THREAD_CPUTIME_ID);
        for (size_t i = 0; i < asked; i++) {
            bits[0] = 0;
            p->lookup(p, &chosen[i], bits);
        }
        best = SL_MIN(best, now_s(CLOCK_THREAD_CPUTIME_ID) - start);
    }
    if (asked > 0)
        printf("%-8s %8zu URLs (%zu listed): %.0f ns each\n", name, asked, listed,
               best / (double)asked * 1e9);
    free(chosen);
    free(bits);
}

int main(int argc, char **argv)
{
    struct lists lists = {0};
    struct sl_err err;
    struct list_provider *p;
    struct catalogue_stats stats;
    struct rusage usage;
    static const uint8_t secret[32] = "a key for measurements";
    char dir[] = "/tmp/micro_catalogue.XXXXXX";
    if (argc < 3 || mkdtemp(dir) == NULL)
        return fprintf(stderr, "usage: micro_catalogue URLS LIST...\n"), 2;
    for (int i = 2; i < argc; i++)
        import(argv[i], dir, (size_t)i - 1, &lists);
    getrusage(RUSAGE_SELF, &usage);
    long before_kib = usage.ru_maxrss;
    char *path = sl_asprintf("%s/catalogue", dir);
    double start = now_s(CLOCK_THREAD_CPUTIME_ID);
    if (!catalogue_build(lists.items, lists.count, secret, path, NULL, NULL, &err))
        die(&err);
    double built = now_s(CLOCK_THREAD_CPUTIME_ID);
    if (!catalogue_open(path, &p, &err))
        die(&err);
    double opened = now_s(CLOCK_THREAD_CPUTIME_ID);
    catalogue_stats(p, &stats);
    getrusage(RUSAGE_SELF, &usage);
    double entries = (double)(stats.hosts + stats.paths + stats.addresses);
    printf("build %.2f s, open %.0f ms: %zu lists, %" PRIu64 " sets, %" PRIu64 " hosts, %" PRIu64
           " paths, %" PRIu64
           " addresses; %.1f MB, %.1f bytes an entry; peak %ld MB (%ld after the import)\n",
           built - start, (opened - built) * 1e3, p->count, stats.sets, stats.hosts, stats.paths,
           stats.addresses, (double)stats.file_bytes / 1e6, (double)stats.file_bytes / entries,
           usage.ru_maxrss / 1024, before_kib / 1024);
    if (strcmp(argv[1], "-") != 0) {
        struct sl_arena arena;
        size_t n;
        sl_arena_init(&arena, 0);
        struct sl_url *urls = read_urls(argv[1], &arena, &n);
        ask(p, urls, n, 0, "all");
        ask(p, urls, n, 1, "listed");
        ask(p, urls, n, 2, "others");
        free(urls);
        sl_arena_fini(&arena);
    }
    p->unref(p);
    for (size_t i = 0; i < lists.count; i++) {
        free((char *)lists.items[i].name);
        free((char *)lists.items[i].file);
    }
    free(lists.items);
    free(path);
    return fs_remove_all(dir, &err) ? 0 : 1;
}
