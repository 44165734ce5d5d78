/* formats.c - the table of formats, and which of them a file is in. */
#include "policy/lists/formats.h"

const struct list_format formats[] = {
    {"hosts", hosts_fits, hosts_line},
    {"adblock", adblock_fits, adblock_line},
    {"dnsmasq", dnsmasq_fits, dnsmasq_line},
    {"unbound", unbound_fits, unbound_line},
    {"rpz", rpz_fits, rpz_line},
    {"csv", csv_fits, csv_line},
    {"networks", networks_fits, networks_line},
    {"plain", plain_fits, plain_line},
    {"v2fly", v2fly_fits, v2fly_line},
    {"exact", NULL, exact_line},
    {"urls", NULL, urls_line},
    {"expressions", NULL, expressions_line},
    {NULL, NULL, NULL},
};

const struct list_format *format_named(struct sl_str name)
{
    for (const struct list_format *f = formats; f->name != NULL; f++)
        if (sl_str_eq(name, sl_cstr(f->name)))
            return f;
    return NULL;
}

/* "ut1" is a folder of the others: import.c. A test holds this to the table. */
const char *const *list_formats(void)
{
    static const char *const names[] = {"ut1",   "hosts", "adblock",     "dnsmasq", "unbound",
                                        "rpz",   "csv",   "networks",    "plain",   "v2fly",
                                        "exact", "urls",  "expressions", NULL};
    return names;
}

const struct list_format *format_guess(struct sl_str sample)
{
    size_t fits[SL_COUNT(formats)] = {0};
    const struct list_format *best = format_named(SL_STR("plain"));
    struct sl_str line;
    while (sl_str_split(&sample, '\n', &line)) {
        line = sl_str_trim(line);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        for (size_t i = 0; formats[i].name != NULL; i++)
            fits[i] += formats[i].fits != NULL && formats[i].fits(line);
    }
    for (size_t i = SL_COUNT(formats) - 1; i-- > 0;)
        if (fits[i] > 0 && fits[i] >= fits[best - formats])
            best = &formats[i];
    return best;
}
