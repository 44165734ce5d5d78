/* format_hosts.c - hosts files: "0.0.0.0 name [name...] # comment". A name means that host, not what is below
 * it; its www. twin is folded in, since lists carry both only because hosts files cannot say it. */
#include "policy/lists/formats.h"

/* Addresses that lead nowhere; another address is a real mapping and blocks nothing. */
static bool is_sink(struct sl_addr a)
{
    static const uint8_t loopback6[16] = {[15] = 1};
    if (!sl_addr_is_v4(a))
        return sl_addr_none(a) || memcmp(a.b, loopback6, 16) == 0 ||
               (a.b[0] == 0xfe && (a.b[1] & 0xc0) == 0x80);
    return a.b[12] == 127 || a.b[12] == 0 || (a.b[12] & a.b[13] & a.b[14] & a.b[15]) == 255;
}

static bool read_address(struct sl_str word, struct sl_addr *out)
{
    if (sl_str_eq(word, SL_STR("0")))
        return sl_addr_parse(SL_STR("0.0.0.0"), out);
    return sl_addr_parse(sl_str_sub(word, 0, sl_str_find(word, '%')), out);
}

/* What every system's own hosts file has. */
static bool is_local_name(struct sl_str name)
{
    static const char *const names[] = {"localhost",
                                        "localhost.localdomain",
                                        "localhost4",
                                        "localhost6",
                                        "local",
                                        "broadcasthost",
                                        "loopback",
                                        "localhost4.localdomain4",
                                        "localhost6.localdomain6"};
    for (size_t i = 0; i < SL_COUNT(names); i++)
        if (sl_str_ieq(name, sl_cstr(names[i])))
            return true;
    return sl_str_istarts(name, SL_STR("ip6-"));
}

static void one_name(struct intake *in, struct sl_str name)
{
    struct sl_addr addr;
    if (is_local_name(name) || (sl_addr_parse(name, &addr) && is_sink(addr)))
        intake_skip(in);
    else
        intake_entry(in, name, RECORD_TWIN, 0);
}

void hosts_line(struct intake *in, struct sl_str line)
{
    struct sl_str rest = sl_str_sub(line, 0, sl_str_find(line, '#')), word, name;
    struct sl_addr addr;
    if (!intake_word(&rest, &word))
        return;
    if (!read_address(word, &addr)) {
        intake_fault(in, line, "no address before the name");
        return;
    }
    if (!intake_word(&rest, &name)) {
        intake_fault(in, line, "no name after the address");
        return;
    }
    do {
        if (is_sink(addr))
            one_name(in, name);
        else
            intake_skip(in);
    } while (intake_word(&rest, &name));
}

bool hosts_fits(struct sl_str line)
{
    struct sl_str rest = sl_str_sub(line, 0, sl_str_find(line, '#')), word, name;
    struct sl_addr addr;
    return intake_word(&rest, &word) && intake_word(&rest, &name) && read_address(word, &addr);
}
