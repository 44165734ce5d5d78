/* tally.c - see audit/tally.h. Counts of a batch wait in `pending` until their day has committed, so a batch
 * that is tried again is not counted twice. Bounded: rules beyond the first RULES_MOST different ones are not
 * counted. */
#include "audit/tally.h"

#include <stdlib.h>

#include "audit/json.h"

enum { RULES_MOST = 1024 };

struct tally {
    pthread_mutex_t lock; /* of rules */
    struct {
        char *id;
        size_t n;
        uint64_t count;
    } rules[RULES_MOST];
    size_t rule_count;
    struct pending {
        size_t rule;
        int64_t day;
        uint64_t count;
    } * pending; /* the writer's thread only */
    size_t pending_count, pending_cap;
};

struct tally *tally_new(void)
{
    struct tally *t = sl_calloc(1, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void tally_free(struct tally **t)
{
    if (!*t)
        return;
    for (size_t i = 0; i < (*t)->rule_count; i++)
        free((*t)->rules[i].id);
    pthread_mutex_destroy(&(*t)->lock);
    free((*t)->pending);
    sl_freep(t);
}

/* The rule's place, made if need be; RULES_MOST when there is none left. Only the writer adds, so it may look
 * without the lock. */
static size_t rule_place(struct tally *t, struct sl_str id)
{
    size_t i = 0;
    while (i < t->rule_count && !sl_str_eq(sl_str(t->rules[i].id, t->rules[i].n), id))
        i++;
    if (i == t->rule_count && i < RULES_MOST) {
        pthread_mutex_lock(&t->lock);
        t->rules[i].id = sl_str_dup(id);
        t->rules[i].n = id.n;
        t->rule_count++;
        pthread_mutex_unlock(&t->lock);
    }
    return i;
}

static void count(struct tally *t, size_t rule, int64_t day)
{
    for (size_t i = 0; i < t->pending_count; i++)
        if (t->pending[i].rule == rule && t->pending[i].day == day) {
            t->pending[i].count++;
            return;
        }
    SL_GROW(t->pending, t->pending_count, &t->pending_cap);
    t->pending[t->pending_count++] = (struct pending){rule, day, 1};
}

static bool row(void *arg, struct day *day, const struct record *r, uint64_t id, struct sl_err *err)
{
    struct tally *t = arg;
    for (unsigned i = 0; i < r->report_count; i++) {
        size_t rule = rule_place(t, r->report_only[i]);
        if (rule < RULES_MOST)
            count(t, rule, day_number(day));
    }
    return true;
}

/* Takes the counts of that day out of `pending`. */
static void settle(struct tally *t, int64_t day, bool add)
{
    size_t kept = 0;
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->pending_count; i++) {
        if (t->pending[i].day != day)
            t->pending[kept++] = t->pending[i];
        else if (add)
            t->rules[t->pending[i].rule].count += t->pending[i].count;
    }
    t->pending_count = kept;
    pthread_mutex_unlock(&t->lock);
}

static void committed(void *arg, int64_t day)
{
    settle(arg, day, true);
}

static void rolled_back(void *arg, int64_t day)
{
    settle(arg, day, false);
}

struct batch_observer tally_observer(struct tally *t)
{
    return (struct batch_observer){.arg = t, .row = row, .committed = committed, .rolled_back = rolled_back};
}

json_t *tally_to_json(struct tally *t)
{
    json_t *object = json_object();
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->rule_count; i++) {
        json_t *id = text_to_json(sl_str(t->rules[i].id, t->rules[i].n));
        if (t->rules[i].count)
            json_object_set_new(object, json_string_value(id), json_integer((json_int_t)t->rules[i].count));
        json_decref(id);
    }
    pthread_mutex_unlock(&t->lock);
    return object;
}
