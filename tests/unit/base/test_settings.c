/* test_settings.c - unit tests of base/settings.c: the presets, and what holds between settings. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "sluice/log.h"
#include "sluice/settings.h"
#include "tests/support/tmpdir.h"

TEST(settings_defaults__are_those_of_the_manual)
{
    struct settings s;
    settings_defaults(&s);
    assert_string_equal(s.state.directory, "/var/lib/sluice");
    assert_string_equal(s.proxy.listen.items[0], "127.0.0.1:3128");
    assert_true(s.proxy.workers == 0 && s.proxy.via && s.proxy.max_connections == 20000);
    assert_true(s.proxy.forwarded_for == FORWARDED_DELETE && s.audit.on_failure == ON_FAILURE_STALL);
    assert_true(s.proxy.timeout_head_ms == 10000 && s.proxy.timeout_tunnel_idle_ms == 600000);
    assert_true(s.audit.retention_ms == (int64_t)90 * 86400 * 1000 && s.audit.segment == 16 << 20);
    assert_true(conf_ports_contain(&s.proxy.connect_ports, 443));
    assert_false(conf_ports_contain(&s.proxy.connect_ports, 80));
    assert_int_equal(s.log.level, SL_LOG_NOTICE);
    assert_false(s.inspect.enabled);
    settings_fini(&s);
}

TEST(settings_load__tells_what_does_not_fit)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        {"", NULL},
        {"[admin]\nlisten = 127.1.2.3:8080, [::1]:0\n", NULL},
        {"[admin]\nlisten = 0.0.0.0:8080\n", NULL}, /* a certificate is made */
        {"[admin]\nlisten = [::]:8080\n", NULL},
        {"[admin]\nhostnames = console.example, 203.0.113.7, 2001:db8::1\n", NULL},
        {"[admin]\nhostnames = console.example:8443\n",
         "f:2: admin.hostnames: 'console.example:8443' is not a host name; write one like sluice.internal"},
        {"[admin]\nlisten = 0.0.0.0:8080\ntls_certificate = c.pem\ntls_key = k.pem\n", NULL},
        {"[admin]\ntls_certificate = c.pem\n",
         "f: admin.tls_certificate is set without admin.tls_key; TLS needs both"},
        {"[admin]\ntls_key = k.pem\n",
         "f: admin.tls_key is set without admin.tls_certificate; TLS needs both"},
        {"[admin]\nlisten =\n", "f: admin.listen: must not be empty"},
        {"[proxy]\nlisten =\n", "f: proxy.listen: must not be empty"},
        {"[proxy]\nlisten = localhost:3128\n", "f:2: proxy.listen: 'localhost:3128' is not an address with a "
                                               "port; write 127.0.0.1:3128 or [::1]:3128"},
        {"[proxy]\nlisten = 127.0.0.1:3128 proxy-protocol\n",
         "f: proxy.listen: proxy-protocol needs proxy.trusted_proxies: the networks of the load balancers "
         "that may "
         "speak it"},
        {"[proxy]\nlisten = 127.0.0.1:3128 tls\n",
         "f: proxy.listen: tls needs a certificate and its key; set proxy.tls_certificate and proxy.tls_key"},
        {"[proxy]\ntls_client_certificates = optional\n",
         "f: proxy.tls_client_certificates: set proxy.tls_client_ca to the certificates of those who vouch "
         "for "
         "clients"},
        {"[proxy]\nlisten = 127.0.0.1:3128 socks\n", "f:2: proxy.listen: 'socks' is no kind of listener; "
                                                     "behind the address may stand proxy-protocol, tls, "
                                                     "transparent or tproxy"},
        {"[proxy]\nlisten = 127.0.0.1:3128 tls tls\n", "f:2: proxy.listen: 'tls' stands there twice"},
        {"[proxy]\nlisten = 127.0.0.1:3128 transparent tls\n",
         "f:2: proxy.listen: a transparent listener takes connections as the kernel hands them over: no "
         "other word "
         "can stand beside 'transparent'"},
        {"[state]\ndirectory =\n", "f:2: state.directory: must not be empty"},
        {"[proxy]\npage_host = Filter.Example\n", NULL},
        {"[proxy]\npage_host =\n",
         "f:2: proxy.page_host: '' is not a host name; write one like sluice.internal"},
        {"[proxy]\npage_host = 10.0.0.1\n",
         "f:2: proxy.page_host: '10.0.0.1' is not a host name; write one like sluice.internal"},
        {"[proxy]\npage_host = a..b\n",
         "f:2: proxy.page_host: 'a..b' is not a host name; write one like sluice.internal"},
        {"[proxy]\npage_host = a_b\n",
         "f:2: proxy.page_host: 'a_b' is not a host name; write one like sluice.internal"},
        {"[proxy]\npage_host = -a\n",
         "f:2: proxy.page_host: '-a' is not a host name; write one like sluice.internal"},
        {"[proxy]\npage_host = a.\n",
         "f:2: proxy.page_host: 'a.' is not a host name; write one like sluice.internal"},
        {"[proxy]\npage_host = a:80\n",
         "f:2: proxy.page_host: 'a:80' is not a host name; write one like sluice.internal"},
        {"[proxy]\nparent =\n", NULL},
        {"[proxy]\nparent = http://p:1, b=socks5://u:p@q:2\n", NULL},
        {"[proxy]\nparent = http://p:1, a=http://p:1, http://u:secret@p:1\n",
         "f: proxy.parent: http://p:1 stands there twice"},
        {"[proxy]\nparent = http://p\n", "f:2: proxy.parent: 'http://p' is no parent proxy: it ends in its "
                                         "port, such as :3128, and nothing behind it"},
        {"[proxy]\ntrusted_proxies = 10.0.0.0/8\nlisten = 127.0.0.1:3128 proxy-protocol\n", NULL},
        {"[proxy]\ntls_certificate = c.pem\ntls_key = k.pem\nlisten = 127.0.0.1:3128 tls\n", NULL},
        {"[inspect]\nenabled = off\n", NULL},
        {"[inspect]\nenabled = on\ntrust = ca.pem\nnot_tls = tunnel\n", NULL},
        {"[inspect]\nenabled = perhaps\n", "f:2: inspect.enabled: 'perhaps' is neither on nor off"},
        {"[inspect]\nnot_tls = pass\n", "f:2: inspect.not_tls: 'pass' is unknown; write block or tunnel"},
        {"[auth]\nmethods = basic\n", NULL},
        {"[auth]\nmethods = negotiate\n",
         "f:2: auth.methods: this version does not support the method 'negotiate'; write none or basic"},
        {"[auth]\nmethods =\n", "f: auth.methods: must not be empty; write none"},
        {"[auth]\nmethods = basic, none\n", "f: auth.methods: none can't stand beside other methods"},
        {"[auth]\nmethods = basic, basic\n", "f: auth.methods: basic stands there twice"},
        {"[auth]\nrealm = a\"b\n", "f:2: auth.realm: a realm has no quotation marks and no backslashes"},
        {"[dns]\nservers = 192.0.2.1, [2001:db8::1]:5353, 2001:db8::2\n", NULL},
        {"[dns]\nservers = one.one\n",
         "f:2: dns.servers: 'one.one' is not a name server; write 192.0.2.1:53 or [2001:db8::1]:53"},
        {"[log]\nlevel = loud\n",
         "f:2: log.level: 'loud' is unknown; write error, warning, notice, info or debug"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct settings s;
        struct conf_faults faults = {0};
        bool ok = settings_load_text("f", sl_cstr(cases[i].text), &s, &faults);
        if (ok != !cases[i].fault)
            fail_msg("%s gives %s", cases[i].text, faults.count ? faults.items[0].text : "no fault");
        if (!ok) {
            assert_string_equal(faults.items[0].text, cases[i].fault);
            assert_int_equal(faults.count, 1);
        }
        conf_faults_fini(&faults);
        settings_fini(&s);
    }
}

