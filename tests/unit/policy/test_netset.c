/* test_netset.c - unit tests of policy/netset.c and names.c. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>

#include "policy/names.h"
#include "policy/netset.h"

static struct sl_addr addr(const char *text)
{
    struct sl_addr a;
    if (!sl_addr_parse(sl_cstr(text), &a))
        fail_msg("bad address %s", text);
    return a;
}

static struct sl_cidr cidr(const char *text)
{
    struct sl_cidr c;
    struct sl_err err;
    if (!sl_cidr_parse(sl_cstr(text), &c, &err))
        fail_msg("%s", err.msg);
    return c;
}

TEST(netset_lookup__finds_every_network_around_an_address)
{
    static const char *const nets[] = {"10.0.0.0/8",  "10.1.0.0/16",   "10.1.2.0/24",
                                       "10.1.2.3",    "10.200.0.0/16", "::/0",
                                       "10.1.0.0/16", "2001:db8::/32", "0.0.0.0/0"};
    static const struct {
        const char *addr;
        uint64_t bits;
    } cases[] = {
        {"10.1.2.3", 0x14f},   {"10.1.2.4", 0x147}, {"10.1.3.1", 0x143},        {"10.2.0.1", 0x101},
        {"10.200.1.1", 0x111}, {"11.0.0.0", 0x100}, {"9.255.255.255", 0x100},   {"2001:db8::1", 0xa0},
        {"2001:db9::", 0x20},  {"::", 0x20},        {"255.255.255.255", 0x100}, {"ffff::", 0x20},
    };
    struct netset *set = netset_new();
    for (uint32_t i = 0; i < SL_COUNT(nets); i++)
        netset_add(set, cidr(nets[i]), i);
    netset_seal(set);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        uint64_t bits = 0;
        netset_lookup(set, addr(cases[i].addr), &bits);
        if (bits != cases[i].bits)
            fail_msg("%s: %llx", cases[i].addr, (unsigned long long)bits);
    }
    netset_free(&set);
}

TEST(netset_lookup__agrees_with_asking_each_network)
{
    enum { NETS = 200 };
    struct sl_cidr nets[NETS];
    struct netset *set = netset_new();
    uint32_t random = 1;
    for (uint32_t i = 0; i < NETS; i++) {
        random = random * 1664525 + 1013904223;
        struct sl_addr a = {.b = {[10] = 0xff,
                                  [11] = 0xff,
                                  [12] = 10,
                                  [13] = (uint8_t)(random >> 24 & 3),
                                  [14] = (uint8_t)(random >> 20 & 7)}};
        uint8_t bits = (uint8_t)(96 + 8 + (random >> 8) % 25);
        for (unsigned bit = bits; bit < 128; bit++)
            a.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
        nets[i] = (struct sl_cidr){a, bits};
        netset_add(set, nets[i], i);
    }
    netset_seal(set);
    for (unsigned x = 0; x < 4 * 256 * 16; x++) {
        struct sl_addr a = {.b = {[10] = 0xff,
                                  [11] = 0xff,
                                  [12] = 10,
                                  [13] = (uint8_t)(x >> 12),
                                  [14] = (uint8_t)(x >> 4),
                                  [15] = (uint8_t)(x << 4)}};
        uint64_t bits[(NETS + 63) / 64] = {0};
        netset_lookup(set, a, bits);
        for (size_t i = 0; i < NETS; i++)
            assert_int_equal(bits[i / 64] >> i % 64 & 1, sl_cidr_contains(nets[i], a));
    }
    netset_free(&set);
}

TEST(netset_lookup__of_an_empty_set_finds_nothing)
{
    struct netset *set = netset_new();
    netset_seal(set);
    uint64_t bits = 0;
    netset_lookup(set, addr("10.0.0.1"), &bits);
    assert_true(bits == 0);
    netset_free(&set);
    netset_free(&set);
}

TEST(names_add__numbers_each_name_once)
{
    enum { NAMES = 5000 };
    static char texts[NAMES][16];
    struct names n = {0};
    assert_int_equal(names_find(&n, SL_STR("a")), -1);
    for (size_t i = 0; i < NAMES; i++) {
        snprintf(texts[i], sizeof texts[i], "name-%zu", i);
        assert_int_equal(names_add(&n, sl_cstr(texts[i])), i);
        assert_int_equal(names_add(&n, sl_cstr(texts[i / 2])), i / 2);
    }
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(names_find(&n, sl_cstr(texts[i])), i);
    assert_int_equal(names_find(&n, SL_STR("name-5000")), -1);
    assert_int_equal(names_find(&n, SL_STR("")), -1);
    names_fini(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(netset_lookup__finds_every_network_around_an_address),
        cmocka_unit_test(netset_lookup__agrees_with_asking_each_network),
        cmocka_unit_test(netset_lookup__of_an_empty_set_finds_nothing),
        cmocka_unit_test(names_add__numbers_each_name_once),
    };
    return cmocka_run_group_tests_name("policy/netset", tests, NULL, NULL);
}
