/* micro_catalogue.c - what does the catalogue cost: built from how many seconds, bytes and memory, opened and
 * asked how fast?
 *
 *   micro_catalogue URLS FILE...       URLS: one a line, FILE: "domain or url<TAB>category,category" a line
 *   micro_catalogue --synthesise N     N million made-up domains in 100 categories, and URLs half of which
 * hit
 *
 * Each category becomes a list. Questions come in random order and the tables are far larger than the caches,
 * so most are cold; times are CPU time of this thread, the best of three rounds. Instructions a lookup:
 *
 *   valgrind --tool=callgrind --toggle-collect=ask_hosts micro_catalogue URLS FILE...
 *
 * (or ask_paths), divided by the number of lookups that the table tells. ONCE=1 asks one round. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "sluice/lists.h"

enum { MAX_CATEGORIES = 1000, SYNTHETIC_CATEGORIES = 100, SYNTHETIC_URLS = 200000 };
static const uint8_t secret[32] = "a key for measurements";

struct bench {
    char dir[40];
    char *names[MAX_CATEGORIES];
    FILE *files[MAX_CATEGORIES];
    struct catalogue_source *sources;
    size_t count;
    uint64_t domains; /* distinct lines that came in */
    char *urls;       /* one a line */
    size_t urls_n;
};

static double now_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static double cpu_s(void)
{
    return now_s(CLOCK_THREAD_CPUTIME_ID);
}

/* What one access to memory costs that no cache holds and nobody could foresee: machines differ by far more
 * in this than in anything else that a look-up does. */
static double memory_ns(void)
{
    enum { LINE = 64, BYTES = 96 << 20, STEPS = 1000000 };
    size_t lines = BYTES / LINE, at = 0;
    uint64_t *next = sl_calloc(lines, LINE), random = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < lines; i++)
        next[i * LINE / 8] = i;
    for (size_t i = lines - 1; i > 0; i--) { /* one cycle through all of them */
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t k = (random >> 33) % i;
        uint64_t other = next[i * LINE / 8];
        next[i * LINE / 8] = next[k * LINE / 8];
        next[k * LINE / 8] = other;
    }
    double before_s = cpu_s();
    for (int i = 0; i < STEPS; i++)
        at = next[at * LINE / 8];
    double ns = (cpu_s() - before_s) * 1e9 / STEPS;
    if (at == lines) /* never; the walk must not be left out */
        puts("");
    free(next);
    return ns;
}

static void check(bool ok, const struct sl_err *err)
{
    if (ok)
        return;
    fprintf(stderr, "micro_catalogue: %s\n", err->msg);
    exit(1);
}

/* ---- what goes in ---- */

static FILE *file_of(struct bench *b, struct sl_str category)
{
    for (size_t i = 0; i < b->count; i++)
        if (sl_str_eq(category, sl_cstr(b->names[i])))
            return b->files[i];
    if (b->count == MAX_CATEGORIES)
        exit(fprintf(stderr, "micro_catalogue: more than %d categories\n", MAX_CATEGORIES));
    b->names[b->count] = sl_str_dup(category);
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/%zu.txt", b->dir, b->count);
    if ((b->files[b->count] = fopen(path, "w")) == NULL)
        exit(fprintf(stderr, "micro_catalogue: cannot write %s\n", path));
    return b->files[b->count++];
}

static void add_entry(struct bench *b, struct sl_str entry, struct sl_str categories)
{
    struct sl_str category;
    b->domains += memchr(entry.p, '/', entry.n) == NULL;
    while (sl_str_split(&categories, ',', &category)) {
        FILE *f = file_of(b, category);
        fwrite(entry.p, 1, entry.n, f);
        putc('\n', f);
    }
}