TEST(settings_load__completes_name_servers)
{
    static const char text[] = "[dns]\nservers = 192.0.2.1, 192.0.2.2:5353, 2001:db8::2\n";
    struct settings s;
    struct conf_faults faults = {0};
    assert_true(settings_load_text("f", sl_cstr(text), &s, &faults));
    assert_string_equal(s.dns.servers.items[0], "192.0.2.1:53");
    assert_string_equal(s.dns.servers.items[1], "192.0.2.2:5353");
    assert_string_equal(s.dns.servers.items[2], "[2001:db8::2]:53");
    settings_fini(&s);
}

TEST(settings_load__lowers_the_page_host)
{
    SL_CLEANUP(tmpdir_free) char *dir = tmpdir_new();
    SL_CLEANUP(sl_freep)
    char *path = tmpdir_write(dir, "c", "[proxy]\npage_host = Filter.Example\n"), *none = NULL;
    struct settings s;
    struct conf_faults faults = {0};
    assert_true(settings_load(path, &s, &faults));
    assert_string_equal(s.proxy.page_host, "filter.example");
    settings_fini(&s);
    none = tmpdir_path(dir, "none");
    assert_false(settings_load(none, &s, &faults));
    assert_int_equal(faults.count, 1);
    conf_faults_fini(&faults);
    settings_fini(&s);
}

TEST(settings_print__is_a_file_that_loads)
{
    struct settings s, again;
    struct conf_faults faults = {0};
    SL_CLEANUP(sl_freep) char *text = NULL, *second = NULL, *help = NULL;
    size_t n;
    settings_defaults(&s);
    FILE *out = open_memstream(&text, &n);
    settings_print(&s, out);
    fclose(out);
    settings_fini(&s);
    assert_true(settings_load_text("printed", sl_str(text, n), &again, &faults));
    out = open_memstream(&second, &n);
    settings_print(&again, out);
    fclose(out);
    settings_fini(&again);
    assert_string_equal(text, second);
    out = open_memstream(&help, &n);
    settings_print_help(out);
    fclose(out);
    assert_non_null(strstr(help, "timeout_tunnel_idle = 10m\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_defaults__are_those_of_the_manual),
        cmocka_unit_test(settings_load__tells_what_does_not_fit),
        cmocka_unit_test(settings_load__completes_name_servers),
        cmocka_unit_test(settings_load__lowers_the_page_host),
        cmocka_unit_test(settings_print__is_a_file_that_loads),
    };
    return cmocka_run_group_tests_name("base/settings", tests, NULL, NULL);
}
