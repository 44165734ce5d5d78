/* authority.c - see authority.h. */
#include "cli/authority.h"

#include "sluice/clock.h"
#include "sluice/log.h"

enum { DAY_S = 86400, RETRY_S = 3600 };

static const struct actor gateway = {.name = {"gateway", 7}, .source = {"local", 5}};

/* The change stands; that it could not be noted is told. */
static void note(struct store *store, const char *action, const struct ca *ca)
{
    struct sl_err err = {0};
    const struct ca_facts *f = ca_facts(ca);
    if (!store_change_note(store, &gateway, action, sl_cstr(f->id_text), NULL,
                           json_pack("{s:s, s:s}", "subject", f->subject, "sha256", f->sha256), &err))
        sl_log_error("ca", "%s %s is missing in the change log: %s", action, f->id_text, err.msg);
}

static bool make_first(struct ca_live *live, struct store *store, struct sl_err *err)
{
    const struct ca *ca;
    int64_t now_s = sl_wall_us() / 1000000;
    if (!ca_create(&(struct ca_wish){0}, now_s, &ca, err))
        return false;
    bool ok = ca_live_add(live, ca, now_s, err);
    if (ok) {
        note(store, "ca.create", ca);
        sl_log_notice("ca", "made an authority for inspected hosts: %s, sha256=%s", ca_facts(ca)->subject,
                      ca_facts(ca)->sha256);
    }
    ca_unref(&ca);
    return ok;
}

bool authority_ready(struct ca_live *live, const struct settings *s, struct store *store, struct sl_err *err)
{
    const struct ca *ca;
    if (!s->inspect.enabled)
        return true;
    ca = ca_live_get(live);
    if (ca == NULL)
        return make_first(live, store, err);
    const struct ca_facts *f = ca_facts(ca);
    bool ok = ca_key(ca) != NULL;
    if (!ok)
        sl_fail(err, SL_UNAVAILABLE,
                "inspect.enabled is on, and the private key of %.60s cannot be opened: %s", f->subject,
                f->key_fault);
    ca_unref(&ca);
    return ok;
}

/* ---- its end ---- */

static const struct {
    int days;
    enum sl_log_level level;
} steps[] = {{90, SL_LOG_NOTICE}, {30, SL_LOG_WARNING}, {7, SL_LOG_ERROR}, {0, SL_LOG_ERROR}};

/* How many of the steps are behind us. */
static int step_of(int64_t left_s)
{
    int step = 0;
    while (step < (int)SL_COUNT(steps) && left_s <= (int64_t)steps[step].days * DAY_S)
        step++;
    return step;
}

static void say_end(struct ca_live *live, struct authority_watch *w, int64_t now_s)
{
    const struct ca *ca = ca_live_get(live);
    const struct ca_facts *f = ca ? ca_facts(ca) : NULL;
    int64_t left_s = f ? f->not_after_s - now_s : INT64_MAX;
    int step = step_of(left_s);
    bool daily = step >= 3 && now_s - w->said_s >= DAY_S;
    if (step > 0 && (step != w->step || daily)) {
        if (left_s > 0)
            sl_log(steps[step - 1].level, "ca", "%s ends in %lld days; make the next one: sluice ca rotate",
                   f->subject, (long long)(left_s / DAY_S));
        else
            sl_log(SL_LOG_ERROR, "ca", "%s has ended: clients refuse inspected pages; sluice ca rotate --now",
                   f->subject);
        w->said_s = now_s;
    }
    w->step = step;
    ca_unref(&ca);
}

/* ---- the clock ---- */

static bool same(const struct ca *a, const struct ca *b)
{
    return a == b || (a && b && memcmp(ca_id(a), ca_id(b), CA_ID) == 0);
}

static bool tick(struct ca_live *live, struct store *store, int64_t now_s, struct sl_err *err)
{
    bool changed;
    const struct ca *before = ca_live_get(live);
    bool ok = ca_live_tick(live, now_s, &changed, err);
    const struct ca *now = ca_live_get(live);
    if (ok && changed && !same(before, now)) {
        note(store, "ca.sign", now);
        sl_log_notice("ca", "%s signs from now on", ca_facts(now)->subject);
    } else if (ok && changed) {
        sl_log_notice("ca", "a retired authority whose leaves have ended is forgotten");
    }
    ca_unref(&before);
    ca_unref(&now);
    return ok;
}

void authority_tend(struct ca_live *live, struct store *store, struct authority_watch *w, int64_t now_s)
{
    struct sl_err err = {0};
    if (now_s - w->failed_s >= RETRY_S && !tick(live, store, now_s, &err)) {
        w->failed_s = now_s;
        sl_log_error("ca", "what is due cannot be done, and is tried again in an hour: %s", err.msg);
    }
    say_end(live, w, now_s);
}