static void read_entries(struct bench *b, const char *path)
{
    struct sl_err err;
    char *data;
    size_t n;
    check(fs_read(path, 4u << 29, &data, &n, &err), &err);
    struct sl_str rest = sl_str(data, n), line;
    while (sl_str_split(&rest, '\n', &line)) {
        size_t tab = sl_str_find(line, '\t');
        if (tab < line.n)
            add_entry(b, sl_str_sub(line, 0, tab), sl_str_sub(line, tab + 1, line.n));
    }
    free(data);
}

static uint64_t random_state = 0x9e3779b97f4a7c15u;
static uint32_t draw(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) * below >> 32);
}

/* Names as real lists have them: 19 bytes on average, two labels in six of ten. */
static size_t make_name(char out[128])
{
    static const char *const ends[] = {"com",  "com", "com", "com", "com",   "net",    "org",       "ru",
                                       "info", "de",  "xyz", "top", "co.uk", "com.br", "pages.dev", "tk"};
    static const char *const parts[] = {"ba", "co",  "de",  "fil", "ga", "ho",  "in", "jo",
                                        "ka", "lem", "ma",  "no",  "pa", "qui", "ro", "sta",
                                        "tu", "vi",  "web", "x",   "yo", "zen"};
    unsigned kind = draw(100), labels = kind < 61 ? 1 : kind < 86 ? 2 : kind < 95 ? 3 : 4;
    size_t n = 0;
    for (; labels > 0; labels--) {
        for (unsigned left = labels == 1 ? 4 + draw(3) : 1 + draw(2); left > 0; left--)
            n += (size_t)snprintf(out + n, 128 - n, "%s", parts[draw(SL_COUNT(parts))]);
        n += (size_t)snprintf(out + n, 128 - n, "%u.", draw(10));
    }
    return n + (size_t)snprintf(out + n, 128 - n, "%s", ends[draw(SL_COUNT(ends))]);
}

/* A third of real domains are in two or more categories; a few categories hold most, and of the ways in which
 * they overlap there are some 1,400. */
static void add_to_categories(struct bench *b, struct sl_str name)
{
    char list[64];
    uint32_t way = 0;
    for (size_t i = 0; i < name.n; i++) /* a name that comes twice is in the same ones */
        way = (way ^ (unsigned char)name.p[i]) * 16777619u;
    way = (way >> 8) % 1400;
    uint32_t rank = way % SYNTHETIC_CATEGORIES;
    int n = snprintf(list, sizeof list, "c%u", rank / (1 + way % 7));
    if (way % 3 == 0)
        n += snprintf(list + n, sizeof list - (size_t)n, ",d%u", way % 97);
    if (way % 10 == 0)
        n += snprintf(list + n, sizeof list - (size_t)n, ",e%u", way % 13);
    add_entry(b, name, sl_str(list, (size_t)n));
}

static void make_entries(struct bench *b, uint64_t count)
{
    char name[128];
    struct sl_text urls = {0};
    for (uint64_t i = 0; i < count; i++) {
        size_t n = make_name(name);
        add_to_categories(b, sl_str(name, n));
        if (draw((uint32_t)(count / (SYNTHETIC_URLS / 2))) == 0) {
            sl_text_addf(&urls, "https://%s%s/a/%u?b\n", draw(2) ? "www." : "", name, draw(1000));
            n = make_name(name);
            sl_text_addf(&urls, "https://%s.absent/a/%u?b\n", name, draw(1000));
        }
    }
    b->urls = urls.p;
    b->urls_n = urls.n;
}

static void import_all(struct bench *b)
{
    struct sl_err err;
    double start = cpu_s();
    uint64_t lines = 0;
    b->sources = sl_calloc(b->count, sizeof *b->sources);
    for (size_t i = 0; i < b->count; i++) {
        struct list_import imp;
        SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/%zu.txt", b->dir, i);
        fclose(b->files[i]);
        check(list_import(path, "plain", b->dir, 4ull << 30, NULL, NULL, &imp, &err), &err);
        b->sources[i] = (struct catalogue_source){.name = b->names[i], .file = sl_strdup(imp.parts[0].file)};
        memcpy(b->sources[i].sha256, imp.parts[0].sha256, 32);
        lines += imp.parts[0].report.lines;
        list_import_fini(&imp);
        unlink(path);
    }
    double took = cpu_s() - start;
    printf("import           %8.2f s    %" PRIu64 " lines of %zu lists, %.2f s a million\n", took, lines,
           b->count, took / (double)lines * 1e6);
}

