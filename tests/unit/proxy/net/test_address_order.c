/* test_address_order.c - unit tests of proxy/net/address_order.c: the examples of RFC 6724, 10.2, as far as
 * they concern us, and what the kernel says. */
#include "proxy/net/address_order.h"

#include "tests/support/cmocka_all.h"

static struct sl_addr addr(const char *text)
{
    struct sl_addr a;
    if (!sl_addr_parse(sl_cstr(text), &a))
        fail_msg("%s is no address", text);
    return a;
}

enum { MOST = 6 };

/* Destinations with the source that the machine would take ("": no way), in the order in which they came. */
static const struct scene {
    const char *came[MOST][2], *sorted[MOST];
} scenes[] = {
    /* no way: last */
    {{{"2606::1", ""}, {"8.8.8.8", "9.9.9.1"}}, {"8.8.8.8", "2606::1"}},
    {{{"8.8.8.8", "9.9.9.1"}, {"2606::1", "2607::1"}}, {"2606::1", "8.8.8.8"}},
    /* scopes that fit */
    {{{"2606::1", "fe80::1"}, {"8.8.8.8", "9.9.9.1"}}, {"8.8.8.8", "2606::1"}},
    {{{"2606::1", "fe80::1"}, {"8.8.8.8", "169.254.1.1"}}, {"2606::1", "8.8.8.8"}},
    /* labels that fit: not from a 6to4 address to a native one */
    {{{"2606::1", "2002:909:901::1"}, {"8.8.8.8", "9.9.9.1"}}, {"8.8.8.8", "2606::1"}},
    {{{"2606::1", "fd00::1"}, {"8.8.8.8", "10.0.0.1"}}, {"8.8.8.8", "2606::1"}},
    /* precedence */
    {{{"2002:808:808::1", "2002:909:901::1"}, {"2606::1", "2607::1"}}, {"2606::1", "2002:808:808::1"}},
    {{{"fd00::2", "fd00::1"}, {"8.8.8.8", "9.9.9.1"}}, {"8.8.8.8", "fd00::2"}},
    /* the smaller scope */
    {{{"2606::1", "2607::1"}, {"fe80::2", "fe80::1"}}, {"fe80::2", "2606::1"}},
    /* families in turn, each in its order */
    {{{"8.8.8.8", "9.9.9.1"},
      {"8.8.4.4", "9.9.9.1"},
      {"2606::2", "2607::1"},
      {"2606::1", "2607::1"},
      {"2606::3", "2607::1"}},
     {"2606::2", "8.8.8.8", "2606::1", "8.8.4.4", "2606::3"}},
    {{{"2606::2", ""}, {"8.8.8.8", "9.9.9.1"}, {"2606::1", ""}, {"8.8.4.4", "9.9.9.1"}},
     {"8.8.8.8", "8.8.4.4", "2606::2", "2606::1"}},
};

static const struct scene *now;

static bool source_of(struct address_order *o, struct sl_addr to, struct sl_addr *out)
{
    for (size_t i = 0; i < MOST && now->came[i][0]; i++)
        if (sl_addr_eq(addr(now->came[i][0]), to) && *now->came[i][1]) {
            *out = addr(now->came[i][1]);
            return true;
        }
    return false;
}

TEST(address_order_sort__follows_the_rules_that_matter)
{
    for (size_t s = 0; s < SL_COUNT(scenes); s++) {
        struct address_order o = {.source = source_of, .fds = {-1, -1}};
        struct sl_addr addrs[MOST];
        unsigned n = 0;
        now = &scenes[s];
        for (; n < MOST && now->came[n][0]; n++)
            addrs[n] = addr(now->came[n][0]);
        address_order_sort(&o, addrs, n);
        for (unsigned i = 0; i < n; i++)
            if (!sl_addr_eq(addrs[i], addr(now->sorted[i])))
                fail_msg("scene %zu, place %u", s, i);
    }
}

TEST(address_order_sort__leaves_ipv4_as_it_was_turned)
{
    struct address_order o = {.source = NULL}; /* nobody is asked */
    struct sl_addr addrs[] = {addr("192.0.2.9"), addr("10.0.0.1"), addr("8.8.8.8")}, before[3];
    memcpy(before, addrs, sizeof addrs);
    address_order_sort(&o, addrs, 3);
    assert_memory_equal(addrs, before, sizeof addrs);
}

TEST(address_order_sort__asks_the_kernel)
{
    struct address_order o;
    struct sl_addr addrs[] = {addr("127.0.0.1"), addr("127.0.0.2"), addr("::1")};
    address_order_init(&o);
    address_order_sort(&o, addrs, 3);
    struct sl_addr source;
    assert_true(o.source(&o, addr("127.0.0.9"), &source));
    assert_true(sl_addr_eq(source, addr("127.0.0.1")) || sl_addr_eq(source, addr("127.0.0.9")));
    if (o.source(&o, addr("::1"), &source)) /* a machine with IPv6 */
        assert_true(sl_addr_eq(addrs[0], addr("::1")));
    else
        assert_true(sl_addr_eq(addrs[2], addr("::1")));
    address_order_fini(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_order_sort__follows_the_rules_that_matter),
        cmocka_unit_test(address_order_sort__leaves_ipv4_as_it_was_turned),
        cmocka_unit_test(address_order_sort__asks_the_kernel),
    };
    return cmocka_run_group_tests_name("proxy/net/address_order", tests, NULL, NULL);
}
