/* test_catalogue_differential.c - the catalogue against a reference that is too simple to be wrong: random
 * lists over a small alphabet, so that parents, children and near misses are common, and every answer
 * compared. */
#include "tests/unit/policy/lists/lists_fixture.h"

#include "policy/list_table.h"
#include "policy/lists/normal.h"

/* The way of processors without SSE2, beside the one in the library. */
#define LOOKUP_PORTABLE 1
#define catalogue_lookup portable_lookup
#define catalogue_gather portable_gather
#define catalogue_row portable_row
#define catalogue_matches portable_matches
#include "policy/lists/lookup.c"

enum { LISTS = 70, ENTRIES = 3000, QUESTIONS = 20000, TEXT = 256 }; /* 70: more than one word of bits */

static uint64_t seed_state;
static unsigned any(unsigned n) /* 0 .. n-1, xorshift: the same on every machine */
{
    seed_state ^= seed_state << 13;
    seed_state ^= seed_state >> 7;
    seed_state ^= seed_state << 17;
    return (unsigned)(seed_state >> 33) % n;
}

struct entry {
    char kind; /* of normal.h: h e w b u n; x: left out */
    unsigned list;
    char host[TEXT], path[TEXT];
    int port; /* -1: any */
    struct sl_cidr net;
};

static void append(char out[TEXT], const char *text)
{
    size_t n = strlen(out);
    snprintf(out + n, TEXT - n, "%s", text);
}

static void random_host(char out[TEXT])
{
    static const char *const labels[] = {"a",   "b",  "www", "ab", "x-y", "longer-label-of-a-host",
                                         "com", "org"};
    unsigned n = 1 + any(4);
    *out = '\0';
    for (unsigned i = 0; i < n; i++) {
        append(out, labels[any(6)]);
        append(out, ".");
    }
    append(out, labels[6 + any(2)]);
}

static void random_path(char out[TEXT])
{
    static const char *const parts[] = {"/",    "/a",   "/b", "/ab", "/a/", "?q",
                                        "?q=1", "&r=2", "?",  "//",  "/a.b"};
    unsigned n = any(4);
    *out = '\0';
    append(out, "/");
    for (unsigned i = 0; i < n; i++)
        append(out, parts[any(SL_COUNT(parts))] + (i == 0 && any(2)));
}

static struct sl_addr random_addr(void)
{
    char text[64];
    struct sl_addr a;
    snprintf(text, sizeof text, any(4) ? "10.%u.%u.%u" : "2001:db8::%u:%u:%u", any(2), any(3), any(16));
    assert_true(sl_addr_parse(sl_cstr(text), &a));
    return a;
}

static void random_record(struct entry *r)
{
    *r = (struct entry){.kind = "hewbuun"[any(7)], .list = any(LISTS), .port = -1};
    random_host(r->host);
    if (r->kind == 'u') {
        memmove(r->host, r->host + (strncmp(r->host, "www.", 4) == 0 ? 4 : 0), sizeof r->host - 4);
        random_path(r->path);
        r->port = any(5) ? -1 : 8080 + (int)any(2);
        if (any(8) == 0)
            sl_addr_text(random_addr(), r->host);
    } else if (r->kind == 'n') {
        struct sl_addr a = random_addr();
        static const uint8_t lengths[] = {128, 128, 128, 127, 125, 124, 120, 112, 105};
        r->net = (struct sl_cidr){a, lengths[any(SL_COUNT(lengths))]};
        for (unsigned bit = r->net.bits; bit < 128; bit++)
            r->net.addr.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
    }
}

/* ---- the reference ---- */

static bool ends_with_label(const char *host, const char *name)
{
    size_t a = strlen(host), b = strlen(name);
    return a > b && host[a - b - 1] == '.' && strcmp(host + a - b, name) == 0;
}

static bool is_www_of(const char *host, const char *name)
{
    return strncmp(host, "www.", 4) == 0 && strcmp(host + 4, name) == 0;
}

/* Path and query with a '/' for each run of separators and none at the end: "/a//b/?q" is "/a/b?q". */
static void fold(const char *text, char *out)
{
    bool query = false;
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        bool separator = *p == '/' || *p == '?' || (query && *p == '&');
        bool before = n > 0 && (out[n - 1] == '/' || out[n - 1] == '?' || (query && out[n - 1] == '&'));
        query = query || *p == '?';
        char keep = separator && before && out[n - 1] == '?' ? '?' : *p;
        if (separator && before)
            n--;
        out[n++] = keep;
    }
    while (n > 0 && (out[n - 1] == '/' || out[n - 1] == '?' || (query && out[n - 1] == '&')))
        n--;
    out[n] = '\0';
}

