/* zone.c - see zone.h. A zone is a sorted table of changes (from the file) and a rule for what comes after
 * the last. */
#include "policy/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy/civil.h"
#include "policy/zone_rule.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"

enum {
    ZONE_FILE_MAX = 1 << 20,
    ZONE_CHANGES_MAX = 1 << 14,
    ZONE_NAME_MAX = 128,
    ZONE_OFFSET_MAX = 26 * 3600
};

struct zone_step {
    int64_t at; /* UTC: from here on */
    int32_t offset;
};
struct zone {
    char *name;
    int32_t before; /* offset before the first step */
    struct zone_step *steps;
    size_t count;
    bool has_rule; /* for moments from the last step on */
    struct zone_rule rule;
};

void zone_free(struct zone **z)
{
    if (*z) {
        free((*z)->name);
        free((*z)->steps);
    }
    free(*z);
    *z = NULL;
}

struct sl_str zone_name(const struct zone *z)
{
    return sl_cstr(z->name);
}

static struct zone *zone_utc(void)
{
    struct zone *z = sl_calloc(1, sizeof *z);
    z->name = sl_strdup("UTC");
    return z;
}

/* ---- TZif ---- */

struct tz_reader {
    const uint8_t *p;
    size_t n;
};
struct tz_counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint64_t big_endian(const uint8_t *p, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

static const uint8_t *take(struct tz_reader *r, uint64_t n)
{
    if (n > r->n)
        return NULL;
    const uint8_t *at = r->p;
    r->p += n;
    r->n -= (size_t)n;
    return at;
}

static bool take_header(struct tz_reader *r, char *out_version, struct tz_counts *out)
{
    const uint8_t *h = take(r, 44);
    if (!h || memcmp(h, "TZif", 4) != 0)
        return false;
    *out_version = (char)h[4];
    uint32_t *fields[] = {&out->isut, &out->isstd, &out->leap, &out->time, &out->type, &out->chars};
    for (size_t i = 0; i < SL_COUNT(fields); i++)
        *fields[i] = (uint32_t)big_endian(h + 20 + 4 * i, 4);
    return true;
}

static uint64_t body_size(const struct tz_counts *c, uint64_t time_size)
{
    return c->time * (time_size + 1) + c->type * UINT64_C(6) + c->chars + c->leap * (time_size + 4) +
           c->isstd + c->isut;
}

static bool take_offset(const uint8_t *types, const struct tz_counts *c, uint8_t type, int32_t *out)
{
    if (type >= c->type)
        return false;
    *out = (int32_t)big_endian(types + 6 * type, 4);
    return *out >= -ZONE_OFFSET_MAX && *out <= ZONE_OFFSET_MAX;
}

static bool take_steps(struct tz_reader *r, const struct tz_counts *c, struct zone *z)
{
    const uint8_t *times = take(r, c->time * UINT64_C(8)), *kinds = take(r, c->time),
                  *types = take(r, c->type * UINT64_C(6));
    if (!times || !kinds || !types || !take_offset(types, c, 0, &z->before))
        return false;
    z->steps = sl_calloc(c->time + 1, sizeof *z->steps);
    for (uint32_t i = 0; i < c->time; i++) {
        struct zone_step s = {.at = (int64_t)big_endian(times + 8 * i, 8)};
        if (!take_offset(types, c, kinds[i], &s.offset) || (i > 0 && s.at <= z->steps[i - 1].at))
            return false;
        z->steps[z->count++] = s;
    }
    return take(r, c->chars + c->leap * UINT64_C(12) + c->isstd + c->isut) != NULL;
}

/* "\nCET-1CEST,M3.5.0,M10.5.0/3\n"; empty between the lines: the last offset goes on. */
static bool take_footer(struct tz_reader *r, struct zone *z)
{
    struct sl_str rest = sl_str((const char *)r->p, r->n);
    if (rest.n < 2 || rest.p[0] != '\n')
        return false;
    rest = sl_str_sub(rest, 1, rest.n);
    size_t end = sl_str_find(rest, '\n');
    if (end == rest.n)
        return false;
    z->has_rule = end > 0;
    return end == 0 || zone_rule_parse(sl_str_sub(rest, 0, end), &z->rule);
}

static bool take_zone(struct tz_reader *r, struct zone *z)
{
    struct tz_counts c;
    char version;
    /* The first block has 32-bit times for old readers; we want the second. */
    if (!take_header(r, &version, &c) || version < '2' || !take(r, body_size(&c, 4)))
        return false;
    if (!take_header(r, &version, &c) || c.type == 0 || c.time > ZONE_CHANGES_MAX)
        return false;
    return take_steps(r, &c, z) && take_footer(r, z);
}

bool zone_parse(struct sl_str name, const void *tzif, size_t n, struct zone **out, struct sl_err *err)
{
    struct zone *z = sl_calloc(1, sizeof *z);
    z->name = sl_str_dup(name);
    struct tz_reader r = {.p = tzif, .n = n};
    if (!take_zone(&r, z)) {
        zone_free(&z);
        return sl_fail(err, SL_BAD_INPUT, "time zone '%.*s' is not a TZif file of version 2 or later",
                       SL_FMT(name));
    }
    *out = z;
    return true;
}

bool zone_from_rule(struct sl_str rule, struct zone **out, struct sl_err *err)
{
    struct zone_rule r;
    if (!zone_rule_parse(rule, &r))
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' is no time zone rule", SL_FMT(rule));
    struct zone *z = sl_calloc(1, sizeof *z);
    *z = (struct zone){.name = sl_str_dup(rule), .before = r.standard, .has_rule = true, .rule = r};
    *out = z;
    return true;
}

/* ---- files ---- */

static bool load_path(const char *path, struct sl_str name, struct zone **out, struct sl_err *err)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sl_fail_errno(err, errno == ENOENT || errno == ENOTDIR ? SL_NOT_FOUND : SL_IO, errno,
                             "time zone '%.*s'", SL_FMT(name));
    SL_CLEANUP(sl_freep) uint8_t *bytes = sl_malloc(ZONE_FILE_MAX);
    size_t n = 0;
    for (ssize_t got; n < ZONE_FILE_MAX && (got = read(fd, bytes + n, ZONE_FILE_MAX - n)) != 0;
         n += (size_t)got)
        if (got < 0)
            return sl_fail_errno(err, SL_IO, errno, "time zone '%.*s'", SL_FMT(name));
    return zone_parse(name, bytes, n, out, err);
}

