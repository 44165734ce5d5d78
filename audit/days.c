/* days.c - see audit/days.h. */
#include "audit/days.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/clock.h"
#include "sluice/record.h"

static const char PREFIX[] = "audit-", SUFFIX[] = ".db";
enum { DATE_TEXT = 10 };

int64_t day_of_time(int64_t wall_us)
{
    return wall_us / DAY_US - (wall_us % DAY_US < 0);
}

int64_t day_of_id(uint64_t id)
{
    return day_of_time(request_id_time_us(id));
}

uint64_t day_first_id(int64_t day)
{
    return request_id_floor(day * DAY_US);
}

void day_ids(int64_t day, int64_t from_us, int64_t to_us, int64_t skew_us, uint64_t *out_lo, uint64_t *out_hi)
{
    int64_t edge;
    *out_lo = SL_MAX(day_first_id(day), (uint64_t)1);
    *out_hi = day_first_id(day + 1) - 1;
    if (from_us && !__builtin_sub_overflow(from_us, skew_us, &edge))
        *out_lo = SL_MAX(*out_lo, request_id_floor(edge));
    if (to_us && !__builtin_add_overflow(to_us, skew_us, &edge) &&
        !__builtin_add_overflow(edge, 1000, &edge)) /* an id's time is in ms */
        *out_hi = SL_MIN(*out_hi, request_id_floor(edge));
}

char *day_path(const char *directory, int64_t day)
{
    char text[SL_RFC3339_TEXT];
    sl_rfc3339(day * DAY_US, text);
    return sl_asprintf("%s/audit/%s%.*s%s", directory, PREFIX, DATE_TEXT, text, SUFFIX);
}

/* "audit-2026-11-23.db" and nothing like it. */
static bool parse_name(const char *name, int64_t *out_day)
{
    struct sl_str s = sl_cstr(name), prefix = sl_cstr(PREFIX), suffix = sl_cstr(SUFFIX);
    char text[SL_RFC3339_TEXT];
    int64_t time_us;
    if (s.n != prefix.n + DATE_TEXT + suffix.n || !sl_str_starts(s, prefix) || !sl_str_ends(s, suffix))
        return false;
    memcpy(text, s.p + prefix.n, DATE_TEXT);
    memcpy(text + DATE_TEXT, "T00:00:00Z", sizeof "T00:00:00Z");
    if (!sl_rfc3339_parse(sl_cstr(text), &time_us))
        return false;
    *out_day = day_of_time(time_us);
    return true;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

bool days_list(const char *directory, struct days *out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *folder = sl_asprintf("%s/audit", directory);
    DIR *dir = opendir(folder);
    int64_t day;
    *out = (struct days){0};
    if (!dir)
        return errno == ENOENT || sl_fail_errno(err, SL_IO, errno, "cannot read folder %s", folder);
    for (const struct dirent *e; (errno = 0, e = readdir(dir));)
        if (parse_name(e->d_name, &day)) {
            SL_GROW(out->items, out->count, &out->cap);
            out->items[out->count++] = day;
        }
    int error = errno;
    closedir(dir);
    if (error) {
        days_fini(out);
        return sl_fail_errno(err, SL_IO, error, "cannot read folder %s", folder);
    }
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare);
    return true;
}

void days_fini(struct days *d)
{
    free(d->items);
    *d = (struct days){0};
}
