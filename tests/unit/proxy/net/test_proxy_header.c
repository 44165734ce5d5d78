/* test_proxy_header.c - unit tests of proxy/net/proxy_header.c. */
#include "proxy/net/proxy_header.h"

#include <stdio.h>

#include "tests/support/cmocka_all.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\xc0\x00\x02\x01\xc6\x33\x64\x02\xdc\x04\x01\xbb" /* 192.0.2.1:56324 to 198.51.100.2:443 */
#define V6                                       \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01" \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\xdc\x04\x01\xbb"

static const char *text_of(const struct proxy_header *h, char out[SL_ENDPOINT_TEXT * 2])
{
    char to[SL_ENDPOINT_TEXT];
    if (!h->told)
        return "nobody";
    sl_endpoint_text(h->client, out);
    snprintf(out + strlen(out), SL_ENDPOINT_TEXT, " to %s", sl_endpoint_text(h->destination, to));
    return out;
}

TEST(proxy_header_parse__tells_for_whom_the_balancer_speaks)
{
    static const struct {
        struct sl_str bytes;
        const char *told; /* NULL: bad */
    } cases[] = {
        {SL_STR("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"), "192.0.2.1:56324 to 198.51.100.2:443"},
        {SL_STR("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"), "[2001:db8::1]:1 to [2001:db8::2]:65535"},
        {SL_STR("PROXY UNKNOWN\r\n"), "nobody"},
        {SL_STR("PROXY UNKNOWN ffff:f..f:ffff what ever 65535 65535\r\n"), "nobody"},
        {SL_STR("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\n"), NULL},
        {SL_STR("PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n"), NULL},
        {SL_STR("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 1\r\n"), NULL},
        {SL_STR("PROXY TCP4  192.0.2.1 198.51.100.2 56324 443\r\n"), NULL},
        {SL_STR("PROXY TCP4 192.0.2.1 198.51.100.2 056324 443\r\n"), NULL},
        {SL_STR("PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n"), NULL},
        {SL_STR("PROXY TCP4 192.0.2.1 198.51.100.2 0 443\r\n"), NULL},
        {SL_STR("PROXY TCP4 192.0.2.01 198.51.100.2 1 443\r\n"), NULL},
        {SL_STR("PROXY TCP4 0.0.0.0 198.51.100.2 1 443\r\n"), "0.0.0.0:1 to 198.51.100.2:443"},
        {SL_STR("PROXY TCP6 192.0.2.1 198.51.100.2 1 443\r\n"), NULL},
        {SL_STR("PROXY TCP4 2001:db8::1 2001:db8::2 1 443\r\n"), NULL},
        {SL_STR("PROXY UDP4 192.0.2.1 198.51.100.2 1 443\r\n"), NULL},
        {SL_STR("PROXY\r\n"), NULL},
        {SL_STR("proxy UNKNOWN\r\n"), NULL},
        {SL_STR("PROXY UNKNOWN a\rb\r\n"), NULL},
        {SL_STR("GET http://example.com/ HTTP/1.1\r\n\r\n"), NULL},
        {SL_STR("PROXY UNKNOWN 34567890123456789012345678901234567890123456789012345678901234567890123456789"
                "01234567890123456789012345678901234567890\r\n"),
         NULL},
        {SL_STR(SIGNATURE "\x21\x11\0\x0c" V4), "192.0.2.1:56324 to 198.51.100.2:443"},
        {SL_STR(SIGNATURE "\x21\x21\0\x24" V6), "[2001:db8::1]:56324 to [2001:db8::2]:443"},
        {SL_STR(SIGNATURE "\x21\x11\0\x13" V4 "\x04\0\x04twee"), "192.0.2.1:56324 to 198.51.100.2:443"},
        {SL_STR(SIGNATURE "\x20\x11\0\x0c" V4), "nobody"},
        {SL_STR(SIGNATURE "\x20\0\0\0"), "nobody"},
        {SL_STR(SIGNATURE "\x21\0\0\x03tlv"), "nobody"},
        {SL_STR(SIGNATURE "\x21\x11\0\x0b" V4), NULL}, /* too short for its addresses */
        {SL_STR(SIGNATURE "\x21\x21\0\x0c" V4), NULL},
        {SL_STR(SIGNATURE "\x21\x12\0\x0c" V4), NULL}, /* datagrams */
        {SL_STR(SIGNATURE "\x21\x31\0\xd8"), NULL},    /* Unix sockets */
        {SL_STR(SIGNATURE "\x22\x11\0\x0c" V4), NULL}, /* no such command */
        {SL_STR(SIGNATURE "\x11\x11\0\x0c" V4), NULL}, /* no such version */
        {SL_STR(SIGNATURE "\x21\x11\x20\0" V4), NULL}, /* longer than we take */
        {SL_STR("\r\n\r\n\0\r\nQUIT\r\x21\x11\0\x0c" V4), NULL},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct proxy_header h;
        char text[SL_ENDPOINT_TEXT * 2];
        enum proxy_header_result r = proxy_header_parse(cases[i].bytes, &h);
        if ((r == PROXY_HEADER_DONE) != (cases[i].told != NULL) || r == PROXY_HEADER_MORE)
            fail_msg("case %zu: result %d", i, r);
        if (r != PROXY_HEADER_DONE)
            continue;
        assert_string_equal(text_of(&h, text), cases[i].told);
        assert_int_equal(h.length, cases[i].bytes.n);
    }
}

TEST(proxy_header_parse__takes_byte_after_byte_and_leaves_what_follows)
{
    static const struct {
        struct sl_str bytes;
        size_t length;
    } cases[] = {{SL_STR("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n\r\nGET"), 45},
                 {SL_STR(SIGNATURE "\x21\x11\0\x13" V4 "\x04\0\x04tweeGET"), 35}};
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        for (size_t n = 0; n <= cases[i].bytes.n; n++) {
            struct proxy_header h;
            enum proxy_header_result r = proxy_header_parse(sl_str_sub(cases[i].bytes, 0, n), &h);
            assert_int_equal(r, n < cases[i].length ? PROXY_HEADER_MORE : PROXY_HEADER_DONE);
            assert_true(r == PROXY_HEADER_MORE || h.length == cases[i].length);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxy_header_parse__tells_for_whom_the_balancer_speaks),
        cmocka_unit_test(proxy_header_parse__takes_byte_after_byte_and_leaves_what_follows)};
    return cmocka_run_group_tests_name("proxy/net/proxy_header", tests, NULL, NULL);
}
