/* test_parent.c - unit tests of base/parent.c: what an entry says, what it must not say, and what is shown.
 */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>

#include "base/parent.h"
#include "sluice/settings.h"

TEST(parent_parse__reads_all_parts)
{
    static const struct {
        const char *text, *name, *host, *user, *password;
        enum parent_kind kind;
        uint16_t port;
    } cases[] = {
        {"http://proxy.example:3128", "default", "proxy.example", "", "", PARENT_HTTP, 3128},
        {"https://Cache-1.Example:443", "default", "cache-1.example", "", "", PARENT_HTTPS, 443},
        {"socks5://u:p@10.0.0.1:1080", "default", "10.0.0.1", "u", "p", PARENT_SOCKS5, 1080},
        {"eu_2=http://[2001:DB8::1]:8080", "eu_2", "2001:db8::1", "", "", PARENT_HTTP, 8080},
        {"a=http://al%3aice:@h:1", NULL, NULL, NULL, NULL, PARENT_HTTP, 0}, /* a colon: not for Basic */
        {"a=socks5://al%3Aice:p%40%25=@h:1", NULL, NULL, NULL, NULL, PARENT_HTTP, 0},
        {"a=socks5://al%3Aice:p%40%25%3d@h:1", "a", "h", "al:ice", "p@%=", PARENT_SOCKS5, 1},
        {"http://u:@h:1", "default", "h", "u", "", PARENT_HTTP, 1},
        {"default=http://h:65535", "default", "h", "", "", PARENT_HTTP, 65535},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct parent_spec spec;
        struct sl_err err = {0};
        bool ok = parent_parse(sl_cstr(cases[i].text), &spec, &err);
        assert_int_equal(ok, cases[i].name != NULL);
        if (!ok)
            continue;
        assert_string_equal(spec.name, cases[i].name);
        assert_string_equal(spec.host, cases[i].host);
        assert_string_equal(spec.user, cases[i].user);
        assert_string_equal(spec.password, cases[i].password);
        assert_int_equal(spec.kind, cases[i].kind);
        assert_int_equal(spec.port, cases[i].port);
    }
}

TEST(parent_parse__refuses_what_is_not_plain)
{
    static const char *const cases[] = {"",
                                        "=",
                                        "http",
                                        "http:",
                                        "http://",
                                        "http://:80",
                                        "http://h",
                                        "http://h:",
                                        "http://h:0",
                                        "http://h:65536",
                                        "http://h:+1",
                                        "http://h:80/",
                                        "http://h:80/x",
                                        "http://h:80?x",
                                        "http://h:80#x",
                                        "http:/h:80",
                                        "HTTP://h:80",
                                        "ftp://h:80",
                                        "socks://h:80",
                                        "socks4://h:80",
                                        "//h:80",
                                        "h:80",
                                        "direct=http://h:80",
                                        "A=http://h:80",
                                        "-a=http://h:80",
                                        "=http://h:80",
                                        "a =http://h:80",
                                        "a= http://h:80",
                                        "a=b=http://h:80",
                                        "http://u@h:80",
                                        "http://@h:80",
                                        "http://:p@h:80",
                                        "http://u:p@v:q@h:80",
                                        "http://u:p p@h:80",
                                        "http://u:p/p@h:80",
                                        "http://u:%0a@h:80",
                                        "http://u:%@h:80",
                                        "http://u:%4@h:80",
                                        "http://u:%00@h:80",
                                        "http://u:\x80@h:80",
                                        "socks5://u:@h:80",
                                        "http://1.2.3:80",
                                        "http://1.2.3.4.5:80",
                                        "http://256.1.1.1:80",
                                        "http://0x7f.1:80",
                                        "http://2001:db8::1:80",
                                        "http://[h]:80",
                                        "http://[1.2.3.4]:80",
                                        "http://[::1:80",
                                        "http://::1]:80",
                                        "http://[::1]80",
                                        "http://[fe80::1%eth0]:80",
                                        "http://h..x:80",
                                        "http://.h:80",
                                        "http://h.:80",
                                        "http://-h:80",
                                        "http://h_x:80",
                                        "http://h\x7fx:80",
                                        "http://h%41:80"};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct parent_spec spec;
        struct sl_err err = {0};
        if (parent_parse(sl_cstr(cases[i]), &spec, &err))
            fail_msg("'%s' was taken", cases[i]);
        assert_int_equal(err.code, SL_BAD_INPUT);
    }
}

TEST(parent_mask__leaves_no_password)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"http://user:secret@h:1", "http://user:***@h:1"},
        {"a=socks5://u:secret@h:1", "a=socks5://u:***@h:1"},
        {"http://u:se@cret@h:1", "http://u:***@h:1"},
        {"http://u:s/ecret@h:1", "http://u:***@h:1"},
        {"http://u:s://ecret@h:1", "http://u:***@h:1"},
        {"http://u:s@h:1", "http://u:*@h:1"},
        {"http://u:@h:1", "http://u:@h:1"},
        {"http://secret@h:1", "http://***@h:1"},
        {"u:secret@h", "u:***@h"},
        {"http://h:1", "http://h:1"},
        {"", ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_freep) char *text = sl_strdup(cases[i].text);
        parent_mask(text);
        assert_string_equal(text, cases[i].shown);
    }
}

TEST(parent_parse__keeps_the_password_out_of_its_message)
{
    static const char *const cases[] = {"http://u:secret@h", "http://u:secret@@h:1", "ftp://u:secret@h:1",
                                        "http://u:%secret@h:1", "x:secret@h:1"};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct parent_spec spec;
        struct sl_err err = {0};
        assert_false(parent_parse(sl_cstr(cases[i]), &spec, &err));
        assert_null(strstr(err.msg, "secret"));
    }
}

static void note_parent(void *arg, const struct settings_item *item)
{
    if (strcmp(item->key, "proxy.parent") == 0)
        *(char **)arg = sl_strdup(item->value);
}

TEST(settings__show_parents_without_passwords)
{
    struct settings s;
    struct conf_faults faults = {0};
    char *shown = NULL, *printed = NULL;
    size_t n;
    assert_true(settings_load_text(
        "f", SL_STR("[proxy]\nparent = http://u:secret@h:1, b=socks5://v:secret2@i:2, http://j:3\n"), &s,
        &faults));
    assert_int_equal(s.proxy.parents.count, 3);
    settings_each(&s, note_parent, &shown);
    assert_string_equal(shown, "http://u:***@h:1, b=socks5://v:***@i:2, http://j:3");
    FILE *out = open_memstream(&printed, &n);
    settings_print(&s, out);
    fclose(out);
    assert_null(strstr(printed, "secret"));
    free(printed);
    free(shown);
    settings_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parent_parse__reads_all_parts),
        cmocka_unit_test(parent_parse__refuses_what_is_not_plain),
        cmocka_unit_test(parent_mask__leaves_no_password),
        cmocka_unit_test(parent_parse__keeps_the_password_out_of_its_message),
        cmocka_unit_test(settings__show_parents_without_passwords),
    };
    return cmocka_run_group_tests_name("base/parent", tests, NULL, NULL);
}