static bool path_begins(const char *url_path, const char *entry_path)
{
    char a[TEXT], b[TEXT];
    fold(url_path, a);
    fold(entry_path, b);
    size_t n = strlen(b);
    return strncmp(a, b, n) == 0 && (n == 0 || a[n] == '\0' || a[n] == '/' || a[n] == '?' ||
                                     (a[n] == '&' && memchr(a, '?', n) != NULL));
}

static bool entry_holds(const struct entry *r, const char *host, const struct sl_url *url, const char *path,
                        bool tunnel)
{
    bool same = strcmp(host, r->host) == 0;
    switch (r->kind) {
    case 'x':
        return false;
    case 'h':
        return same || ends_with_label(host, r->host);
    case 'e':
        return same;
    case 'w':
        return same || is_www_of(host, r->host);
    case 'b':
        return ends_with_label(host, r->host);
    case 'n':
        return url->host_is_addr && sl_cidr_contains(r->net, url->addr);
    }
    if (!same && !is_www_of(host, r->host))
        return false;
    if (r->port >= 0 && r->port != url->port)
        return false;
    char folded[TEXT];
    fold(r->path, folded);
    return *folded == '\0' || (!tunnel && path_begins(path, r->path));
}

/* ---- building ---- */

static int by_list(const void *a, const void *b)
{
    return (int)((const struct entry *)a)->list - (int)((const struct entry *)b)->list;
}

/* One list's records as a normalised file, straight through normal.h: importing is tested elsewhere. */
static void write_list(struct fixture *f, unsigned list, const struct entry *records, size_t count)
{
    struct normal_writer *w;
    struct sl_err err = {0};
    struct catalogue_source *s = &f->sources[f->count++];
    *s = (struct catalogue_source){.name = sl_asprintf("list-%03u", list),
                                   .file = sl_asprintf("%s/%u", f->dir, list)};
    assert_true(normal_create(s->file, &w, &err));
    for (size_t i = 0; i < count; i++) {
        const struct entry *r = &records[i];
        char text[2 * TEXT + 16], folded[TEXT], buf[SL_ENDPOINT_TEXT];
        if (r->list != list || r->kind == 'x')
            continue;
        fold(r->path, folded);
        if (r->kind == 'n')
            snprintf(text, sizeof text, "%s", sl_cidr_text(r->net, buf));
        else if (r->kind != 'u')
            snprintf(text, sizeof text, "%s", r->host);
        else if (r->port >= 0)
            snprintf(text, sizeof text, strchr(r->host, ':') ? "[%s]:%d%s" : "%s:%d%s", r->host, r->port,
                     *r->path ? r->path : "/");
        else if (*folded != '\0')
            snprintf(text, sizeof text, strchr(r->host, ':') ? "[%s]%s" : "%s%s", r->host, r->path);
        else
            continue; /* the importer makes hosts of these */
        normal_add(w, (enum record)r->kind, sl_cstr(text), SL_STR(""));
    }
    assert_true(normal_finish(&w, s->sha256, &err));
}

static void random_question(const struct entry *records, char host[TEXT], struct sl_url *url, char path[TEXT],
                            bool *tunnel)
{
    const struct entry *near = &records[any(ENTRIES)];
    *url = (struct sl_url){.port = (uint16_t)(any(3) ? 80 : 8080 + any(3))};
    random_host(host);
    random_path(path);
    if (any(3) > 0) /* mostly near an entry */
        snprintf(host, TEXT, "%s", near->kind == 'n' ? "" : near->host);
    if (any(4) == 0 && *host != '\0' && !strchr("0123456789:", *host) && strlen(host) < 40) {
        memmove(host + 4, host, strlen(host) + 1);
        memcpy(host, any(2) ? "www." : "aaa.", 4);
    }
    if (any(2) && near->kind == 'u') {
        static const char *const more[] = {"/x", "?z", "y", "&w"};
        snprintf(path, TEXT, "%s%s", near->path, more[any(4)]);
    }
    if (*host == '\0' || any(10) == 0)
        sl_addr_text(random_addr(), host);
    *tunnel = any(5) == 0;
    url->host = sl_cstr(host);
    url->host_is_addr = sl_addr_parse(url->host, &url->addr);
    if (*tunnel)
        return;
    struct sl_str whole = sl_cstr(path);
    size_t mark = sl_str_find(whole, '?');
    url->path = sl_str_sub(whole, 0, mark);
    url->has_query = mark < whole.n;
    url->query = sl_str_sub(whole, mark + 1, whole.n);
}

/* How specific: the labels of the host, and a path more than none. */
static unsigned depth_of(const struct entry *e)
{
    unsigned labels = 1;
    for (const char *c = e->host; *c != '\0'; c++)
        labels += *c == '.';
    return labels * 2 + (e->kind == 'u');
}

