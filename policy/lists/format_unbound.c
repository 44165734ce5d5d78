/* format_unbound.c - unbound settings: local-zone: "d." always_nxdomain: the domain and all below. */
#include "policy/lists/formats.h"

/* Types of zones that answer nothing useful; the others let names through or give them addresses. */
static bool blocks(struct sl_str type)
{
    static const char *const types[] = {
        "always_null", "always_nxdomain", "always_refuse", "always_nodata", "always_deny",
        "deny",        "refuse",          "static",        "redirect",      "inform_deny"};
    for (size_t i = 0; i < SL_COUNT(types); i++)
        if (sl_str_ieq(type, sl_cstr(types[i])))
            return true;
    return false;
}

static bool take_zone(struct sl_str line, struct sl_str *rest)
{
    if (!sl_str_istarts(line, SL_STR("local-zone:")))
        return false;
    *rest = sl_str_sub(line, 11, line.n);
    return true;
}

void unbound_line(struct intake *in, struct sl_str line)
{
    struct sl_str rest, name, type;
    line = intake_content(line, '#');
    if (line.n == 0)
        return;
    if (!take_zone(line, &rest)) {
        if (sl_str_find(line, ':') == line.n)
            intake_fault(in, line, "no setting of unbound");
        else
            intake_skip(in);
        return;
    }
    if (!intake_word(&rest, &name) || !intake_word(&rest, &type)) {
        intake_fault(in, line, "a zone and its type are needed");
        return;
    }
    if (name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
        name = sl_str_sub(name, 1, name.n - 2);
    if (blocks(type))
        intake_entry(in, name, RECORD_BELOW, ENTRY_TLD);
    else
        intake_skip(in);
}

bool unbound_fits(struct sl_str line)
{
    struct sl_str rest;
    return take_zone(line, &rest) || sl_str_eq(line, SL_STR("server:")) ||
           sl_str_istarts(line, SL_STR("local-data:"));
}
