/* formats.c - the table of formats, and which of them a file is in. */
#include "policy/lists/formats.h"

const struct list_format formats[] = {
    {"json", json_fits, json_line, .streams = true},
    {"hosts", hosts_fits, hosts_line},
    {"adblock", adblock_fits, adblock_line},
    {"dnsmasq", dnsmasq_fits, dnsmasq_line},
    {"unbound", unbound_fits, unbound_line},
    {"rpz", rpz_fits, rpz_line},
    {"csv", csv_fits, csv_line},
    {"networks", networks_fits, networks_line},
    {"diff", diff_fits, diff_line},
    {"plain", plain_fits, plain_line},
    {"v2fly", v2fly_fits, v2fly_line},
    {"e2guardian", e2guardian_fits, e2guardian_line},
    {"e2guardian-regexes", NULL, e2guardian_regex_line},
    {"diff-urls", NULL, diff_urls_line},
    {"exact", NULL, exact_line},
    {"zscaler", NULL, exact_line}, /* a host with all its paths; with a dot before it, what is below too */
    {"urls", NULL, urls_line},
    {"expressions", NULL, expressions_line},
    {NULL, NULL, NULL, false},
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
    static const char *const names[] = {
        "ut1",       "json",     "hosts",   "adblock", "dnsmasq",     "unbound",    "rpz",
        "csv",       "networks", "diff",    "plain",   "v2fly",       "e2guardian", "e2guardian-regexes",
        "diff-urls", "exact",    "zscaler", "urls",    "expressions", NULL};
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
