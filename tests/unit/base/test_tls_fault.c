/* test_tls_fault.c - unit tests of base/tls_fault.c. */
#include "sluice/tls_fault.h"

#include "sluice/base.h"
#include "tests/support/cmocka_all.h"

TEST(tls_fault_of_word__finds_each_word)
{
    for (int f = 1; f < TLS_FAULT_COUNT; f++) {
        const char *word = tls_fault_word((enum tls_fault)f);
        assert_true(*word && *tls_fault_text((enum tls_fault)f));
        assert_int_equal(tls_fault_of_word(sl_cstr(word)), f);
    }
    assert_int_equal(tls_fault_of_word(SL_STR("")), TLS_FAULT_NONE);
    assert_int_equal(tls_fault_of_word(SL_STR("expire")), TLS_FAULT_NONE);
}

TEST(tls_faults_first__tells_the_gravest)
{
    tls_faults set = tls_fault_bit(TLS_FAULT_EXPIRED) | tls_fault_bit(TLS_FAULT_REVOKED);
    assert_int_equal(tls_faults_first(set), TLS_FAULT_REVOKED);
    assert_int_equal(tls_faults_first(tls_fault_bit(TLS_FAULT_NONE)), TLS_FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tls_fault_of_word__finds_each_word),
                                       cmocka_unit_test(tls_faults_first__tells_the_gravest)};
    return cmocka_run_group_tests_name("base/tls_fault", tests, NULL, NULL);
}
