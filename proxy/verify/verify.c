/* verify.c - see verify.h. */
#include "proxy/verify/verify.h"

#include <stdlib.h>

#include "sluice/list.h"

/* How often one is judged again: issuers in a row, then their standing. */
enum { ROUNDS = 8 };

struct verifier {
    const struct fetch_means *means;
    struct metrics *metrics;
    struct sl_list errands;
    size_t errand_count;
};

/* One fetch and all who wait for it. */
struct errand {
    struct sl_list node;
    struct verifier *all;
    char key[CERTIFICATE_FINGERPRINT];
    struct fetch *fetch;
    struct sl_list waiting; /* struct hope */
};

/* A want of a verify, and the errand that is run for it. */
struct hope {
    struct sl_list node;
    struct verify *verify;
    size_t want;
    struct errand *errand; /* NULL: not any more */
};

struct verify {
    struct verifier *all;
    struct trust *trust;
    const struct certificate *certificate;
    verify_done *done;
    void *arg;
    struct timer timer; /* the end; at once where no hope is left */
    int64_t end_ms;
    struct hope hopes[CERTIFICATE_WANTS_MAX];
    size_t open; /* hopes with an errand */
    unsigned rounds;
};

static struct loop *loop_of(const struct verifier *all)
{
    return all->means->dialler->loop;
}

static int64_t now_s(const struct verifier *all)
{
    return loop_wall_us(loop_of(all)) / 1000000;
}

static void count(const struct verifier *all, enum metric m)
{
    if (all->metrics)
        metrics_add(all->metrics, m, 1);
}

struct verifier *verifier_new(const struct fetch_means *means, struct metrics *metrics)
{
    struct verifier *all = sl_calloc(1, sizeof *all);
    all->means = means;
    all->metrics = metrics;
    sl_list_init(&all->errands);
    return all;
}

void verifier_free(struct verifier **vp)
{
    struct verifier *all = *vp;
    *vp = NULL;
    if (!all)
        return;
    sl_assert(sl_list_empty(&all->errands));
    free(all);
}

/* ---- errands ---- */

static void errand_free(struct errand *e)
{
    sl_list_remove(&e->node);
    e->all->errand_count--;
    fetch_cancel(&e->fetch);
    free(e);
}

static void drop(struct hope *h)
{
    sl_list_remove(&h->node);
    h->errand = NULL;
    h->verify->open--;
}

/* An errand for nobody is not run on. */
static void give_up(struct hope *h)
{
    struct errand *e = h->errand;
    if (!e)
        return;
    drop(h);
    if (sl_list_empty(&e->waiting))
        errand_free(e);
}

static void arm(struct verify *v, int64_t due_ms)
{
    timer_arm(loop_timers(loop_of(v->all)), &v->timer, due_ms);
}

/* Whoever has all answers goes on by its own timer: nobody is told anything from within this. */
static void on_fetched(void *arg, struct sl_str answer)
{
    struct errand *e = arg;
    const struct trust *fed = NULL;
    e->fetch = NULL;
    count(e->all, answer.n ? METRIC_VERIFY_FETCHED : METRIC_VERIFY_FETCH_FAILED);
    SL_LIST_EACH(node, &e->waiting)
    {
        struct hope *h = SL_LIST_ITEM(node, struct hope, node);
        struct verify *v = h->verify;
        if (v->trust != fed)
            trust_feed(v->trust, v->certificate, h->want, answer, now_s(v->all));
        fed = v->trust;
        drop(h);
        if (v->open == 0)
            arm(v, loop_now_ms(loop_of(v->all)));
    }
    errand_free(e);
}

static struct errand *find_errand(struct verifier *all, const char *key)
{
    SL_LIST_EACH(node, &all->errands)
    {
        struct errand *e = SL_LIST_ITEM(node, struct errand, node);
        if (strcmp(e->key, key) == 0)
            return e;
    }
    return NULL;
}

/* NULL: too many are on their way. */
static struct errand *errand_for(struct verifier *all, const struct certificate_want *w)
{
    struct errand *e = find_errand(all, w->key);
    if (e)
        return e;
    if (all->errand_count >= VERIFY_FETCHES) {
        count(all, METRIC_LIMIT_VERIFY_FETCHES);
        return NULL;
    }
    e = sl_calloc(1, sizeof *e);
    e->all = all;
    memcpy(e->key, w->key, sizeof e->key);
    sl_list_init(&e->waiting);
    sl_list_push(&all->errands, &e->node);
    all->errand_count++;
    const struct fetch_plan plan = {.url = sl_cstr(w->url),
                                    .body = w->body,
                                    .type = sl_cstr(w->type),
                                    .most = w->most,
                                    .timeout_ms = VERIFY_FETCH_MS};
    e->fetch = fetch_start(all->means, &plan, on_fetched, e);
    return e;
}

/* ---- a verify ---- */

static void verify_free(struct verify *v)
{
    for (size_t i = 0; i < CERTIFICATE_WANTS_MAX; i++)
        give_up(&v->hopes[i]);
    timer_cancel(&v->timer);
    certificate_unref(&v->certificate);
    trust_unref(&v->trust);
    free(v);
}

void verify_cancel(struct verify **v)
{
    if (*v)
        verify_free(*v);
    *v = NULL;
}

static void hope_for(struct verify *v, size_t want)
{
    struct errand *e = errand_for(v->all, &v->certificate->wants[want]);
    struct hope *h = &v->hopes[want];
    if (!e)
        return;
    *h = (struct hope){.verify = v, .want = want, .errand = e};
    sl_list_push(&e->waiting, &h->node);
    v->open++;
}

static void judge(struct verify *v, bool last)
{
    const struct certificate *c = trust_judge_again(v->trust, v->certificate, last, now_s(v->all));
    certificate_unref(&v->certificate);
    v->certificate = c;
}

/* All that was wanted has been answered, or can't be. True: the verdict stands. */
static bool conclude(struct verify *v)
{
    judge(v, ++v->rounds >= ROUNDS);
    for (size_t i = 0; i < v->certificate->want_count; i++)
        hope_for(v, i);
    if (v->open > 0) {
        arm(v, v->end_ms);
        return false;
    }
    if (v->certificate->want_count > 0)
        judge(v, true);
    return true;
}

/* Who did not answer in time need not be waited for by the next one. */
static void despair(struct verify *v)
{
    for (size_t i = 0; i < CERTIFICATE_WANTS_MAX; i++)
        if (v->hopes[i].errand)
            trust_feed(v->trust, v->certificate, v->hopes[i].want, sl_str(NULL, 0), now_s(v->all));
    judge(v, true);
}

/* All answers are there, or the time is over. */
static void on_timer(struct timer *t)
{
    struct verify *v = SL_CONTAINER(t, struct verify, timer);
    if (v->open > 0)
        despair(v);
    else if (!conclude(v))
        return;
    v->done(v->arg, v->certificate);
    verify_free(v);
}

struct verify *verify_start(struct verifier *all, struct trust *trust, const struct certificate *c,
                            int64_t within_ms, verify_done *done, void *arg)
{
    struct verify *v = sl_calloc(1, sizeof *v);
    *v = (struct verify){.all = all,
                         .trust = trust_ref(trust),
                         .certificate = certificate_ref(c),
                         .done = done,
                         .arg = arg,
                         .end_ms = loop_now_ms(loop_of(all)) + SL_MIN(within_ms, (int64_t)VERIFY_MS)};
    timer_init(&v->timer, on_timer);
    for (size_t i = 0; i < c->want_count; i++)
        hope_for(v, i);
    arm(v, v->open > 0 ? v->end_ms : 0);
    return v;
}
