/* test_address.c - unit tests of proxy/net/address.c. */
#include "proxy/net/address.h"

#include "sluice/str.h"
#include "tests/support/cmocka_all.h"

static struct sl_addr addr(const char *text)
{
    struct sl_addr a;
    if (!sl_addr_parse(sl_cstr(text), &a))
        fail_msg("%s is no address", text);
    return a;
}

TEST(address_judge__allows_what_the_administrator_names_but_never_ourselves)
{
    struct sl_cidr nets[2];
    struct conf_cidrs allowed = {nets, 2};
    struct sl_endpoint own[] = {{.addr = addr("127.0.0.1"), .port = 3128},
                                {.addr = addr("0.0.0.0"), .port = 8080}};
    struct address_rules r;
    assert_true(sl_cidr_parse(SL_STR("127.0.0.0/8"), &nets[0], NULL) &&
                sl_cidr_parse(SL_STR("10.1.0.0/16"), &nets[1], NULL));
    address_rules_init(&r, &allowed, own, SL_COUNT(own));
    static const struct {
        const char *text;
        uint16_t port;
        enum address_verdict verdict;
    } cases[] = {
        {"8.8.8.8", 80, ADDRESS_ALLOWED},
        {"8.8.8.8", 3128, ADDRESS_ALLOWED},
        {"127.0.0.1", 80, ADDRESS_ALLOWED},
        {"127.0.0.1", 3128, ADDRESS_OWN},
        {"127.0.0.2", 3128, ADDRESS_ALLOWED},
        {"127.0.0.2", 8080, ADDRESS_OWN},
        {"0.0.0.0", 3128, ADDRESS_OWN},
        {"::", 3128, ADDRESS_OWN},
        {"10.1.2.3", 80, ADDRESS_ALLOWED},
        {"10.2.2.3", 80, ADDRESS_REFUSED},
        {"169.254.169.254", 80, ADDRESS_REFUSED},
        {"64:ff9b::127.0.0.1", 3128, ADDRESS_OWN},
        {"64:ff9b::10.1.2.3", 80, ADDRESS_REFUSED},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        if (address_judge(&r, addr(cases[i].text), cases[i].port) != cases[i].verdict)
            fail_msg("%s port %u", cases[i].text, cases[i].port);
    address_rules_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_judge__allows_what_the_administrator_names_but_never_ourselves),
    };
    return cmocka_run_group_tests_name("proxy/net/address", tests, NULL, NULL);
}