/* "Area/City": parts of letters, digits, '_', '+', '-' only, so no dots, and nothing absolute. */
static bool name_is_plain(struct sl_str name)
{
    if (name.n == 0 || name.n > ZONE_NAME_MAX || name.p[0] == '/' || name.p[name.n - 1] == '/')
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i], l = sl_lower(c);
        bool word = (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
        if (!word && !(c == '/' && name.p[i - 1] != '/'))
            return false;
    }
    return true;
}

bool zone_load(struct sl_str name, struct zone **out, struct sl_err *err)
{
    if (!name_is_plain(name))
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' is not the name of a time zone, such as Europe/Berlin",
                       SL_FMT(name));
    char path[sizeof ZONE_FOLDER + ZONE_NAME_MAX];
    memcpy(path, ZONE_FOLDER, sizeof ZONE_FOLDER - 1);
    memcpy(path + sizeof ZONE_FOLDER - 1, name.p, name.n);
    path[sizeof ZONE_FOLDER - 1 + name.n] = '\0';
    if (load_path(path, name, out, NULL))
        return true;
    if (sl_str_eq(name, SL_STR("UTC"))) {
        *out = zone_utc();
        return true;
    }
    return sl_fail(err, SL_NOT_FOUND, "there is no time zone '%.*s' in the system's tz database",
                   SL_FMT(name));
}

struct zone *zone_system(void)
{
    struct zone *z = NULL;
    struct sl_str name = sl_cstr(getenv("TZ"));
    if (name.n > 0 && name.p[0] == ':')
        name = sl_str_sub(name, 1, name.n);
    if (name.n > 0 && (zone_load(name, &z, NULL) || zone_from_rule(name, &z, NULL)))
        return z;
    if (name.n == 0 && load_path("/etc/localtime", SL_STR("system"), &z, NULL))
        return z;
    return zone_utc();
}

/* ---- asking ---- */

int32_t zone_offset(const struct zone *z, int64_t utc_s)
{
    if (z->has_rule && (z->count == 0 || utc_s >= z->steps[z->count - 1].at))
        return zone_rule_offset(&z->rule, utc_s);
    size_t low = 0, high = z->count; /* how many steps are at or before utc_s */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (z->steps[mid].at <= utc_s)
            low = mid + 1;
        else
            high = mid;
    }
    return low == 0 ? z->before : z->steps[low - 1].offset;
}

int64_t zone_change(const struct zone *z, int64_t from, int64_t to)
{
    int32_t offset = zone_offset(z, from);
    if (zone_offset(z, to) == offset)
        return to + 1;
    while (to - from > 1) {
        int64_t mid = from + (to - from) / 2;
        if (zone_offset(z, mid) == offset)
            from = mid;
        else
            to = mid;
    }
    return to;
}

int64_t zone_to_utc(const struct zone *z, int64_t local_s)
{
    /* Offsets stay within a day, so these two bracket the moment; zones do not change twice in two days. */
    int32_t early = zone_offset(z, local_s - DAY_S - 7200), late = zone_offset(z, local_s + DAY_S + 7200);
    int64_t by_early = local_s - early, by_late = local_s - late;
    if (zone_offset(z, by_early) == early)
        return by_early; /* also the first of the two moments that a clock set back shows */
    if (zone_offset(z, by_late) == late)
        return by_late;
    return zone_change(z, local_s - DAY_S - 7200, local_s + DAY_S + 7200);
}
