/* test_certificate.c - TLS is on where it is needed, with a certificate that stays until it has to change. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "adminapi/certificate.h"
#include "tests/support/tmpdir.h"

enum { DAY_S = 86400 };
static const int64_t now_s = 1800000000;

static void configure(struct settings *s, const char *dir, const char *listen, const char *hostnames)
{
    struct sl_err err = {0};
    settings_defaults(s);
    if (!settings_set(s, "state.directory", dir, &err) || !settings_set(s, "admin.listen", listen, &err) ||
        !settings_set(s, "admin.hostnames", hostnames, &err))
        fail_msg("%s", err.msg);
}

/* The fingerprint of the certificate at this time, on the heap; "" for none. */
static char *shown(const char *dir, const char *listen, const char *hostnames, int64_t at_s)
{
    struct settings s;
    struct certificate c;
    struct sl_err err = {0};
    configure(&s, dir, listen, hostnames);
    if (!certificate_open(&s, at_s, &c, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(c.made, c.chain != NULL);
    char *text = sl_strdup(c.fingerprint);
    certificate_fini(&c);
    settings_fini(&s);
    return text;
}

TEST(certificate__is_made_off_loopback_only)
{
    char *dir = tmpdir_new();
    static const struct {
        const char *listen;
        bool made;
    } cases[] = {{"127.0.0.1:8080", false},
                 {"127.9.9.9:1, [::1]:1", false},
                 {"0.0.0.0:8080", true},
                 {"127.0.0.1:8080, 192.0.2.1:8080", true},
                 {"[2001:db8::1]:8080", true}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char *text = shown(dir, cases[i].listen, NULL, now_s);
        assert_int_equal(*text != '\0', cases[i].made);
        free(text);
    }
    tmpdir_free(&dir);
}

TEST(certificate__stays_until_it_has_to_change)
{
    static const struct {
        const char *listen, *hostnames;
        int64_t days;
        bool same;
    } cases[] = {
        {"192.0.2.1:8080", NULL, 0, true},
        {"192.0.2.1:8443", NULL, CERTIFICATE_DAYS - CERTIFICATE_RENEW_DAYS - 1, true},
        {"192.0.2.1:8080", NULL, CERTIFICATE_DAYS - CERTIFICATE_RENEW_DAYS, false},
        {"192.0.2.1:8080", "console.example", 0, false}, /* lacks a name */
        {"192.0.2.2:8080", NULL, 0, false},              /* lacks an address */
        {"192.0.2.1:8080", NULL, -2, false},             /* the clock was wrong */
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char *dir = tmpdir_new();
        char *first = shown(dir, "192.0.2.1:8080", NULL, now_s);
        char *then = shown(dir, cases[i].listen, cases[i].hostnames, now_s + cases[i].days * DAY_S);
        if ((strcmp(first, then) == 0) != cases[i].same)
            fail_msg("case %zu", i);
        free(first);
        free(then);
        tmpdir_free(&dir);
    }
}

TEST(certificate__is_made_again_when_it_is_damaged)
{
    char *dir = tmpdir_new(), *first = shown(dir, "192.0.2.1:8080", NULL, now_s);
    char *path = tmpdir_write(dir, "admin-tls.pem", "nothing of use");
    char *then = shown(dir, "192.0.2.1:8080", NULL, now_s);
    struct stat info;
    assert_string_not_equal(first, then);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600); /* the key is in it */
    free(first);
    free(then);
    free(path);
    tmpdir_free(&dir);
}

TEST(certificate__of_the_settings_has_to_be_one)
{
    char *dir = tmpdir_new(), *path = tmpdir_write(dir, "c.pem", "nothing of use");
    struct settings s;
    struct certificate c;
    struct sl_err err = {0};
    struct sl_text text = {0};
    struct conf_faults faults = {0};
    sl_text_addf(&text, "[admin]\ntls_certificate = %s\ntls_key = %s\n", path, path);
    assert_true(settings_load_text("f", sl_text_str(&text), &s, &faults));
    assert_false(certificate_open(&s, now_s, &c, &err));
    assert_string_equal(err.msg, "admin.tls_certificate: this is no certificate in PEM");
    settings_fini(&s);
    sl_text_fini(&text);
    free(path);
    tmpdir_free(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate__is_made_off_loopback_only),
        cmocka_unit_test(certificate__stays_until_it_has_to_change),
        cmocka_unit_test(certificate__is_made_again_when_it_is_damaged),
        cmocka_unit_test(certificate__of_the_settings_has_to_be_one),
    };
    return cmocka_run_group_tests_name("adminapi/certificate", tests, NULL, NULL);
}
