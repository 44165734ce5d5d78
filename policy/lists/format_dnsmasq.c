/* format_dnsmasq.c - dnsmasq settings: "address=/d/#", "local=/d/", "server=/d/": the domain and all below.
 */
#include "policy/lists/formats.h"

/* What stands behind the last slash: a real address is a mapping or a forwarder and blocks nothing. */
static bool blocks(struct sl_str target, bool is_address)
{
    if (target.n == 0 || sl_str_eq(target, SL_STR("#")))
        return true;
    return is_address && (sl_str_eq(target, SL_STR("0.0.0.0")) || sl_str_eq(target, SL_STR("::")) ||
                          sl_str_starts(target, SL_STR("127.")) || sl_str_eq(target, SL_STR("::1")));
}

/* The value of one of the settings that can block. */
static bool take_value(struct sl_str line, struct sl_str *out, bool *out_is_address)
{
    static const struct {
        struct sl_str key;
        bool is_address;
    } keys[] = {{{"address=", 8}, true}, {{"server=", 7}, false}, {{"local=", 6}, false}};
    for (size_t i = 0; i < SL_COUNT(keys); i++)
        if (sl_str_starts(line, keys[i].key)) {
            *out = sl_str_sub(line, keys[i].key.n, line.n);
            *out_is_address = keys[i].is_address;
            return true;
        }
    return false;
}

void dnsmasq_line(struct intake *in, struct sl_str line)
{
    struct sl_str value, name;
    bool is_address;
    line = intake_content(line, '#');
    if (line.n == 0)
        return;
    if (!take_value(line, &value, &is_address)) {
        if (sl_str_find(line, '=') == line.n && sl_str_find(line, ' ') < line.n)
            intake_fault(in, line, "no setting of dnsmasq");
        else
            intake_skip(in);
        return;
    }
    size_t last = value.n;
    while (last > 0 && value.p[last - 1] != '/')
        last--;
    if (value.n == 0 || value.p[0] != '/' || last < 2) {
        intake_skip(in); /* "server=9.9.9.9": for every domain */
        return;
    }
    if (!blocks(sl_str_sub(value, last, value.n), is_address)) {
        intake_skip(in);
        return;
    }
    struct sl_str names = sl_str_sub(value, 1, last - 2);
    while (sl_str_split(&names, '/', &name))
        intake_entry(in, name, RECORD_BELOW, ENTRY_TLD);
}

bool dnsmasq_fits(struct sl_str line)
{
    struct sl_str value;
    bool is_address;
    return take_value(line, &value, &is_address) && value.n > 0 && value.p[0] == '/';
}
