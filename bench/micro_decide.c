/* micro_decide - what does a decision cost, what its parts, and what a commit?
 *
 *   micro_decide [-u URLS] [-n ENTRIES] [-c CATALOGUE] [-r REGEXES] [RULES...]
 *
 * URLS: one a line, else made up. CATALOGUE: a compiled one, else one of ENTRIES hosts (1,000,000) in 60
 * lists is made. REGEXES: one a line, all in one category. RULES: how many rules (0 1000 5000 10000).
 *
 * For each number of rules: nanoseconds of CPU and, where the kernel lets us count them, instructions of a
 * request for canonical URL, categories, rules and the whole; how long it takes to compile the policy and to
 * commit a change of one rule with the catalogue open (copy, compile, swap); and what the policy takes. */
#include <linux/perf_event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "sluice/lists.h"

enum { LISTS = 60, GROUPS = 20, USERS = 1000, NETWORKS = 30, ROUNDS = 5 };

static struct sl_arena keep; /* what lives as long as the process */

static void die(const char *what, const struct sl_err *err)
{
    fprintf(stderr, "micro_decide: %s: %s\n", what, err->msg);
    exit(1);
}

static uint32_t pick(uint32_t n)
{
    static uint64_t state = 42;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % n;
}

/* ---- measuring ---- */

struct cost {
    double ns, instructions; /* instructions below 0: not known */
};

static int counter = -1;

static void open_counter(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double instructions(void)
{
    uint64_t n;
    return counter >= 0 && read(counter, &n, sizeof n) == sizeof n ? (double)n : -1;
}

/* Without the mapped catalogue, with the code that PCRE2 makes. */
static double resident_kib(void)
{
    SL_CLEANUP(sl_freep) char *text = NULL;
    size_t n;
    malloc_trim(0);
    if (!fs_read("/proc/self/status", 1 << 16, &text, &n, NULL))
        return 0;
    const char *at = strstr(text, "RssAnon:");
    return at ? strtod(at + strlen("RssAnon:"), NULL) : 0;
}

/* ---- URLs and lists ---- */

struct lines {
    struct sl_str *items;
    size_t count, cap;
};

struct bench {
    const struct lines *urls;
    struct facts *facts; /* all but url */
    struct sl_url *parsed;
    const struct snapshot *s;
    struct policy_scratch *scratch;
    uint64_t matched;
};

static void add_line(struct lines *l, struct sl_str text)
{
    SL_GROW(l->items, l->count, &l->cap);
    l->items[l->count++] = text;
}

static struct lines read_lines(const char *path)
{
    struct lines l = {0};
    struct sl_err err;
    char *data;
    size_t n;
    if (!fs_read(path, 1u << 30, &data, &n, &err))
        die("lines", &err);
    struct sl_str rest = sl_str(data, n), line;
    while (sl_str_split(&rest, '\n', &line))
        if (line.n > 0)
            add_line(&l, line);
    return l;
}

/* Those that a policy would not take are left out. */
static struct lines read_regexes(const char *path)
{
    struct lines all = read_lines(path), good = {0};
    for (size_t i = 0; i < all.count; i++) {
        struct pattern_probe_fault fault;
        struct pattern_probe *probe = pattern_probe_new(all.items[i], &fault);
        if (probe)
            add_line(&good, all.items[i]);
        pattern_probe_free(&probe);
    }
    return good;
}

static struct lines make_urls(size_t entries)
{
    struct lines l = {0};
    for (int i = 0; i < 100000; i++) {
        uint32_t n = pick((uint32_t)entries * 3); /* a third is listed */
        add_line(&l, sl_cstr(sl_arena_printf(&keep, "http://www.h%u.example%u.test/path/to/page%u.html?id=%u",
                                             n, n % 1000, pick(100), pick(100000))));
    }
    return l;
}

static void shuffle(struct lines *l)
{
    for (size_t i = l->count; i > 1; i--) {
        size_t k = pick((uint32_t)i);
        struct sl_str swap = l->items[i - 1];
        l->items[i - 1] = l->items[k];
        l->items[k] = swap;
    }
}

/* A third of the hosts of the URLs is listed, each in one list. */
static bool listed(struct sl_str host, int list)
{
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < host.n; i++)
        hash = (hash ^ (uint8_t)host.p[i]) * 16777619;
    return hash % LISTS == (uint32_t)list && hash / LISTS % 3 == 0;
}

