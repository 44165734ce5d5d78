/* test_address_class.c - unit tests of base/address_class.c. */
#include "base/address_class.h"

#include "sluice/str.h"
#include "tests/support/cmocka_all.h"

static struct sl_addr addr(const char *text)
{
    struct sl_addr a;
    if (!sl_addr_parse(sl_cstr(text), &a))
        fail_msg("%s is no address", text);
    return a;
}

TEST(address_classify__knows_what_is_not_public)
{
    static const struct {
        const char *text;
        enum address_class class;
    } cases[] = {
        {"8.8.8.8", ADDRESS_PUBLIC},
        {"2606:4700::1111", ADDRESS_PUBLIC},
        {"0.0.0.0", ADDRESS_UNSPECIFIED},
        {"0.1.2.3", ADDRESS_UNSPECIFIED},
        {"::", ADDRESS_UNSPECIFIED},
        {"127.0.0.1", ADDRESS_LOOPBACK},
        {"127.255.255.254", ADDRESS_LOOPBACK},
        {"::1", ADDRESS_LOOPBACK},
        {"10.0.0.0", ADDRESS_PRIVATE},
        {"10.255.255.255", ADDRESS_PRIVATE},
        {"11.0.0.0", ADDRESS_PUBLIC},
        {"172.15.255.255", ADDRESS_PUBLIC},
        {"172.16.0.1", ADDRESS_PRIVATE},
        {"172.31.255.255", ADDRESS_PRIVATE},
        {"172.32.0.0", ADDRESS_PUBLIC},
        {"192.168.0.1", ADDRESS_PRIVATE},
        {"fd00::1", ADDRESS_PRIVATE},
        {"fc00::1", ADDRESS_PRIVATE},
        {"169.254.1.1", ADDRESS_LINK_LOCAL},
        {"fe80::1", ADDRESS_LINK_LOCAL},
        {"febf::1", ADDRESS_LINK_LOCAL},
        {"fec0::1", ADDRESS_RESERVED},
        {"100.63.255.255", ADDRESS_PUBLIC},
        {"100.64.0.1", ADDRESS_SHARED},
        {"100.127.255.255", ADDRESS_SHARED},
        {"100.128.0.0", ADDRESS_PUBLIC},
        {"224.0.0.1", ADDRESS_MULTICAST},
        {"ff02::1", ADDRESS_MULTICAST},
        {"240.0.0.1", ADDRESS_RESERVED},
        {"255.255.255.255", ADDRESS_BROADCAST},
        {"192.0.2.1", ADDRESS_DOCUMENTATION},
        {"198.51.100.1", ADDRESS_DOCUMENTATION},
        {"203.0.113.9", ADDRESS_DOCUMENTATION},
        {"2001:db8::1", ADDRESS_DOCUMENTATION},
        {"3fff::1", ADDRESS_DOCUMENTATION},
        {"198.18.0.1", ADDRESS_BENCHMARKING},
        {"198.19.255.255", ADDRESS_BENCHMARKING},
        {"2001:2::1", ADDRESS_BENCHMARKING},
        {"192.0.0.8", ADDRESS_RESERVED},
        {"192.88.99.1", ADDRESS_RESERVED},
        {"100::1", ADDRESS_RESERVED},
        {"4000::1", ADDRESS_RESERVED},
        {"169.254.169.254", ADDRESS_METADATA},
        {"fd00:ec2::254", ADDRESS_METADATA},
        {"169.254.170.2", ADDRESS_METADATA},
        {"169.254.170.23", ADDRESS_METADATA},
        {"169.254.0.23", ADDRESS_METADATA},
        {"169.254.42.42", ADDRESS_METADATA},
        {"100.100.100.200", ADDRESS_METADATA},
        {"192.0.0.192", ADDRESS_METADATA},
        {"168.63.129.16", ADDRESS_METADATA},
        {"fd00:ec2::23", ADDRESS_METADATA},
        {"fd20:ce::254", ADDRESS_METADATA},
        {"fd00:42::42", ADDRESS_METADATA},
        {"fe80::a9fe:a9fe", ADDRESS_METADATA},
        {"5f00::1", ADDRESS_RESERVED},
        {"2001:20::1", ADDRESS_RESERVED},
        /* addresses inside addresses */
        {"::ffff:0:10.0.0.1", ADDRESS_RESERVED},
        {"fe80::5efe:169.254.169.254", ADDRESS_METADATA},
        {"2002:a9fe:a9fe::", ADDRESS_METADATA},
        {"2001:0:a9fe:a9fe::", ADDRESS_METADATA},
        {"64:ff9b::224.0.0.1", ADDRESS_MULTICAST},
        {"::ffff:10.0.0.1", ADDRESS_PRIVATE},
        {"::ffff:8.8.8.8", ADDRESS_PUBLIC},
        {"::10.0.0.1", ADDRESS_RESERVED},
        {"64:ff9b::8.8.8.8", ADDRESS_PUBLIC},
        {"64:ff9b::127.0.0.1", ADDRESS_LOOPBACK},
        {"64:ff9b::169.254.169.254", ADDRESS_METADATA},
        {"64:ff9b:1::8.8.8.8", ADDRESS_PRIVATE},
        {"2002:0808:0808::1", ADDRESS_PUBLIC},
        {"2002:0a00:0001::1", ADDRESS_PRIVATE},
        {"2002:7f00:0001::", ADDRESS_LOOPBACK},
        {"2001:0:0808:0808:0:0:f7f7:f7f7", ADDRESS_PUBLIC},  /* the client is inverted: 8.8.8.8 */
        {"2001:0:0808:0808:0:0:f5ff:fffe", ADDRESS_PRIVATE}, /* 10.0.0.1 */
        {"2001:0:0a00:0001:0:0:f7f7:f7f7", ADDRESS_PRIVATE},
        {"2606:4700::5efe:10.0.0.1", ADDRESS_PRIVATE}, /* ISATAP */
        {"2606:4700::200:5efe:10.0.0.1", ADDRESS_PRIVATE},
        {"2606:4700::5efe:8.8.8.8", ADDRESS_PUBLIC},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        if (address_classify(addr(cases[i].text)) != cases[i].class)
            fail_msg("%s is taken for %s, not %s", cases[i].text,
                     address_class_word(address_classify(addr(cases[i].text))),
                     address_class_word(cases[i].class));
}

TEST(address_from_nat64__follows_the_length_of_the_prefix)
{
    /* the examples of RFC 6052, 2.4 */
    static const struct {
        const char *prefix, *text;
    } cases[] = {
        {"2001:db8::/32", "2001:db8:c000:221::"},
        {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
        {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
        {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
        {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
        {"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
    };
    struct sl_cidr net;
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        assert_true(sl_cidr_parse(sl_cstr(cases[i].prefix), &net, NULL) && address_is_nat64_prefix(net));
        assert_true(sl_addr_eq(address_from_nat64(addr(cases[i].text), net.bits), addr("192.0.2.33")));
    }
    static const char *const others[] = {"2001:db8::/33", "2001:db8::/72", "2001:db8::/128", "10.0.0.0/8",
                                         "::/24"};
    for (size_t i = 0; i < SL_COUNT(others); i++)
        assert_true(sl_cidr_parse(sl_cstr(others[i]), &net, NULL) && !address_is_nat64_prefix(net));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_classify__knows_what_is_not_public),
        cmocka_unit_test(address_from_nat64__follows_the_length_of_the_prefix)};
    return cmocka_run_group_tests_name("base/address_class", tests, NULL, NULL);
}