/* Lists that hold the URL: by their most specific record, if that is no exception. */
static void ask_reference(const struct entry *records, const char *host, const struct sl_url *url,
                          const char *path, bool tunnel, uint64_t want[2])
{
    unsigned held[LISTS] = {0}, excepts[LISTS] = {0};
    for (size_t i = 0; i < ENTRIES; i++) {
        struct entry e = records[i];
        bool except = e.kind >= 'A' && e.kind <= 'Z';
        e.kind = (char)record_of((enum record)e.kind);
        if (!(url->host_is_addr && strchr("hewb", e.kind)) && entry_holds(&e, host, url, path, tunnel)) {
            unsigned *most = &(except ? excepts : held)[e.list];
            *most = SL_MAX(*most, depth_of(&e));
        }
    }
    for (size_t i = 0; i < LISTS; i++)
        if (held[i] > excepts[i])
            want[i / 64] |= 1ull << i % 64;
}

static void compare(const struct list_provider *p, const struct category_table *t,
                    const struct entry *records)
{
    char host[TEXT], path[TEXT];
    struct sl_url url;
    bool tunnel;
    random_question(records, host, &url, path, &tunnel);
    uint64_t got[2] = {0}, want[2] = {0}, want_host[2] = {0}, words[8] = {0};
    struct list_match matches[2048];
    p->lookup(p, &url, got);
    ask_reference(records, host, &url, path, tunnel, want);
    if (got[0] != want[0] || got[1] != want[1])
        fail_msg("%s:%d%s%s: got %llx %llx, want %llx %llx", host, url.port, tunnel ? " (tunnel)" : "", path,
                 (unsigned long long)got[1], (unsigned long long)got[0], (unsigned long long)want[1],
                 (unsigned long long)want[0]);
    memset(got, 0, sizeof got);
    portable_lookup(p, &url, got);
    assert_true(got[0] == want[0] && got[1] == want[1]);
    memset(got, 0, sizeof got);
    bool by_path = p->gather(p, &url, &t->table, words);
    category_table_add(t, words, got);
    assert_true(got[0] == want[0] && got[1] == want[1]);
    if (!by_path) { /* then the host alone is in the same lists */
        ask_reference(records, host, &url, "", true, want_host);
        assert_memory_equal(want_host, want, sizeof want);
    }
    size_t n = p->matches(p, &url, matches, SL_COUNT(matches));
    memset(got, 0, sizeof got);
    for (size_t i = 0; i < n; i++) {
        got[matches[i].list / 64] |= 1ull << matches[i].list % 64;
        if (i > 0 && matches[i - 1].path == matches[i].path)
            assert_true(matches[i - 1].labels >= matches[i].labels);
    }
    assert_true(got[0] == want[0] && got[1] == want[1]);
}

/* Each list is a category. */
static struct category_table identity(const struct list_provider *p)
{
    struct link_pairs pairs = {0};
    for (size_t i = 0; i < p->count; i++)
        links_pair(&pairs, i, i);
    struct links links = links_make(&pairs, p->count);
    struct category_table t = category_table_make(p, &links, 2);
    links_fini(&links);
    assert_true(t.table.words <= 8);
    return t;
}

TEST(catalogue__answers_like_the_reference)
{
    struct entry *records = sl_calloc(ENTRIES, sizeof *records);
    size_t answered = 0;
    for (unsigned round = 1; round <= 4; round++) {
        struct fixture f;
        fixture_init(&f);
        seed_state = 0x9e3779b97f4a7c15ull * round;
        for (size_t i = 0; i < ENTRIES; i++)
            random_record(&records[i]);
        for (size_t i = 0; i < ENTRIES; i++)
            if (records[i].kind == 'u' && records[i].port < 0) {
                char folded[TEXT];
                fold(records[i].path, folded);
                if (*folded == '\0')
                    records[i].kind =
                        strchr("0123456789:", records[i].host[0]) || strchr(records[i].host, ':') ? 'x' : 'e';
            }
        for (size_t i = 0; i < ENTRIES; i++) /* lists 0 to 9 have exceptions */
            if (records[i].list < 10 && strchr("hewb", records[i].kind) && any(4) == 0)
                records[i].kind = (char)record_exception((enum record)records[i].kind);
        qsort(records, ENTRIES, sizeof *records, by_list);
        for (unsigned list = 0; list < LISTS; list++)
            write_list(&f, list, records, ENTRIES);
        struct list_provider *p = fixture_build(&f);
        struct category_table t = identity(p);
        for (size_t i = 0; i < QUESTIONS / 4; i++, answered++)
            compare(p, &t, records);
        category_table_fini(&t);
        p->unref(p);
        fixture_fini(&f);
    }
    assert_int_equal(answered, QUESTIONS);
    free(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(catalogue__answers_like_the_reference)};
    return cmocka_run_group_tests_name("policy/lists/differential", tests, NULL, NULL);
}