static char *write_list(const char *dir, int list, size_t entries, const struct bench *b)
{
    char *path = sl_asprintf("%s/in-%02d", dir, list);
    FILE *f = fopen(path, "w");
    sl_assert(f);
    for (size_t n = 0; n < b->urls->count; n++)
        if (!b->parsed[n].host_is_addr && listed(b->parsed[n].host, list))
            fprintf(f, "%.*s\n", SL_FMT(b->parsed[n].host));
    for (size_t n = (size_t)list; n < entries; n += LISTS)
        fprintf(f, "h%zu.example%zu.test\n", n, n % 1000);
    fclose(f);
    return path;
}

static struct list_provider *make_catalogue(const char *dir, size_t entries, const struct bench *b)
{
    struct catalogue_source sources[LISTS];
    struct list_provider *p;
    struct sl_err err;
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/catalogue", dir);
    for (int i = 0; i < LISTS; i++) {
        SL_CLEANUP(sl_freep)
        char *in = write_list(dir, i, entries, b), *out = sl_asprintf("%s/out-%02d", dir, i);
        struct list_import imp;
        sl_assert(mkdir(out, 0700) == 0);
        if (!list_import(in, "plain", out, 4ull << 30, NULL, NULL, &imp, &err))
            die("import", &err);
        sources[i] = (struct catalogue_source){.name = sl_arena_printf(&keep, "list-%02d", i),
                                               .file = sl_arena_printf(&keep, "%s", imp.parts[0].file)};
        memcpy(sources[i].sha256, imp.parts[0].sha256, sizeof sources[i].sha256);
        list_import_fini(&imp);
        unlink(in);
    }
    if (!catalogue_build(sources, LISTS, (const uint8_t[32]){1}, path, NULL, NULL, &err) ||
        !catalogue_open(path, &p, &err))
        die("catalogue", &err);
    return p;
}

/* ---- a policy ---- */

static void add_categories(struct sl_text *t, const struct list_provider *lists, const struct lines *regexes)
{
    sl_text_addf(t, "\"categories\":{");
    for (size_t i = 0; i < LISTS; i++)
        sl_text_addf(t, "%s\"c%zu\":{\"lists\":[\"%s\"],\"hosts\":[\"own%zu.test\"]}", i ? "," : "", i,
                     lists->name(lists, (int)(i * lists->count / LISTS)), i);
    if (regexes->count > 0) {
        json_t *all = json_array();
        for (size_t i = 0; i < regexes->count; i++)
            json_array_append_new(all, json_stringn(regexes->items[i].p, regexes->items[i].n));
        SL_CLEANUP(sl_freep) char *text = json_dumps(all, 0);
        sl_text_addf(t, ",\"patterns\":{\"regex\":%s}", text);
        json_decref(all);
    }
    sl_text_addf(t, "},");
}

static void add_names(struct sl_text *t)
{
    sl_text_addf(t, "\"groups\":{");
    for (int g = 0; g < GROUPS; g++) {
        sl_text_addf(t, "%s\"g%d\":[", g ? "," : "", g);
        for (int u = g; u < USERS; u += g < GROUPS / 2 ? GROUPS / 2 : 7)
            sl_text_addf(t, "%s\"user%d\"", u > g ? "," : "", u);
        sl_text_addf(t, "]");
    }
    sl_text_addf(t, "},\"networks\":{");
    for (int i = 0; i < NETWORKS; i++)
        sl_text_addf(t, "%s\"n%d\":[\"10.%d.0.0/16\",\"10.200.%d.0/24\"]", i ? "," : "", i, i, i);
    sl_text_addf(t, "},\"schedules\":{");
    for (int i = 0; i < 5; i++)
        sl_text_addf(t,
                     "%s\"s%d\":{\"timezone\":\"Europe/Berlin\",\"spans\":[{\"days\":\"mon-fri\","
                     "\"from\":\"%02d:00\",\"to\":\"%02d:00\"}]}",
                     i ? "," : "", i, 7 + i, 12 + i);
    sl_text_addf(t, "},");
}

