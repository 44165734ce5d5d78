/* test_address.c - unit tests of proxy/net/address.c and local.c. */
#include "proxy/net/address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proxy/net/local.h"
#include "sluice/str.h"
#include "tests/support/cmocka_all.h"

static struct sl_addr addr(const char *text)
{
    struct sl_addr a;
    if (!sl_addr_parse(sl_cstr(text), &a))
        fail_msg("%s is no address", text);
    return a;
}

static void add_net(struct conf_cidrs *list, const char *text)
{
    struct sl_err err = {0};
    list->items = sl_reallocarray(list->items, list->count + 1, sizeof *list->items);
    if (!sl_cidr_parse(sl_cstr(text), &list->items[list->count++], &err))
        fail_msg("%s", err.msg);
}

/* Under these exceptions and with these listeners each row has its verdict. */
struct judged {
    const char *text;
    uint16_t port;
    enum address_verdict verdict;
};

static void judge_all(const char *const *allow, const char *const *nat64, const struct judged *cases,
                      size_t n)
{
    struct conf_cidrs allowed = {0}, prefixes = {0};
    const struct sl_endpoint own[] = {{.addr = addr("127.0.0.1"), .port = 3128},
                                      {.addr = addr("0.0.0.0"), .port = 8080},
                                      {.addr = addr("::"), .port = 8081}};
    struct address_rules r;
    for (size_t i = 0; allow[i]; i++)
        add_net(&allowed, allow[i]);
    for (size_t i = 0; nat64[i]; i++)
        add_net(&prefixes, nat64[i]);
    address_rules_init(&r, &allowed, &prefixes, own, SL_COUNT(own));
    for (size_t i = 0; i < n; i++)
        if (address_judge(&r, addr(cases[i].text), cases[i].port) != cases[i].verdict)
            fail_msg("%s port %u is %d", cases[i].text, cases[i].port,
                     address_judge(&r, addr(cases[i].text), cases[i].port));
    address_rules_fini(&r);
    free(allowed.items);
    free(prefixes.items);
}

static const char *const none[] = {NULL};

TEST(address_judge__lets_nothing_special_pass_by_itself)
{
    static const struct judged cases[] = {
        {"8.8.8.8", 80, ADDRESS_ALLOWED},
        {"8.8.8.8", 3128, ADDRESS_ALLOWED},
        {"8.8.8.8", 8080, ADDRESS_ALLOWED},
        {"2606:4700::1111", 8081, ADDRESS_ALLOWED},
        {"64:ff9b::8.8.8.8", 80, ADDRESS_ALLOWED},
        {"2002:808:808::1", 80, ADDRESS_ALLOWED},
        {"0.0.0.0", 80, ADDRESS_REFUSED},
        {"::", 80, ADDRESS_REFUSED},
        {"127.0.0.1", 80, ADDRESS_REFUSED},
        {"::1", 80, ADDRESS_REFUSED},
        {"10.0.0.1", 80, ADDRESS_REFUSED},
        {"100.64.0.1", 80, ADDRESS_REFUSED},
        {"169.254.7.7", 80, ADDRESS_REFUSED},
        {"169.254.169.254", 80, ADDRESS_REFUSED},
        {"168.63.129.16", 80, ADDRESS_REFUSED},
        {"fd00:ec2::254", 80, ADDRESS_REFUSED},
        {"fe80::1", 80, ADDRESS_REFUSED},
        {"fc00::1", 80, ADDRESS_REFUSED},
        {"224.0.0.1", 80, ADDRESS_REFUSED},
        {"ff02::1", 80, ADDRESS_REFUSED},
        {"255.255.255.255", 80, ADDRESS_REFUSED},
        {"240.0.0.1", 80, ADDRESS_REFUSED},
        {"198.18.0.1", 80, ADDRESS_REFUSED},
        {"192.0.2.1", 80, ADDRESS_REFUSED},
        /* in disguise */
        {"::ffff:10.0.0.1", 80, ADDRESS_REFUSED},
        {"::10.0.0.1", 80, ADDRESS_REFUSED},
        {"::ffff:0:10.0.0.1", 80, ADDRESS_REFUSED},
        {"64:ff9b::10.0.0.1", 80, ADDRESS_REFUSED},
        {"64:ff9b::169.254.169.254", 80, ADDRESS_REFUSED},
        {"64:ff9b:1::8.8.8.8", 80, ADDRESS_REFUSED},
        {"2002:a00:1::1", 80, ADDRESS_REFUSED},
        {"2001:0:a00:1::", 80, ADDRESS_REFUSED},
        {"2001:0:808:808:0:0:f5ff:fffe", 80, ADDRESS_REFUSED},
        {"2606:4700::5efe:10.0.0.1", 80, ADDRESS_REFUSED},
        /* ourselves, by whatever address */
        {"127.0.0.1", 3128, ADDRESS_OWN},
        {"0.0.0.0", 3128, ADDRESS_OWN},
        {"::", 3128, ADDRESS_OWN},
        {"127.9.9.9", 8080, ADDRESS_OWN},
        {"::1", 8081, ADDRESS_OWN},
        {"64:ff9b::127.0.0.1", 3128, ADDRESS_OWN},
        {"2002:7f00:1::", 3128, ADDRESS_OWN},
    };
    judge_all(none, none, cases, SL_COUNT(cases));
}

