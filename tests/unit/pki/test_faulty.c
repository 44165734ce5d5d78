/* test_faulty.c - pki/faulty.c: the newest of each host, within bounds. */
#include "tests/support/cmocka_all.h"

#include "sluice/certificate.h"
#include "sluice/faulty.h"

static const struct certificate *some_certificate(void)
{
    struct trust *trust;
    struct sl_err err = {0};
    if (!trust_new(&(struct trust_config){.revocation = REVOCATION_OFF}, &trust, &err))
        fail_msg("%s", err.msg);
    const struct certificate *c =
        trust_judge(trust, &(struct trust_question){.host = SL_STR("a.test"), .now_s = 1800000000});
    trust_unref(&trust);
    return c;
}

static void note(struct faulty_hosts *f, const char *host, enum tls_fault fault, int64_t at_us)
{
    faulty_note(f, sl_cstr(host), 443, fault, NULL, at_us);
}

TEST(faulty_note__keeps_the_newest_of_a_host)
{
    struct faulty_hosts *f = faulty_hosts_new(3);
    const struct certificate *c = some_certificate();
    struct faulty_host at;
    assert_false(faulty_find(f, SL_STR("a.test"), &at));
    faulty_note(f, SL_STR("a.test"), 443, TLS_FAULT_EXPIRED, c, 1);
    faulty_note(f, SL_STR("a.test"), 8443, TLS_FAULT_WRONG_NAME, c, 2);
    assert_true(faulty_find(f, SL_STR("a.test"), &at));
    assert_int_equal(at.port, 8443);
    assert_int_equal(at.fault, TLS_FAULT_WRONG_NAME);
    assert_int_equal(at.seen_us, 2);
    assert_ptr_equal(at.certificate, c);
    /* What was handed out outlives what is kept. */
    note(f, "a.test", TLS_FAULT_VERSION, 3);
    certificate_unref(&at.certificate);
    assert_true(faulty_find(f, SL_STR("a.test"), &at));
    assert_null(at.certificate);
    certificate_unref(&c);
    faulty_hosts_free(&f);
}

TEST(faulty_note__forgets_whoever_failed_the_longest_ago)
{
    struct faulty_hosts *f = faulty_hosts_new(3);
    note(f, "a.test", TLS_FAULT_EXPIRED, 1);
    note(f, "b.test", TLS_FAULT_EXPIRED, 2);
    note(f, "c.test", TLS_FAULT_EXPIRED, 3);
    note(f, "a.test", TLS_FAULT_EXPIRED, 4);
    note(f, "d.test", TLS_FAULT_EXPIRED, 5);
    assert_true(faulty_known(f, SL_STR("a.test")));
    assert_false(faulty_known(f, SL_STR("b.test")));
    assert_true(faulty_known(f, SL_STR("c.test")));
    assert_true(faulty_known(f, SL_STR("d.test")));
    faulty_hosts_free(&f);
}

TEST(faulty_note__passes_over_what_is_no_host)
{
    struct faulty_hosts *f = faulty_hosts_new(1);
    char name[300];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    note(f, "", TLS_FAULT_EXPIRED, 1);
    note(f, name, TLS_FAULT_EXPIRED, 2);
    assert_false(faulty_known(f, SL_STR("")));
    assert_false(faulty_known(f, sl_cstr(name)));
    faulty_hosts_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faulty_note__keeps_the_newest_of_a_host),
        cmocka_unit_test(faulty_note__forgets_whoever_failed_the_longest_ago),
        cmocka_unit_test(faulty_note__passes_over_what_is_no_host),
    };
    return cmocka_run_group_tests_name("pki/faulty", tests, NULL, NULL);
}