/* In a process of its own, so that the peak is the build's alone. */
static void build(struct bench *b, const char *path)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct sl_err err;
        struct rusage usage;
        double start = cpu_s();
        check(catalogue_build(b->sources, b->count, secret, path, NULL, NULL, &err), &err);
        getrusage(RUSAGE_SELF, &usage);
        printf("build            %8.2f s    peak %ld MB\n", cpu_s() - start, usage.ru_maxrss / 1024);
        fflush(stdout);
        _exit(0);
    }
    int status = 1;
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        exit(1);
}

/* ---- what is asked ---- */

/* In random order, and parsed in it, so that the URLs stand in memory in the order in which they are asked.
 */
static struct sl_url *parse_urls(const struct bench *b, struct sl_arena *arena, size_t *out_n)
{
    struct sl_str *lines = NULL;
    size_t cap = 0, count = 0, parsed = 0;
    struct sl_str rest = sl_str(b->urls, b->urls_n), line;
    while (sl_str_split(&rest, '\n', &line)) {
        SL_GROW(lines, count, &cap);
        lines[count++] = line;
    }
    for (size_t i = count; i > 1; i--) {
        size_t k = draw((uint32_t)i);
        struct sl_str swap = lines[i - 1];
        lines[i - 1] = lines[k];
        lines[k] = swap;
    }
    struct sl_url *urls = sl_reallocarray(NULL, count + 1, sizeof *urls);
    for (size_t i = 0; i < count; i++)
        if (lines[i].n > 0 && sl_url_parse_loose(lines[i], arena, &urls[parsed], NULL))
            parsed++;
    free(lines);
    *out_n = parsed;
    return urls;
}

struct asking {
    const struct list_provider *lists;
    struct list_table table; /* each list is a category */
    const struct sl_url *urls;
    size_t n;
    uint64_t *bits;
};
typedef void asker(const struct asking *a);

static __attribute__((noinline)) void ask_hosts(const struct asking *a)
{
    for (size_t i = 0; i < a->n; i++)
        a->lists->gather(a->lists, &a->urls[i], &a->table, a->bits);
}
static __attribute__((noinline)) void ask_paths(const struct asking *a)
{
    for (size_t i = 0; i < a->n; i++)
        a->lists->gather(a->lists, &a->urls[i], &a->table, a->bits);
}

static struct list_table table_of(const struct list_provider *lists)
{
    struct list_table t = {.words = (lists->count + 63) / 64};
    t.rows = sl_calloc(lists->rows * t.words, sizeof *t.rows);
    uint64_t *excepts = sl_calloc(t.words, sizeof *excepts);
    for (size_t i = 0; i < lists->rows; i++)
        lists->row(lists, i, t.rows + i * t.words, excepts);
    free(excepts);
    return t;
}

static void measure(const struct asking *a, asker *ask, const char *what)
{
    double best = 1e9;
    for (int round = getenv("ONCE") != NULL ? 1 : 3; round > 0; round--) {
        double start = cpu_s();
        ask(a);
        best = SL_MIN(best, cpu_s() - start);
    }
    if (a->n > 0)
        printf("%-16s %8.0f ns   %zu lookups\n", what, best / (double)a->n * 1e9, a->n);
}

static bool is_listed(const struct asking *a, const struct sl_url *url)
{
    size_t words = (a->lists->count + 63) / 64;
    uint64_t any = 0;
    memset(a->bits, 0, words * sizeof *a->bits);
    a->lists->gather(a->lists, url, &a->table, a->bits);
    for (size_t i = 0; i < words; i++)
        any |= a->bits[i];
    return any != 0;
}

