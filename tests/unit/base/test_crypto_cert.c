/* test_crypto_cert.c - a certificate of our own says what it was made for. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>

#include "base/crypto_cert.h"

enum { DAY_S = 86400 };
static const int64_t now_s = 1800000000;

static struct sl_addr address(const char *text)
{
    struct sl_addr a = {{0}};
    assert_true(sl_addr_parse(sl_cstr(text), &a));
    return a;
}

TEST(cert_make__covers_what_it_was_made_for)
{
    struct cert_names names = {.names = {"gw1", "console.example"},
                               .name_count = 2,
                               .addrs = {address("10.0.0.1"), address("2001:db8::1")},
                               .addr_count = 2};
    struct cert_names fewer = {.names = {"console.example"}, .name_count = 1};
    struct cert_names other = {.names = {"evil.example"}, .name_count = 1};
    struct cert_names elsewhere = {.addrs = {address("10.0.0.2")}, .addr_count = 1};
    struct sl_err err = {0};
    struct cert_info info;
    char *cert, *key;
    assert_true(cert_make(&names, now_s, 397, &cert, &key, &err));
    assert_non_null(strstr(cert, "BEGIN CERTIFICATE"));
    assert_non_null(strstr(key, "BEGIN PRIVATE KEY"));
    assert_true(cert_read(sl_cstr(cert), &names, &info, &err) && info.covers);
    assert_true(cert_read(sl_cstr(cert), &fewer, &info, &err) && info.covers);
    assert_true(cert_read(sl_cstr(cert), &other, &info, &err) && !info.covers);
    assert_true(cert_read(sl_cstr(cert), &elsewhere, &info, &err) && !info.covers);
    assert_true(cert_read(sl_cstr(cert), NULL, &info, &err) && info.covers);
    assert_int_equal(info.not_before_s, now_s - 3600);
    assert_int_equal(info.not_after_s, now_s + 397 * DAY_S);
    assert_int_equal(strlen(info.fingerprint), 32 * 3 - 1);
    free(cert);
    free(key);
}

TEST(cert_make__leaves_out_what_is_no_name)
{
    static const char *const odd[] = {"", "a,DNS:evil.example", "email:x", "with space", "*.example"};
    struct sl_err err = {0};
    struct cert_info info;
    for (size_t i = 0; i < SL_COUNT(odd); i++) {
        struct cert_names names = {.names = {odd[i]}, .name_count = 1};
        struct cert_names evil = {.names = {"evil.example"}, .name_count = 1};
        char *cert, *key;
        assert_true(cert_make(&names, now_s, 1, &cert, &key, &err));
        assert_true(cert_read(sl_cstr(cert), &evil, &info, &err) && !info.covers);
        free(cert);
        free(key);
    }
}

TEST(cert_make__differs_each_time)
{
    struct cert_names names = {.names = {"gw1"}, .name_count = 1};
    struct sl_err err = {0};
    struct cert_info a, b;
    char *cert, *key;
    assert_true(cert_make(&names, now_s, 1, &cert, &key, &err) && cert_read(sl_cstr(cert), NULL, &a, &err));
    free(cert);
    free(key);
    assert_true(cert_make(&names, now_s, 1, &cert, &key, &err) && cert_read(sl_cstr(cert), NULL, &b, &err));
    free(cert);
    free(key);
    assert_string_not_equal(a.fingerprint, b.fingerprint);
}

TEST(cert_read__refuses_what_is_none)
{
    static const char *const texts[] = {"", "x",
                                        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
    struct sl_err err = {0};
    struct cert_info info;
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        assert_false(cert_read(sl_cstr(texts[i]), NULL, &info, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cert_make__covers_what_it_was_made_for),
        cmocka_unit_test(cert_make__leaves_out_what_is_no_name),
        cmocka_unit_test(cert_make__differs_each_time),
        cmocka_unit_test(cert_read__refuses_what_is_none),
    };
    return cmocka_run_group_tests_name("base/crypto_cert", tests, NULL, NULL);
}
