/* res_inspection.c - how much of TLS is inspected, with what on either side, and which sites are at fault. */
#include <stdlib.h>

#include "adminapi/resources.h"
#include "adminapi/stats.h"
#include "sluice/faulty.h"

enum { FAULTS = 40, NAMES = 20, FAULTS_WITH_HOSTS = 12, HOSTS_EACH = 20, HOSTS = 50 };
static const int64_t DAY_US = (int64_t)86400 * 1000000;

/* ---- figures of a time ---- */

/* One question after another; the first that fails is what is told. */
struct asking {
    struct api_request *req;
    struct figures_span span;
    bool approx, failed;
    struct sl_err err;
};

static struct audit_term *only(struct audit_filter *f, enum audit_field field, struct sl_str text)
{
    struct audit_term *t = audit_filter_add(f, field, false);
    t->text = text;
    return t;
}

static struct audit_filter tunnels(void)
{
    struct audit_filter f;
    audit_filter_init(&f);
    only(&f, AUDIT_METHOD, SL_STR("CONNECT"));
    return f;
}

static uint64_t count(struct asking *a, const struct audit_filter *filter)
{
    struct figures_query q = stats_query(a->req, &a->span, filter);
    SL_CLEANUP(sl_freep) struct figures *steps = sl_calloc(a->span.count, sizeof *steps);
    struct figures all = {0};
    bool approx = false;
    if (!a->failed)
        a->failed = !figures_over_time(&q, steps, &approx, &a->err);
    for (size_t i = 0; i < a->span.count; i++)
        figures_add(&all, &steps[i]);
    a->approx |= approx;
    return all.requests;
}

/* The caller finishes the table, which is empty where it failed. */
static struct figures_table top(struct asking *a, enum figures_by by, const struct audit_filter *filter,
                                unsigned limit)
{
    struct figures_query q = stats_query(a->req, &a->span, filter);
    struct figures_order order = {.by = by, .metric = FIGURES_REQUESTS, .limit = limit};
    struct figures_table table = {0};
    if (!a->failed)
        a->failed = !figures_top(&q, &order, &table, &a->err);
    a->approx |= table.approx;
    return table;
}

static json_t *counted(const struct figures_value *v)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "name", v->name, "requests", stats_number(v->total.requests),
                     "blocked", stats_number(figures_metric(&v->total, FIGURES_BLOCKED)), "last",
                     stats_minute(v->total.last_min));
}

/* Those that have a name: what has none came without TLS, or not that far. */
static json_t *items(struct asking *a, enum figures_by by, unsigned limit)
{
    struct figures_table table = top(a, by, NULL, limit);
    json_t *list = json_array();
    for (size_t i = 0; i < table.count; i++)
        if (table.items[i].name)
            json_array_append_new(list, counted(&table.items[i]));
    figures_table_fini(&table);
    return list;
}

static json_t *side(struct asking *a, enum figures_by versions, enum figures_by ciphers)
{
    json_t *v = items(a, versions, NAMES);
    return json_pack("{s:o, s:o}", "versions", v, "ciphers", items(a, ciphers, NAMES));
}

static json_t *tunnel_figures(struct asking *a)
{
    struct audit_filter f = tunnels();
    uint64_t total = count(a, &f);
    struct audit_term *inspected = audit_filter_add(&f, AUDIT_INSPECTED, false);
    inspected->min = inspected->max = true;
    return json_pack("{s:o, s:o}", "total", stats_number(total), "inspected", stats_number(count(a, &f)));
}

/* ---- failing hosts ---- */

struct failing {
    const char *fault;
    struct figures_value *v;
};

static int most_first(const void *a, const void *b)
{
    const struct failing *x = a, *y = b;
    return x->v->total.requests == y->v->total.requests  ? strcmp(x->v->name, y->v->name)
           : x->v->total.requests > y->v->total.requests ? -1
                                                         : 1;
}

static json_t *failing_json(struct faulty_hosts *faulty, const struct failing *f)
{
    json_t *item = counted(f->v);
    json_object_set_new(item, "fault", json_string(f->fault));
    json_object_set_new(item, "chain", json_boolean(faulty && faulty_known(faulty, sl_cstr(f->v->name))));
    return item;
}

/* Of each of the commonest faults, the hosts that have it most often. */
static json_t *failing_hosts(struct asking *a, const json_t *faults)
{
    struct figures_table tables[FAULTS_WITH_HOSTS];
    struct failing all[FAULTS_WITH_HOSTS * HOSTS_EACH];
    size_t kinds = SL_MIN(json_array_size(faults), (size_t)FAULTS_WITH_HOSTS), n = 0;
    for (size_t i = 0; i < kinds; i++) {
        const char *fault = json_string_value(json_object_get(json_array_get(faults, i), "name"));
        struct audit_filter filter;
        audit_filter_init(&filter);
        only(&filter, AUDIT_TLS_FAULT, sl_cstr(fault));
        tables[i] = top(a, FIGURES_BY_HOST, &filter, HOSTS_EACH);
        for (size_t k = 0; k < tables[i].count; k++)
            if (tables[i].items[k].name)
                all[n++] = (struct failing){fault, &tables[i].items[k]};
    }
    qsort(all, n, sizeof *all, most_first);
    json_t *list = json_array();
    for (size_t i = 0; i < SL_MIN(n, (size_t)HOSTS); i++)
        json_array_append_new(list, failing_json(a->req->ctx->faulty, &all[i]));
    for (size_t i = 0; i < kinds; i++)
        figures_table_fini(&tables[i]);
    return list;
}

void inspection_show(struct api_request *req, struct api_reply *reply)
{
    struct asking a = {.req = req};
    if (!stats_span(req, DAY_US, 1, &a.span, reply))
        return;
    json_t *faults = items(&a, FIGURES_BY_TLS_FAULT, FAULTS);
    json_t *o = json_pack("{s:b, s:o, s:o, s:o}", "enabled", req->settings->inspect.enabled, "from",
                          stats_minute(a.span.from_min), "to", stats_minute(a.span.to_min), "tunnels",
                          tunnel_figures(&a));
    json_object_set_new(o, "client", side(&a, FIGURES_BY_TLS_VERSION, FIGURES_BY_TLS_CIPHER));
    json_object_set_new(o, "origin", side(&a, FIGURES_BY_TLS_ORIGIN_VERSION, FIGURES_BY_TLS_ORIGIN_CIPHER));
    /* Who was visited is for those who may read the log. */
    json_object_set_new(o, "hosts", req->role >= ROLE_AUDITOR ? failing_hosts(&a, faults) : json_null());
    json_object_set_new(o, "faults", faults);
    json_object_set_new(o, "approx", json_boolean(a.approx));
    if (!a.failed) {
        reply_json(reply, 200, o);
        return;
    }
    json_decref(o);
    stats_trouble(reply, &a.err);
}