/* Host alone is what a tunnel shows: its URL has no path. */
static void ask_all(const struct bench *b, const struct list_provider *lists)
{
    struct sl_arena arena;
    size_t n, hits = 0;
    sl_arena_init(&arena, 0);
    struct sl_url *urls = parse_urls(b, &arena, &n), *hosts = sl_reallocarray(NULL, n + 1, sizeof *hosts),
                  *listed = sl_reallocarray(NULL, n + 1, sizeof *hosts);
    struct asking a = {lists, table_of(lists), hosts, n, sl_calloc(lists->count / 64 + 1, sizeof *a.bits)};
    for (size_t i = 0; i < n; i++) {
        hosts[i] = urls[i];
        hosts[i].path = hosts[i].query = SL_STR("");
        hosts[i].has_query = false;
    }
    for (size_t i = 0; i < n; i++)
        if (is_listed(&a, &hosts[i]))
            listed[hits++] = hosts[i];
        else
            listed[n - 1 - (i - hits)] = hosts[i];
    printf("one memory access    %5.0f ns   of 96 MB, each found by the one before\n", memory_ns());
    measure(&a, ask_hosts, "host, corpus");
    a.urls = listed;
    a.n = hits;
    measure(&a, ask_hosts, "host, hit");
    a.urls = listed + hits;
    a.n = n - hits;
    measure(&a, ask_hosts, "host, miss");
    a.urls = urls;
    a.n = n;
    measure(&a, ask_paths, "host and path");
    free(a.bits);
    free(a.table.rows);
    free(urls);
    free(hosts);
    free(listed);
    sl_arena_fini(&arena);
}

static double open_ms(const char *path, struct list_provider **out)
{
    struct sl_err err;
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        if (i > 0)
            (*out)->unref(*out);
        double start = now_s(CLOCK_MONOTONIC);
        check(catalogue_open(path, out, &err), &err);
        best = SL_MIN(best, now_s(CLOCK_MONOTONIC) - start);
    }
    return best * 1e3;
}

int main(int argc, char **argv)
{
    struct bench b = {.dir = "/tmp/micro_catalogue.XXXXXX"};
    struct sl_err err;
    struct list_provider *lists;
    struct catalogue_stats stats;
    uint64_t millions = 0;
    bool synthesise = argc == 3 && strcmp(argv[1], "--synthesise") == 0;
    if (argc < 3 || (synthesise && !sl_str_u64(sl_cstr(argv[2]), 100, &millions)) || mkdtemp(b.dir) == NULL)
        return fprintf(stderr, "usage: micro_catalogue URLS FILE... | --synthesise MILLIONS\n"), 2;
    if (synthesise) {
        make_entries(&b, millions * 1000000);
    } else {
        check(fs_read(argv[1], 1u << 30, &b.urls, &b.urls_n, &err), &err);
        for (int i = 2; i < argc; i++)
            read_entries(&b, argv[i]);
    }
    import_all(&b);
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/catalogue", b.dir);
    build(&b, path);
    printf("open             %8.2f ms\n", open_ms(path, &lists));
    catalogue_stats(lists, &stats);
    printf("file             %8.1f MB   %" PRIu64 " hosts, %" PRIu64 " paths, %" PRIu64 " addresses, %" PRIu64
           " sets; %.1f bytes a domain that came in\n",
           (double)stats.file_bytes / 1e6, stats.hosts, stats.paths, stats.addresses, stats.sets,
           (double)stats.file_bytes / (double)b.domains);
    ask_all(&b, lists);
    lists->unref(lists);
    for (size_t i = 0; i < b.count; i++) {
        free(b.names[i]);
        free((char *)b.sources[i].file);
    }
    free(b.sources);
    free(b.urls);
    return fs_remove_all(b.dir, &err) ? 0 : 1;
}
