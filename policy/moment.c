/* moment.c - what the time alone decides: which schedules hold and which guards can act. Found once a minute
 * and kept in the scratch, for it seldom changes from one request to the next. */
#include "policy/civil.h"
#include "policy/walk.h"

enum { MINUTE_S = 60 };

/* Whether this zone's clocks keep step with the minutes of UTC from `from` to `until`: a schedule changes at
 * full minutes by its own clocks. Offsets with odd seconds are history, but times may be too. */
static bool in_step(const struct zone *zone, int64_t from, int64_t until)
{
    int32_t offset = zone_offset(zone, from);
    return offset % MINUTE_S == 0 && zone_offset(zone, until - 1) == offset;
}

static void schedules_now(struct walk *w)
{
    const struct document *doc = &w->s->doc;
    struct moment *m = &w->scratch->moment;
    uint64_t *holds = walk_bits(w, w->s->layout.schedules);
    memset(holds, 0, words_for(doc->schedule_names.count) * sizeof *holds);
    for (size_t i = 0; i < doc->schedule_names.count; i++) {
        if (schedule_holds(&doc->schedules[i], w->facts->time_s))
            bit_set(holds, i);
        if (!in_step(doc->schedules[i].zone, m->from, m->until)) {
            m->from = w->facts->time_s;
            m->until = m->from + 1;
        }
    }
}

/* Draws the moment's ends in to when the validity changes. */
static void bound(struct moment *m, const struct validity *v, int64_t time_s)
{
    const int64_t edges[] = {v->has_from ? v->from_s : INT64_MIN, v->has_until ? v->until_s : INT64_MAX};
    for (size_t i = 0; i < SL_COUNT(edges); i++) {
        if (edges[i] <= time_s)
            m->from = SL_MAX(m->from, edges[i]);
        else
            m->until = SL_MIN(m->until, edges[i]);
    }
}

static void guards_now(struct walk *w, const struct sieve *s, uint64_t *out)
{
    memcpy(out, s->on, s->words * sizeof *out);
    for (size_t i = 0; i < s->timed_count; i++) {
        const struct guard *g = s->guards[s->timed[i]];
        const struct clause *schedule = condition_clause(&g->when, CONDITION_SCHEDULE);
        if (g->valid)
            bound(&w->scratch->moment, g->valid, w->facts->time_s);
        if ((g->valid && !validity_holds(g->valid, w->facts->time_s)) ||
            (schedule && match_clause(w, schedule, false) == HOLDS_NO))
            bit_clear(out, s->timed[i]);
    }
}

void moment_find(struct walk *w)
{
    struct moment *m = &w->scratch->moment;
    int64_t now = w->facts->time_s;
    if (SL_LIKELY(now >= m->from && now < m->until))
        return;
    m->from = civil_floor(now, MINUTE_S) * MINUTE_S;
    m->until = m->from + MINUTE_S;
    schedules_now(w);
    for (int i = 0; i < SIEVE_COUNT; i++)
        guards_now(w, &w->s->sieves[i], walk_bits(w, w->s->layout.moments[i]));
}
