/* format_rpz.c - response policy zones: "name CNAME ." is that host alone, "*.name CNAME ." what is below it.
 * What a zone lets through (rpz-passthru) is an exception: the more specific name wins, as in the zone. What
 * it judges by things that we do not see (rpz-client-ip, rpz-nsdname, rpz-nsip) is skipped. */
#include "policy/lists/formats.h"

#include <stdio.h>

static bool is_number(struct sl_str word)
{
    uint64_t n;
    return sl_str_u64(word, UINT32_MAX, &n);
}

/* A name as the zone means it: '.' at its end makes it absolute, so the zone's own name is cut off. */
static const char *relative(struct intake *in, struct sl_str *name)
{
    if (name->n == 0 || name->p[name->n - 1] != '.')
        return NULL;
    struct sl_str origin = sl_text_str(&in->origin);
    size_t n = name->n - 1;
    if (origin.n == 0)
        return "an absolute name, but no $ORIGIN or SOA tells the zone";
    if (n <= origin.n || !sl_str_ieq(sl_str_sub(*name, n - origin.n, origin.n), origin) ||
        name->p[n - origin.n - 1] != '.')
        return "a name outside the zone";
    *name = sl_str_sub(*name, 0, n - origin.n - 1);
    return NULL;
}

static void set_origin(struct intake *in, struct sl_str name)
{
    sl_text_clear(&in->origin);
    if (name.n > 1 && name.p[name.n - 1] == '.')
        sl_text_add(&in->origin, sl_str_sub(name, 0, name.n - 1));
}

/* "24.0.2.0.192.rpz-ip": prefix length, then the address backwards; "zz" is the "::" of IPv6. */
static void take_network(struct intake *in, struct sl_str owner, struct sl_str labels)
{
    struct sl_str parts[18], part;
    size_t count = 0;
    bool has_gap = false;
    while (count < SL_COUNT(parts) && sl_str_split(&labels, '.', &part)) {
        has_gap = has_gap || sl_str_ieq(part, SL_STR("zz"));
        parts[count++] = part;
    }
    bool v4 = count == 5 && !has_gap;
    char text[128];
    size_t n = 0;
    for (size_t i = count; i-- > 1 && n + 8 < sizeof text && parts[i].n < 6;) {
        bool gap = sl_str_ieq(parts[i], SL_STR("zz"));
        bool colon = i + 1 < count && !v4 && (n == 0 || text[n - 1] != ':');
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", colon ? ":" : v4 && n > 0 ? "." : "");
        n += gap ? (size_t)snprintf(text + n, sizeof text - n, "%s", n == 0 ? "::" : ":")
                 : (size_t)snprintf(text + n, sizeof text - n, "%.*s", SL_FMT(parts[i]));
    }
    if (count > 0)
        n += (size_t)snprintf(text + n, sizeof text - n, "/%.*s", (int)SL_MIN(parts[0].n, 4), parts[0].p);
    struct sl_cidr net;
    struct sl_err err;
    if (sl_cidr_parse(sl_str(text, n), &net, &err))
        intake_network(in, net);
    else
        intake_fault(in, owner, err.msg);
}

static void take_owner(struct intake *in, struct sl_str owner)
{
    struct sl_str name = owner;
    const char *why = relative(in, &name);
    if (why != NULL)
        intake_fault(in, owner, why);
    else if (sl_str_ends(name, SL_STR(".rpz-ip")))
        take_network(in, owner, sl_str_sub(name, 0, name.n - 7));
    else if (sl_str_ends(name, SL_STR(".rpz-client-ip")) || sl_str_ends(name, SL_STR(".rpz-nsdname")) ||
             sl_str_ends(name, SL_STR(".rpz-nsip")))
        intake_skip(in);
    else if (sl_str_starts(name, SL_STR("*.")))
        intake_entry(in, sl_str_sub(name, 2, name.n), RECORD_UNDER, ENTRY_TLD);
    else
        intake_entry(in, name, RECORD_EXACT, ENTRY_TLD);
}

/* Type and data of a record whose owner is known. */
static void take_record(struct intake *in, struct sl_str owner, struct sl_str rest)
{
    struct sl_str word, data;
    while (intake_word(&rest, &word) && (is_number(word) || sl_str_ieq(word, SL_STR("IN"))))
        continue;
    bool address = sl_str_ieq(word, SL_STR("A")) || sl_str_ieq(word, SL_STR("AAAA"));
    if (sl_str_ieq(word, SL_STR("SOA"))) {
        set_origin(in, owner);
        intake_skip(in);
        in->in_parentheses = memchr(rest.p, '(', rest.n) != NULL && memchr(rest.p, ')', rest.n) == NULL;
        return;
    }
    if (word.n == 0 || !intake_word(&rest, &data)) {
        intake_fault(in, owner, "no record behind the name");
    } else if (sl_str_eq(owner, SL_STR("@")) || !(address || sl_str_ieq(word, SL_STR("CNAME"))) ||
               sl_str_ieq(data, SL_STR("rpz-tcp-only."))) {
        intake_skip(in);
    } else {
        in->except = sl_str_ieq(data, SL_STR("rpz-passthru."));
        take_owner(in, owner);
        in->except = false;
    }
}

void rpz_line(struct intake *in, struct sl_str line)
{
    struct sl_str rest = sl_str_trim(sl_str_sub(line, 0, sl_str_find(line, ';'))), owner, value;
    if (in->in_parentheses) {
        in->in_parentheses = memchr(rest.p, ')', rest.n) == NULL;
        return;
    }
    if (!intake_word(&rest, &owner))
        return;
    if (sl_str_ieq(owner, SL_STR("$ORIGIN")) && intake_word(&rest, &value))
        set_origin(in, value);
    else if (owner.p[0] == '$' || sl_str_ieq(owner, SL_STR("NS")) || sl_str_ieq(owner, SL_STR("IN")))
        intake_skip(in); /* directives, and records of the zone itself whose owner is the line before */
    else
        take_record(in, owner, rest);
}

bool rpz_fits(struct sl_str line)
{
    struct sl_str owner, word;
    if (!intake_word(&line, &owner))
        return false;
    if (owner.p[0] == '$')
        return true;
    while (intake_word(&line, &word) && (is_number(word) || sl_str_ieq(word, SL_STR("IN"))))
        continue;
    return sl_str_ieq(word, SL_STR("CNAME")) || sl_str_ieq(word, SL_STR("SOA"));
}
