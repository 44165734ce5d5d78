/* origin.c - which line put this host into that list: looks for the record of a match in the list's
 * normalised file, which has the lines of its source in its marks. Nothing is kept for it: the catalogue
 * stays small, and a search runs at memory speed when somebody asks why. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/lists/normal.h"
#include "policy/lists/pieces.h"
#include "sluice/lists.h"

void list_origin_fini(struct list_origin *o)
{
    free(o->entry);
    free(o->file);
    *o = (struct list_origin){0};
}

/* What a match looks for. */
struct search {
    struct sl_str text; /* the file */
    const struct sl_url *url;
    const struct list_match *match;
    struct sl_str name; /* the part of the host that the entry covers */
};

/* The line that starts at p, without its end. */
static struct sl_str line_at(const struct search *s, const char *p)
{
    struct sl_str rest = sl_str(p, (size_t)(s->text.p + s->text.n - p));
    return sl_str_sub(rest, 0, sl_str_find(rest, '\n'));
}

/* What stands in the host before the name decides which records hold it. */
static bool holds_host(const struct search *s, char kind)
{
    size_t before = s->url->host.n - s->name.n;
    bool www = before == 4 && sl_str_starts(s->url->host, SL_STR("www."));
    switch ((enum record)kind) {
    case RECORD_BELOW:
        return true;
    case RECORD_EXACT:
        return before == 0;
    case RECORD_TWIN:
        return before == 0 || www;
    case RECORD_UNDER:
        return before > 0;
    default:
        return false;
    }
}

static const char *next_hit(const struct search *s, const char *from, struct sl_str needle)
{
    return memmem(from, (size_t)(s->text.p + s->text.n - from), needle.p, needle.n);
}

static const char *find_host(const struct search *s)
{
    char needle[300] = " ";
    memcpy(needle + 1, s->name.p, s->name.n);
    needle[s->name.n + 1] = '\n';
    struct sl_str wanted = sl_str(needle, s->name.n + 2);
    for (const char *hit = s->text.p; (hit = next_hit(s, hit, wanted)) != NULL; hit++)
        if (hit - s->text.p >= 2 && hit[-2] == '\n' && holds_host(s, hit[-1]))
            return hit - 1;
    return NULL;
}

/* Whether what a record has behind its host is the beginning of the URL, and as long as the match says. */
static bool holds_path(const struct search *s, struct sl_str rest)
{
    unsigned pieces = 0;
    struct piece mine, theirs;
    if (rest.n > 0 && rest.p[0] == ':') {
        size_t end = sl_str_find(rest, '/');
        uint64_t port;
        if (!sl_str_u64(sl_str_sub(rest, 1, end - 1), 65535, &port) || port != s->url->port)
            return false;
        rest = sl_str_sub(rest, end, rest.n);
        pieces++;
    }
    size_t mark = sl_str_find(rest, '?');
    struct pieces record =
        pieces_of(sl_str_sub(rest, 0, mark), sl_str_sub(rest, mark + 1, rest.n), mark < rest.n);
    struct pieces url = pieces_of(s->url->path, s->url->query, s->url->has_query);
    while (pieces_next(&record, &mine)) {
        if (!pieces_next(&url, &theirs) || mine.kind != theirs.kind || !sl_str_eq(mine.text, theirs.text))
            return false;
        pieces++;
    }
    return pieces == s->match->pieces;
}

static const char *find_url(const struct search *s)
{
    bool brackets = s->url->host_is_addr && sl_str_find(s->name, ':') < s->name.n;
    SL_CLEANUP(sl_freep) char *needle = sl_asprintf(brackets ? "\nu [%.*s]" : "\nu %.*s", SL_FMT(s->name));
    struct sl_str wanted = sl_cstr(needle);
    for (const char *hit = s->text.p; (hit = next_hit(s, hit, wanted)) != NULL; hit++) {
        struct sl_str line = line_at(s, hit + 1), rest = sl_str_sub(line, wanted.n - 1, line.n);
        if (rest.n > 0 && (rest.p[0] == '/' || rest.p[0] == ':') && holds_path(s, rest))
            return hit + 1;
    }
    return NULL;
}

/* The narrowest network around the address. */
static const char *find_network(const struct search *s)
{
    const char *best = NULL;
    int most = -1;
    for (const char *hit = s->text.p; (hit = next_hit(s, hit, SL_STR("\nn "))) != NULL; hit++) {
        struct sl_str line = line_at(s, hit + 1);
        struct sl_cidr net;
        if (sl_cidr_parse(sl_str_sub(line, 2, line.n), &net, NULL) && (int)net.bits > most &&
            sl_cidr_contains(net, s->url->addr)) {
            most = net.bits;
            best = hit + 1;
        }
    }
    return best;
}

/* Line and file of the record at p, from the marks before it. */
static void place_of(const struct search *s, const char *record, struct list_origin *out)
{
    struct sl_str rest = sl_str(s->text.p, (size_t)(record - s->text.p) - 1), line, file = {0};
    uint64_t next = 1;
    bool first = true;
    while (sl_str_split(&rest, '\n', &line)) {
        struct sl_str value = sl_str_sub(line, 2, line.n);
        if (first) {
            next = sl_str_ends(line, SL_STR(" 2")); /* before that there were no marks */
        } else if (sl_str_starts(line, SL_STR("l "))) {
            sl_str_u64(value, UINT64_MAX - 1, &next);
        } else if (sl_str_starts(line, SL_STR("f "))) {
            file = value;
            next = 1;
        } else {
            next += next > 0;
        }
        first = false;
    }
    struct sl_str text = line_at(s, record);
    *out = (struct list_origin){
        .entry = sl_str_dup(sl_str_sub(text, 2, text.n)), .file = sl_str_dup(file), .line = next};
}

static bool search(struct search *s, struct list_origin *out)
{
    s->name = list_match_name(s->url, s->match);
    if (s->name.n > 253)
        return false;
    const char *record = s->match->path ? find_url(s) : s->url->host_is_addr ? find_network(s) : find_host(s);
    if (record != NULL)
        place_of(s, record, out);
    return record != NULL;
}

bool list_origin_find(const char *file, const struct sl_url *url, const struct list_match *match,
                      uint64_t *budget, struct list_origin *out)
{
    SL_CLEANUP(sl_closep) int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat st;
    *out = (struct list_origin){0};
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0 || (uint64_t)st.st_size > *budget)
        return false;
    *budget -= (uint64_t)st.st_size;
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return false;
    struct search s = {.text = sl_str(map, (size_t)st.st_size), .url = url, .match = match};
    bool found = search(&s, out);
    munmap(map, (size_t)st.st_size);
    return found;
}