/* What administrators write: most rules are about somebody, somewhere or some site, few about everybody. */
static void add_condition(struct sl_text *t, int kind)
{
    switch (kind) {
    case 0:
    case 1:
    case 2:
        sl_text_addf(t, "\"category\":[\"c%u\",\"c%u\"],\"group\":[\"g%u\"]", pick(LISTS), pick(LISTS),
                     pick(GROUPS));
        break;
    case 3:
    case 4:
        sl_text_addf(t, "\"category\":[\"c%u\"],\"network\":[\"n%u\"],\"schedule\":[\"s%u\"]", pick(LISTS),
                     pick(NETWORKS), pick(5));
        break;
    case 5:
    case 6:
    case 7:
        sl_text_addf(t, "\"host\":[\"site%u.test\",\"site%u.test\"]", pick(100000), pick(100000));
        break;
    case 8:
        sl_text_addf(t, "\"url\":[\"site%u.test/area%u\"],\"method\":[\"POST\",\"PUT\"]", pick(100000),
                     pick(9));
        break;
    case 9:
        sl_text_addf(t, "\"user\":[\"user%u\"],\"category\":[\"c%u\"]", pick(USERS), pick(LISTS));
        break;
    case 10:
        sl_text_addf(t, "\"network\":[\"n%u\"],\"port\":[8080,\"9000-9100\"]", pick(NETWORKS));
        break;
    case 11:
        sl_text_addf(t, "\"group\":[\"g%u\"],\"method\":[\"CONNECT\"],\"port\":[\"1-442\",\"444-65535\"]",
                     pick(GROUPS));
        break;
    case 12:
        sl_text_addf(t, "\"category\":[\"c%u\"],\"extension\":[\"exe\",\"iso\"]", pick(LISTS));
        break;
    default:
        sl_text_addf(t, "\"scheme\":[\"ftp\"],\"category\":[\"c%u\"]", pick(LISTS));
        break;
    }
}

static void add_rules(struct sl_text *t, size_t rules)
{
    static const char *const actions[] = {"block", "block", "allow", "warn"};
    for (size_t i = 0; i < rules; i++) {
        sl_text_addf(t, "%s{\"id\":\"r%zu\",\"if\":{", i ? "," : "", i);
        add_condition(t, (int)pick(14));
        sl_text_addf(t, "}");
        if (pick(10) == 0)
            sl_text_addf(t, ",\"unless\":{\"group\":[\"g%u\"]}", pick(GROUPS));
        if (pick(20) == 0)
            sl_text_addf(t, ",\"until\":\"2027-01-01\"");
        sl_text_addf(t, ",\"then\":\"%s\"%s}", actions[pick(4)], pick(20) ? "" : ",\"report_only\":true");
    }
}

static json_t *make_policy(const struct list_provider *lists, const struct lines *regexes, size_t rules)
{
    SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
    sl_text_addf(&t, "{\"schema\":1,\"timezone\":\"Europe/Berlin\",");
    add_names(&t);
    add_categories(&t, lists, regexes);
    sl_text_addf(&t, "\"rules\":[");
    add_rules(&t, rules);
    sl_text_addf(&t, "],\"quotas\":[");
    for (int i = 0; i < 5; i++)
        sl_text_addf(&t,
                     "%s{\"id\":\"q%d\",\"if\":{\"category\":[\"c%d\"]},\"per\":\"user\",\"window\":\"day\","
                     "\"bytes\":\"1GiB\"}",
                     i ? "," : "", i, i * 7);
    sl_text_addf(&t, "],\"inspection\":{\"rules\":[{\"id\":\"bank\",\"if\":{\"category\":[\"c3\"]},"
                     "\"then\":\"tunnel\"},{\"id\":\"rest\",\"then\":\"inspect\"}]}}");
    json_error_t error;
    json_t *doc = json_loadb(t.p, t.n, 0, &error);
    if (!doc)
        fprintf(stderr, "micro_decide: %s\n", error.text);
    return doc;
}

