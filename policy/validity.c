/* validity.c - see validity.h. */
#include "policy/validity.h"

#include "policy/civil.h"
#include "policy/document.h"
#include "sluice/clock.h"

static struct validity *made(struct reader *r, struct validity **valid)
{
    if (!*valid)
        *valid = sl_arena_zalloc(&r->doc->arena, sizeof **valid);
    return *valid;
}

/* A date begins at its midnight, or where clocks skip that, right after it. */
static bool read_moment(struct reader *r, const json_t *v, int days_on, int64_t *out_s)
{
    int64_t us, day;
    if (!read_is(r, v, JSON_STRING, "a string"))
        return false;
    if (civil_parse(read_str(v), &day))
        *out_s = zone_to_utc(r->doc->zone, (day + days_on) * DAY_S);
    else if (sl_rfc3339_parse(read_str(v), &us))
        *out_s = civil_floor(us, 1000000);
    else {
        read_fault(r,
                   "'%s' is neither a date such as 2026-12-01 nor a time such as 2026-12-01T08:00:00+01:00",
                   json_string_value(v));
        return false;
    }
    return true;
}

void validity_read_from(struct reader *r, const json_t *v, struct validity **valid)
{
    struct validity *o = made(r, valid);
    o->has_from = read_moment(r, v, 0, &o->from_s);
    o->from = read_str(v);
}

void validity_read_until(struct reader *r, const json_t *v, struct validity **valid)
{
    struct validity *o = made(r, valid);
    o->has_until = read_moment(r, v, 1, &o->until_s);
    o->until = read_str(v);
}

void validity_check(struct reader *r, const struct validity *valid)
{
    if (!valid || !valid->has_from || !valid->has_until || valid->from_s < valid->until_s)
        return;
    size_t mark = read_enter(r, "until");
    read_fault(r, "'%.*s' is not after 'from'; the rule would never be valid", SL_FMT(valid->until));
    read_leave(r, mark);
}

int64_t validity_next_change(const struct validity *valid, int64_t time_s)
{
    if (!validity_begun(valid, time_s))
        return valid->from_s;
    return valid->has_until && !validity_ended(valid, time_s) ? valid->until_s : INT64_MAX;
}
