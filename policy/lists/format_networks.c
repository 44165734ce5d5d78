/* format_networks.c - addresses, networks and ranges: "192.0.2.1", "10.0.0.0/8", "192.0.2.1-192.0.2.9".
 * Anything behind the first word is a comment if it begins with '#' or ';'. */
#include "policy/lists/formats.h"

typedef unsigned __int128 number;

static number to_number(struct sl_addr a)
{
    number n = 0;
    for (size_t i = 0; i < 16; i++)
        n = n << 8 | a.b[i];
    return n;
}

static struct sl_addr to_addr(number n)
{
    struct sl_addr a;
    for (size_t i = 16; i-- > 0; n >>= 8)
        a.b[i] = (uint8_t)n;
    return a;
}

/* The fewest networks that make up the range: each step takes the largest that begins where the range does.
 */
static void add_range(struct intake *in, number first, number last)
{
    for (;;) {
        unsigned host_bits = 0;
        while (host_bits < 127 && !(first >> host_bits & 1) && (((number)2 << host_bits) - 1) <= last - first)
            host_bits++;
        intake_network(in, (struct sl_cidr){to_addr(first), (uint8_t)(128 - host_bits)});
        number size = (number)1 << host_bits;
        if (last - first < size)
            return;
        first += size;
    }
}

static bool is_range(struct sl_str word, struct sl_addr *out_first, struct sl_addr *out_last)
{
    size_t dash = sl_str_find(word, '-');
    return dash < word.n && sl_addr_parse(sl_str_sub(word, 0, dash), out_first) &&
           sl_addr_parse(sl_str_sub(word, dash + 1, word.n), out_last);
}

bool networks_range(struct intake *in, struct sl_str word)
{
    struct sl_addr first, last;
    if (!is_range(word, &first, &last))
        return false;
    if (sl_addr_is_v4(first) != sl_addr_is_v4(last) || to_number(first) > to_number(last))
        intake_fault(in, word, "a range goes from a lower to a higher address of one family");
    else
        add_range(in, to_number(first), to_number(last));
    return true;
}

static void one_network(struct intake *in, struct sl_str word)
{
    struct sl_cidr net;
    struct sl_err err;
    if (networks_range(in, word))
        return;
    if (sl_cidr_parse(word, &net, &err)) {
        intake_network(in, net);
    } else {
        intake_fault(in, word, err.msg);
    }
}

void networks_line(struct intake *in, struct sl_str line)
{
    struct sl_str rest = intake_content(intake_content(line, '#'), ';'), whole = rest, word, more;
    if (!intake_word(&rest, &word))
        return;
    if (intake_word(&rest, &more))
        intake_fault(in, whole, "more than one word");
    else
        one_network(in, word);
}

bool networks_fits(struct sl_str line)
{
    struct sl_str rest = intake_content(intake_content(line, '#'), ';'), word, more;
    struct sl_addr first, last;
    struct sl_cidr net;
    struct sl_err err;
    return intake_word(&rest, &word) && !intake_word(&rest, &more) &&
           (is_range(word, &first, &last) || sl_cidr_parse(word, &net, &err));
}