static struct snapshot *compile(const json_t *doc, struct list_provider *lists)
{
    struct policy_faults faults = {0};
    struct snapshot *s = snapshot_compile(doc, lists, 1, &faults);
    for (size_t i = 0; i < faults.count && i < 10; i++)
        fprintf(stderr, "micro_decide: %s: %s\n", faults.items[i].pointer, faults.items[i].message);
    if (!s)
        exit(1);
    policy_faults_fini(&faults);
    return s;
}

/* ---- requests ---- */

static struct facts *make_facts(size_t count)
{
    static char users[USERS][16];
    struct facts *facts = sl_calloc(count, sizeof *facts);
    for (int u = 0; u < USERS; u++)
        snprintf(users[u], sizeof users[u], "user%d", u);
    for (size_t i = 0; i < count; i++)
        facts[i] = (struct facts){.user = sl_cstr(users[pick(USERS)]),
                                  .client.b = {[10] = 0xff, [11] = 0xff, [12] = 10, (uint8_t)pick(50), 1, 1},
                                  .time_s = 1795424400 + (int64_t)(i / 1000),
                                  .method = pick(10) ? SL_STR("GET") : SL_STR("POST"),
                                  .user_agent = SL_STR("Mozilla/5.0 (X11; Linux x86_64)"),
                                  .known = FACT_USER,
                                  .size = -1};
    return facts;
}

static void run_parse(struct bench *b, size_t i)
{
    static struct sl_arena arena;
    struct sl_url url;
    sl_arena_reset(&arena);
    b->matched += sl_url_parse_loose(b->urls->items[i], &arena, &url, NULL);
}

static void run_categories(struct bench *b, size_t i)
{
    struct category_set set;
    policy_categories(b->s, b->scratch, &b->parsed[i], false, &set);
    b->matched += set.w[0] & 1;
}

static void decide(struct bench *b, size_t i, const struct sl_url *url)
{
    struct verdict v;
    struct facts facts = b->facts[i];
    facts.url = url;
    policy_decide(b->s, b->scratch, &facts, &v);
    b->matched += v.rule >= 0;
}

static void run_decide(struct bench *b, size_t i)
{
    decide(b, i, &b->parsed[i]);
}

static void run_whole(struct bench *b, size_t i)
{
    static struct sl_arena arena;
    struct sl_url url;
    sl_arena_reset(&arena);
    if (sl_url_parse_loose(b->urls->items[i], &arena, &url, NULL))
        decide(b, i, &url);
}

/* The best of some rounds. */
static struct cost measure(struct bench *b, void (*run)(struct bench *b, size_t i))
{
    struct cost best = {1e18, -1};
    for (int round = 0; round < ROUNDS; round++) {
        b->matched = 0;
        double n = (double)b->urls->count, start = cpu_ns(), counted = instructions();
        for (size_t i = 0; i < b->urls->count; i++)
            run(b, i);
        double ns = (cpu_ns() - start) / n;
        if (ns < best.ns)
            best = (struct cost){ns, counted < 0 ? -1 : (instructions() - counted) / n};
    }
    return best;
}

static void print_cost(struct cost c)
{
    printf(" %7.0f", c.ns);
    if (c.instructions >= 0)
        printf(" %6.0f", c.instructions);
    else
        printf("      -");
}

/* ---- the table ---- */

/* As store does on a commit: the document is copied and changed, compiled, and goes live. */
static double commit_ms(const json_t *doc, struct list_provider *lists, struct policy_live *live)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_ns();
        json_t *changed = json_deep_copy(doc), *rules = json_object_get(changed, "rules");
        if (json_array_size(rules) > 0)
            json_object_set_new(json_array_get(rules, json_array_size(rules) / 2), "title",
                                json_sprintf("change %d", round));
        policy_live_swap(live, compile(changed, lists));
        json_decref(changed);
        best = SL_MIN(best, (cpu_ns() - start) / 1e6);
    }
    return best;
}

