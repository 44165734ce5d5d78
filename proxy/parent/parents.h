/* parents.h - which parent proxies there are, which of them takes a request, and how they do.
 *
 * Made from the settings, immutable but for how each does: atomic numbers that all workers share. A reload
 * makes another set, in which a parent that stayed keeps its standing. Reference counted: a transaction holds
 * the set that it chose from.
 *
 *     up --- DOWN_AFTER failures in a row, of requests or checks ---> down
 *     down --- UP_AFTER checks in a row, or one request ---> up
 *
 * What is down gets no request. Where nobody checks (parent_check = 0s) one request tries it every REST_MS.
 */
#ifndef PROXY_PARENT_PARENTS_H
#define PROXY_PARENT_PARENTS_H

#include <stdatomic.h>

#include "base/parent.h"
#include "sluice/certificate.h"
#include "sluice/policy.h"
#include "sluice/settings.h"

enum { PARENT_DOWN_AFTER = 3, PARENT_UP_AFTER = 2, PARENT_REST_MS = 10000, PARENT_PLACE = 280 };

struct parent_health {
    atomic_bool down;
    _Atomic unsigned failed, passed; /* in a row; passed: while it is down */
    _Atomic int64_t since_us;        /* wall clock, of the last change between up and down; 0: none */
    _Atomic int64_t tried_ms;        /* monotonic: when it went down, or was last tried since */
    _Atomic uint64_t requests, failures;
    _Atomic(const char *) why; /* static: what went wrong last; NULL since something went well */
};

struct parent {
    struct parent_spec spec;
    char place[PARENT_PLACE];    /* "https://proxy.example:3129", without a login: for people */
    char key[32];                /* names it within the process, for the pool: another set has other keys */
    struct sl_str authorization; /* "Basic ..."; n 0: none */
    unsigned number;             /* of the set: its bit among those that were tried */
    struct parent_health health;
};

/* Parents of one name, in the order of the settings. */
struct parent_group {
    const char *name;
    struct parent *members[PARENTS_MAX];
    size_t count;
    _Atomic unsigned turn;
};

struct parents {
    _Atomic unsigned refs;
    struct parent *items;
    size_t count;
    struct parent_group *groups;
    size_t group_count;
    enum parent_balance balance;
    bool direct; /* parent_fallback */
    int64_t check_ms;
    struct trust *trust; /* for parents of https; NULL: there is none */
};

/* before: whose standing is kept; NULL: nobody's. */
bool parents_new(const struct settings *s, const struct parents *before, struct parents **out,
                 struct sl_err *err);
struct parents *parents_ref(struct parents *p);
void parents_unref(struct parents **p);

/* NULL: nobody is called so. */
struct parent_group *parents_group(const struct parents *p, struct sl_str name);
/* The one that takes a request for this host, among those not in tried (bits of numbers); NULL: none is up.
 */
struct parent *parents_choose(const struct parents *p, struct parent_group *g, struct sl_str host,
                              uint64_t tried, int64_t now_ms);

/* What came of asking it. why: static words. */
void parent_worked(struct parent *p);
void parent_failed(struct parent *p, const char *why);
void parent_refused(struct parent *p, const char *why); /* it is there, but does not let us in */
void parent_checked(struct parent *p, bool ok, const char *why);

/* [{"name","url","state":"up|down","since","requests","failures","error"}], new reference. */
json_t *parents_status(const struct parents *p);
/* Prometheus text of the same. */
void parents_metrics(const struct parents *p, struct sl_text *out);

#endif
