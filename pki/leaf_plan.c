/* leaf_plan.c - see leaf_plan.h.
 * A leaf with all names of a sound origin serves each of its hosts, so they share one: the many hosts of a
 * content network below a wildcard cost one minting. The names of a certificate with a fault are whatever its
 * maker liked: such a leaf is for the host that was asked for and nothing else. */
#include "pki/leaf_plan.h"

#include "sluice/clock.h"

enum { DAY_S = 86400, HOST_MAX = 253 };

/* The first byte of an id. */
enum kind { OF_PAGE = 'p', OF_FAULTY = 'f', OF_HOST = 'h', OF_ORIGIN = 'o' };

struct asked {
    struct leaf_name host, also;
    bool two;
};

static bool may_sign(const struct ca *ca, const struct leaf_name *name)
{
    char text[SL_ADDR_TEXT], lower[HOST_MAX];
    if (name->text.n == 0)
        return ca_covers(ca, sl_cstr(sl_addr_text(name->addr, text)));
    size_t skip = sl_str_starts(name->text, SL_STR("*.")) ? 2 : 0, n = name->text.n - skip;
    for (size_t i = 0; i < n; i++)
        lower[i] = sl_lower(name->text.p[skip + i]);
    return ca_covers(ca, sl_str(lower, n));
}

static bool read_asked(const struct ca *ca, struct sl_str text, struct leaf_name *out, struct sl_err *err)
{
    if (!leaf_name_parse(text, out) || sl_str_starts(out->text, SL_STR("*")))
        return sl_fail(err, SL_BAD_INPUT, "no certificate can name '%.*s'", SL_FMT(sl_str_sub(text, 0, 100)));
    return may_sign(ca, out) ||
           sl_fail(err, SL_DENIED,
                   "the name constraints of the CA %s do not let it sign for '%.*s'; put it on a tunnel rule",
                   ca_facts(ca)->id_text, SL_FMT(text));
}

static void collect(const struct ca *ca, const struct certificate *origin, struct leaf_names *out)
{
    struct leaf_name name;
    for (size_t i = 0; i < origin->name_count && !out->cut; i++)
        if (leaf_name_parse(origin->names[i], &name) && may_sign(ca, &name))
            leaf_names_add(out, &name);
}

static bool covers_asked(const struct leaf_names *names, const struct asked *asked)
{
    return leaf_names_cover(names, &asked->host) && (!asked->two || leaf_names_cover(names, &asked->also));
}

static void add_asked(struct leaf_names *names, const struct asked *asked)
{
    leaf_names_add(names, &asked->host);
    if (asked->two)
        leaf_names_add(names, &asked->also);
}

/* ---- what it is for ---- */

static void id_add(struct leaf_plan *p, struct sl_str text)
{
    for (size_t i = 0; i < text.n; i++)
        p->id[p->id_n++] = (uint8_t)sl_lower(text.p[i]);
    p->id[p->id_n++] = 0;
}

static void identify(struct leaf_plan *p, enum kind kind, const struct certificate *origin,
                     struct sl_str host, struct sl_str also)
{
    p->id[p->id_n++] = (uint8_t)kind;
    if (kind != OF_PAGE)
        id_add(p, sl_cstr(origin->members[0].fingerprint));
    if (kind != OF_ORIGIN) {
        id_add(p, host);
        id_add(p, also);
    }
}

static enum kind choose_names(const struct ca *ca, const struct asked *asked,
                              const struct certificate *origin, struct leaf_names *out)
{
    struct leaf_names all = {0};
    if (!origin || origin->fault != TLS_FAULT_NONE) {
        add_asked(out, asked);
        return origin ? OF_FAULTY : OF_PAGE;
    }
    collect(ca, origin, &all);
    if (!all.cut && covers_asked(&all, asked)) {
        *out = all;
        return OF_ORIGIN;
    }
    add_asked(out, asked);
    for (size_t i = 0; i < all.count; i++)
        leaf_names_add(out, &all.items[i]);
    return OF_HOST;
}

/* ---- when it is valid ---- */

static void narrow(struct leaf_plan *p, int64_t not_before_s, int64_t not_after_s)
{
    p->not_before_s = SL_MAX(p->not_before_s, not_before_s);
    p->not_after_s = SL_MIN(p->not_after_s, not_after_s);
}

static bool is_current(const struct certificate *origin, int64_t now_s)
{
    return origin && origin->fault == TLS_FAULT_NONE && origin->members[0].from_s <= now_s &&
           origin->members[0].until_s > now_s;
}

/* From a day ago, for clients whose clock is behind, to `days` after that. */
static bool choose_dates(struct leaf_plan *p, const struct ca *ca, const struct certificate *origin,
                         unsigned days, int64_t now_s, struct sl_err *err)
{
    char text[SL_RFC3339_TEXT];
    const struct ca_facts *facts = ca_facts(ca);
    p->not_before_s = now_s - DAY_S;
    p->not_after_s = p->not_before_s + (p->lasting ? (int64_t)days : 2) * DAY_S;
    int64_t wished_s = p->not_after_s;
    narrow(p, facts->not_before_s, facts->not_after_s);
    if (p->not_before_s > now_s || p->not_after_s <= now_s)
        return sl_fail(
            err, SL_UNAVAILABLE, "the CA %s is valid %s %s", facts->id_text,
            p->not_before_s > now_s ? "only from" : "no longer since",
            sl_rfc3339((p->not_before_s > now_s ? facts->not_before_s : facts->not_after_s) * 1000000, text));
    if (p->lasting)
        narrow(p, origin->members[0].from_s, origin->members[0].until_s);
    p->renew_s = p->not_after_s < wished_s ? p->not_after_s : wished_s - (wished_s - p->not_before_s) / 4;
    return true;
}

bool leaf_plan_make(const struct ca *ca, const struct leaf_want *want, unsigned days, int64_t now_s,
                    struct leaf_plan *out, struct sl_err *err)
{
    struct asked asked = {.two = want->also.n > 0};
    /* Without a member it showed nothing that can be read. */
    const struct certificate *origin = want->origin && want->origin->member_count > 0 ? want->origin : NULL;
    *out = (struct leaf_plan){0};
    if (!read_asked(ca, want->host, &asked.host, err) ||
        (asked.two && !read_asked(ca, want->also, &asked.also, err)))
        return false;
    enum kind kind = choose_names(ca, &asked, origin, &out->names);
    identify(out, kind, origin, want->host, want->also);
    out->lasting = is_current(origin, now_s);
    return choose_dates(out, ca, origin, days, now_s, err);
}