static void table_row(struct bench *b, struct list_provider *lists, const struct lines *regexes, size_t rules)
{
    json_t *doc = make_policy(lists, regexes, rules);
    double before = resident_kib();
    double start = cpu_ns();
    struct snapshot *s = compile(doc, lists);
    double compiled = cpu_ns();
    double after = resident_kib();
    b->s = s;
    struct cost categories = measure(b, run_categories), whole_decide = measure(b, run_decide);
    double matched = (double)b->matched * 100 / (double)b->urls->count;
    struct cost only_rules = {
        whole_decide.ns - categories.ns,
        whole_decide.instructions < 0 ? -1 : whole_decide.instructions - categories.instructions};
    printf("%6zu", rules);
    print_cost(measure(b, run_parse));
    print_cost(categories);
    print_cost(only_rules);
    print_cost(measure(b, run_whole));
    struct policy_live *live = policy_live_new();
    printf(" %9.1f %9.1f %8.1f %6.0f%%\n", (compiled - start) / 1e6, commit_ms(doc, lists, live),
           (after - before) / 1024, matched);
    policy_live_free(&live);
    snapshot_unref(&s);
    json_decref(doc);
}

static struct sl_url *parse_all(struct lines *urls)
{
    struct sl_url *parsed = sl_calloc(urls->count + 1, sizeof *parsed);
    size_t kept = 0;
    for (size_t i = 0; i < urls->count; i++)
        if (sl_url_parse_loose(urls->items[i], &keep, &parsed[kept], NULL))
            urls->items[kept++] = urls->items[i];
    urls->count = kept;
    return parsed;
}

struct options {
    const char *urls, *catalogue, *regexes;
    uint64_t entries;
};

static void read_options(int argc, char **argv, struct options *out)
{
    *out = (struct options){.entries = 1000000};
    for (int c; (c = getopt(argc, argv, "u:c:r:n:")) != -1;) {
        if (c == 'u')
            out->urls = optarg;
        else if (c == 'c')
            out->catalogue = optarg;
        else if (c == 'r')
            out->regexes = optarg;
        else if (c != 'n' || !sl_str_u64(sl_cstr(optarg), 1000000000, &out->entries)) {
            fprintf(stderr,
                    "usage: micro_decide [-u URLS] [-n ENTRIES] [-c CATALOGUE] [-r REGEXES] [RULES...]\n");
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/micro_decide-XXXXXX";
    struct options options;
    struct sl_err err;
    struct list_provider *lists;
    read_options(argc, argv, &options);
    sl_arena_init(&keep, 0);
    sl_assert(mkdtemp(dir));
    struct lines urls = options.urls ? read_lines(options.urls) : make_urls(options.entries), regexes = {0};
    if (options.regexes)
        regexes = read_regexes(options.regexes);
    shuffle(&urls);
    open_counter();
    struct bench b = {.urls = &urls, .parsed = parse_all(&urls), .scratch = policy_scratch_new()};
    if (!options.catalogue)
        lists = make_catalogue(dir, options.entries, &b);
    else if (!catalogue_open(options.catalogue, &lists, &err))
        die(options.catalogue, &err);
    b.facts = make_facts(urls.count);
    struct catalogue_stats stats;
    catalogue_stats(lists, &stats);
    printf("%zu URLs, %zu lists of %lu entries, %zu regexes; ns and instructions a request\n", urls.count,
           lists->count, (unsigned long)(stats.hosts + stats.paths), regexes.count);
    printf(" rules     URL  instr  categs  instr   rules  instr   whole  instr   compile    commit   memory  "
           "match\n"
           "                                                                      ms        ms      MiB\n");
    static const size_t usual[] = {0, 1000, 5000, 10000};
    for (size_t i = 0; optind == argc && i < SL_COUNT(usual); i++)
        table_row(&b, lists, &regexes, usual[i]);
    for (int i = optind; i < argc; i++)
        table_row(&b, lists, &regexes, strtoul(argv[i], NULL, 10));
    lists->unref(lists);
    fs_remove_all(dir, NULL);
    return 0;
}
