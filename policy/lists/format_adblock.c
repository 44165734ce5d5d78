/* format_adblock.c - filters of Adblock Plus, AdGuard and uBlock, as far as they speak of hosts: "||host^"
 * and
 * "||host/path", without options or with options that concern whole pages; "@@||host^" is an exception, which
 * wins over all but what is important. What hides elements or blocks by type of resource is counted as
 * skipped. */
#include "policy/lists/formats.h"

/* Options that leave a filter what a gateway can do: refuse the host. */
static bool options_are_fine(struct sl_str options, bool *out_important)
{
    static const char *const fine[] = {"document", "doc", "all", "third-party", "3p", "popup", "important"};
    struct sl_str option;
    while (sl_str_split(&options, ',', &option)) {
        bool known = false;
        *out_important = *out_important || sl_str_eq(option, SL_STR("important"));
        for (size_t i = 0; i < SL_COUNT(fine); i++)
            known = known || sl_str_eq(option, sl_cstr(fine[i]));
        if (!known)
            return false;
    }
    return true;
}

/* "example.com##.ad"; with a blank before it, "##" is somebody's comment. */
static bool is_cosmetic(struct sl_str line)
{
    for (size_t i = 0; i + 1 < line.n; i++)
        if (line.p[i] == '#' && (i == 0 || line.p[i - 1] != ' ') &&
            (line.p[i + 1] == '#' || line.p[i + 1] == '@' || line.p[i + 1] == '?' || line.p[i + 1] == '$' ||
             line.p[i + 1] == '%'))
            return true;
    return false;
}

/* "/regex/" with its options cut off. */
static bool take_regex(struct sl_str filter, struct sl_str *out)
{
    if (filter.n < 3 || filter.p[0] != '/' || filter.p[filter.n - 1] != '/')
        return false;
    *out = sl_str_sub(filter, 1, filter.n - 2);
    return true;
}

/* Where the options begin: behind the last '$' that no '/' follows, since paths and regexes have '$' too. */
static size_t options_start(struct sl_str line)
{
    for (size_t i = line.n; i-- > 0 && line.p[i] != '/';)
        if (line.p[i] == '$')
            return i;
    return line.n;
}

/* What stands behind "||". */
static void take_host_filter(struct intake *in, struct sl_str filter)
{
    if (filter.n > 0 && filter.p[filter.n - 1] == '|')
        filter.n--;
    bool closed = filter.n > 0 && filter.p[filter.n - 1] == '^';
    if (closed)
        filter.n--;
    if (memchr(filter.p, '*', filter.n) != NULL || memchr(filter.p, '^', filter.n) != NULL) {
        intake_skip(in); /* a pattern */
        return;
    }
    bool tld = sl_str_find(filter, '.') == filter.n;
    intake_entry(in, filter, RECORD_BELOW, tld && closed ? ENTRY_TLD : 0);
}

/* A filter without its options and without "@@". */
static void take_filter(struct intake *in, struct sl_str filter)
{
    struct sl_str regex;
    if (take_regex(filter, &regex))
        in->except ? intake_skip(in) : intake_expression(in, regex);
    else if (sl_str_starts(filter, SL_STR("||")))
        take_host_filter(in, sl_str_sub(filter, 2, filter.n));
    else if (plain_fits(filter) && sl_str_find(filter, '*') == filter.n &&
             sl_str_find(filter, '/') == filter.n && filter.p[0] != '.' && filter.p[0] != '-' &&
             filter.p[0] != '&' && filter.p[0] != '|')
        intake_entry(in, filter, RECORD_BELOW, 0); /* AdGuard's DNS filters also hold plain hosts */
    else
        intake_skip(in); /* some part of a URL */
}

void adblock_line(struct intake *in, struct sl_str line)
{
    bool important = false;
    if (line.n == 0 || line.p[0] == '!' || (line.p[0] == '[' && line.p[line.n - 1] == ']'))
        return;
    if (line.p[0] == '#' && !is_cosmetic(line))
        return; /* a comment of lists that are also hosts files */
    size_t options = options_start(line);
    struct sl_str filter = sl_str_sub(line, 0, options);
    if (is_cosmetic(line) ||
        (options < line.n && !options_are_fine(sl_str_sub(line, options + 1, line.n), &important))) {
        intake_skip(in);
        return;
    }
    in->except = sl_str_starts(filter, SL_STR("@@"));
    in->important = important;
    in->exceptions_win = true;
    take_filter(in, in->except ? sl_str_sub(filter, 2, filter.n) : filter);
    in->except = in->important = in->exceptions_win = false;
}

bool adblock_fits(struct sl_str line)
{
    return sl_str_starts(line, SL_STR("||")) || sl_str_starts(line, SL_STR("@@")) ||
           (sl_str_starts(line, SL_STR("[Adblock"))) || is_cosmetic(line) || line.p[0] == '!';
}