TEST(address_judge__allows_what_the_administrator_names_but_never_ourselves)
{
    static const char *const allow[] = {"127.0.0.0/8", "10.1.0.0/16", "2002::/16", NULL};
    static const struct judged cases[] = {
        {"127.0.0.1", 80, ADDRESS_SPECIAL},         {"127.0.0.1", 3128, ADDRESS_OWN},
        {"127.0.0.2", 3128, ADDRESS_SPECIAL},       {"127.0.0.2", 8080, ADDRESS_OWN},
        {"10.1.2.3", 80, ADDRESS_SPECIAL},          {"10.2.2.3", 80, ADDRESS_REFUSED},
        {"64:ff9b::10.1.2.3", 80, ADDRESS_REFUSED}, {"2002:a02:203::", 80, ADDRESS_SPECIAL},
    };
    judge_all(allow, none, cases, SL_COUNT(cases));
}

TEST(address_judge__keeps_metadata_out_of_wide_exceptions)
{
    static const char *const wide[] = {"0.0.0.0/0", "::/0", NULL}, *const exact[] = {"169.254.169.254",
                                                                                     "fd00:ec2::254", NULL};
    static const struct judged by_wide[] = {
        {"10.0.0.1", 80, ADDRESS_SPECIAL},        {"169.254.7.7", 80, ADDRESS_SPECIAL},
        {"169.254.169.254", 80, ADDRESS_REFUSED}, {"fd00:ec2::254", 80, ADDRESS_REFUSED},
        {"168.63.129.16", 80, ADDRESS_REFUSED},   {"64:ff9b::169.254.169.254", 80, ADDRESS_REFUSED},
        {"224.0.0.1", 80, ADDRESS_REFUSED},       {"255.255.255.255", 80, ADDRESS_REFUSED},
        {"ff0e::1", 80, ADDRESS_REFUSED},         {"127.0.0.1", 3128, ADDRESS_OWN},
    };
    static const struct judged by_exact[] = {
        {"169.254.169.254", 80, ADDRESS_SPECIAL},
        {"fd00:ec2::254", 80, ADDRESS_SPECIAL},
        {"64:ff9b::169.254.169.254", 80, ADDRESS_REFUSED},
        {"169.254.170.2", 80, ADDRESS_REFUSED},
    };
    judge_all(wide, none, by_wide, SL_COUNT(by_wide));
    judge_all(exact, none, by_exact, SL_COUNT(by_exact));
}

TEST(address_judge__looks_into_the_prefixes_of_this_network)
{
    static const char *const prefixes[] = {"fd64:6464::/96", "2a00:64::/56", "64:ff9b:1::/48", NULL};
    static const struct judged cases[] = {
        {"fd64:6464::8.8.8.8", 80, ADDRESS_ALLOWED},       {"fd64:6464::10.0.0.1", 80, ADDRESS_REFUSED},
        {"fd64:6464::127.0.0.1", 3128, ADDRESS_OWN},       {"fd64:6465::8.8.8.8", 80, ADDRESS_REFUSED},
        {"2a00:64:0:0a:0:1::", 80, ADDRESS_REFUSED},       {"2a00:64:0:8:8:808::", 80, ADDRESS_ALLOWED},
        {"64:ff9b:1:a9fe:a9:fe00::", 80, ADDRESS_REFUSED}, {"64:ff9b:1:808:8:800::", 80, ADDRESS_ALLOWED},
    };
    judge_all(none, prefixes, cases, SL_COUNT(cases));
}

TEST(local_is__asks_the_kernel)
{
    struct ifaddrs *list = NULL;
    assert_true(local_is(addr("127.0.0.1")) && local_is(addr("127.77.0.1")));
    assert_false(local_is(addr("8.8.8.8")));
    assert_false(local_is(addr("2606:4700::1111")));
    assert_int_equal(getifaddrs(&list), 0);
    for (struct ifaddrs *i = list; i; i = i->ifa_next)
        if (i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6) &&
            address_class_alone(sl_endpoint_from_sockaddr(i->ifa_addr).addr) != ADDRESS_LINK_LOCAL)
            assert_true(local_is(sl_endpoint_from_sockaddr(i->ifa_addr).addr));
    freeifaddrs(list);
}

enum { CANNOT_TRY = 77 };

/* In a network of its own: an address comes while the process runs. */
static int add_address(void)
{
    struct sl_endpoint late = {.addr = addr("192.0.2.99")};
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    struct sockaddr_storage sa;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return CANNOT_TRY;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (ioctl(fd, SIOCSIFFLAGS, &request) < 0 || local_is(late.addr))
        return 1;
    sl_endpoint_to_sockaddr(late, &sa);
    memcpy(&request.ifr_addr, &sa, sizeof request.ifr_addr);
    return ioctl(fd, SIOCSIFADDR, &request) == 0 && local_is(late.addr) ? 0 : 2;
}

TEST(local_is__knows_addresses_that_come_later)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(add_address());
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == CANNOT_TRY)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_judge__lets_nothing_special_pass_by_itself),
        cmocka_unit_test(address_judge__allows_what_the_administrator_names_but_never_ourselves),
        cmocka_unit_test(address_judge__keeps_metadata_out_of_wide_exceptions),
        cmocka_unit_test(address_judge__looks_into_the_prefixes_of_this_network),
        cmocka_unit_test(local_is__asks_the_kernel),
        cmocka_unit_test(local_is__knows_addresses_that_come_later),
    };
    return cmocka_run_group_tests_name("proxy/net/address", tests, NULL, NULL);
}
