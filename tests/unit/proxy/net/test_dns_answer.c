/* test_dns_answer.c - unit tests of proxy/net/dns_answer.c: messages as bytes. */
#include "proxy/net/dns_answer.h"

#include "tests/support/cmocka_all.h"

#define STR(literal) literal, sizeof(literal) - 1
#define COUNTS(answers, authority) "\0\1\0" answers "\0" authority "\0\0"
#define QUESTION "\3www\1x\4test\0\0\1\0\1" /* the name is at 12, "x.test" at 16, "test" at 18 */
#define RECORD(type, ttl, length) "\0" type "\0\1\0\0\0" ttl "\0" length
#define A(owner, ttl, last) owner RECORD("\1", ttl, "\4") "\xc0\0\2" last
#define CNAME(owner, ttl, length, target) owner RECORD("\5", ttl, length) target
#define WWW "\xc0\x0c"
#define X_TEST "\xc0\x10"
#define SOA(ttl, minimum) X_TEST RECORD("\6", ttl, "\x18") WWW X_TEST "0123456789abcdef\0\0\0" minimum

static const struct {
    const char *message;
    size_t n;
    bool ok;
    unsigned count;
    int ttl_s; /* -1: none */
} cases[] = {
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION A(WWW, "\x3c", "\7")), true, 1, 60},
    {STR("ID\x81\x80" COUNTS("\2", "\0") QUESTION A(WWW, "\x3c", "\7") A("\3WWW\1X"
                                                                         "\xc0\x12",
                                                                         "\5", "\x8")),
     true, 2, 5},
    /* aliases: the least TTL of the way counts */
    {STR("ID\x81\x80" COUNTS("\2", "\0") QUESTION CNAME(WWW, "\x9", "\2", X_TEST) A(X_TEST, "\x3c", "\7")),
     true, 1, 9},
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION CNAME(WWW, "\x9", "\2", X_TEST)), true, 0, 9},
    /* what nobody asked for */
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION A(X_TEST, "\x3c", "\7")), true, 0, -1},
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION "\xc0\x0c" RECORD("\x1c", "\1", "\x10") "0123456789abcdef"),
     true, 0, -1},
    /* nothing there */
    {STR("ID\x81\x83" COUNTS("\0", "\1") QUESTION SOA("\x3c", "\7")), true, 0, 7},
    {STR("ID\x81\x83" COUNTS("\0", "\1") QUESTION SOA("\2", "\7")), true, 0, 2},
    {STR("ID\x81\x83" COUNTS("\0", "\0") QUESTION), true, 0, -1},
    /* malformed */
    {STR(""), false, 0, 0},
    {STR("ID\x81\x80\0\1\0\0\0\0\0"), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\0", "\0")), false, 0, 0},
    {STR("ID\x81\x80\0\2\0\0\0\0\0\0" QUESTION QUESTION), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION WWW RECORD("\1", "\1", "\4") "\xc0\0\2"), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION WWW RECORD("\1", "\1", "\3") "\xc0\0\2"), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION CNAME(WWW, "\x9", "\3", X_TEST "\0")), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION "\xc0"), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\1", "\0") QUESTION "\xff\xff" RECORD("\1", "\1", "\4") "1234"), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\1", "\0") "\x40www\0\0\1\0\1"), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\0", "\1") QUESTION X_TEST RECORD("\6", "\1", "\4") "\0\0xx"), false, 0, 0},
    {STR("ID\x81\x80" COUNTS("\1", "\0") "\xc0\x0c\0\1\0\1"), false, 0, 0}, /* a name that is itself */
};

TEST(dns_answer_read__takes_what_was_asked_for)
{
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct dns_answer a;
        bool ok = dns_answer_read((const uint8_t *)cases[i].message, cases[i].n, DNS_TYPE_A, &a);
        if (ok != cases[i].ok || (ok && (a.count != cases[i].count || a.has_ttl != (cases[i].ttl_s >= 0) ||
                                         (a.has_ttl && (int)a.ttl_s != cases[i].ttl_s))))
            fail_msg("case %zu: %d, %u addresses, ttl %u", i, ok, a.count, a.ttl_s);
    }
}

TEST(dns_answer_read__survives_any_cut)
{
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        for (size_t n = 0; n < cases[i].n; n++) {
            struct dns_answer a;
            uint8_t *copy = sl_malloc(n + 1); /* so that a byte too far is found */
            memcpy(copy, cases[i].message, n);
            if (dns_answer_read(copy, n, DNS_TYPE_A, &a))
                assert_true(a.count <= cases[i].count);
            sl_freep(&copy);
        }
}

TEST(dns_answer_read__has_room_for_so_many)
{
    static const char head[] = "ID\x81\x80\0\1\0\x28\0\0\0\0" QUESTION, record[] = A(WWW, "\x3c", "\7");
    uint8_t message[1000];
    size_t n = sizeof head - 1;
    struct dns_answer a;
    memcpy(message, head, n);
    for (int i = 0; i < 40; i++, n += sizeof record - 1)
        memcpy(message + n, record, sizeof record - 1);
    assert_true(dns_answer_read(message, n, DNS_TYPE_A, &a));
    assert_int_equal(a.count, DNS_ANSWER_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_answer_read__takes_what_was_asked_for),
        cmocka_unit_test(dns_answer_read__survives_any_cut),
        cmocka_unit_test(dns_answer_read__has_room_for_so_many),
    };
    return cmocka_run_group_tests_name("proxy/net/dns_answer", tests, NULL, NULL);
}
