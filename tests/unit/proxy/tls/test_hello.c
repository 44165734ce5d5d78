/* test_hello.c - unit tests of proxy/tls/hello.c, on messages put together by hand. */
#include "proxy/tls/hello.h"

#include "tests/support/cmocka_all.h"

struct bytes {
    size_t n;
    uint8_t p[HELLO_MAX * 2];
};

static void add(struct bytes *b, const void *data, size_t n)
{
    memcpy(b->p + b->n, data, n);
    b->n += n;
}

static void add_number(struct bytes *b, size_t value, size_t bytes)
{
    while (bytes-- > 0)
        b->p[b->n++] = (uint8_t)(value >> 8 * bytes);
}

/* A ClientHello with these extensions, in records of at most `most` bytes. */
static void make(struct bytes *out, const struct bytes *extensions, size_t most)
{
    struct bytes m = {0};
    size_t body = 2 + 32 + 1 + 2 + 2 + 2 + (extensions ? 2 + extensions->n : 0);
    add_number(&m, 1, 1);
    add_number(&m, body, 3);
    add_number(&m, 0x0303, 2);
    m.n += 32;
    add_number(&m, 0, 1); /* no session */
    add_number(&m, 2, 2); /* one cipher */
    add_number(&m, 0x1301, 2);
    add_number(&m, 0x0100, 2); /* no compression */
    if (extensions) {
        add_number(&m, extensions->n, 2);
        add(&m, extensions->p, extensions->n);
    }
    out->n = 0;
    for (size_t at = 0; at < m.n; at += most) {
        size_t n = SL_MIN(most, m.n - at);
        add_number(out, 0x160301, 3);
        add_number(out, n, 2);
        add(out, m.p + at, n);
    }
}

static void add_name(struct bytes *b, const char *name, size_t n)
{
    add_number(b, 0, 2);
    add_number(b, n + 5, 2);
    add_number(b, n + 3, 2);
    add_number(b, 0, 1);
    add_number(b, n, 2);
    add(b, name, n);
}

static enum hello_result parse(const struct bytes *b, struct hello *h)
{
    return hello_parse(sl_str((const char *)b->p, b->n), h);
}

TEST(hello_parse__finds_name_protocols_and_version_in_any_pieces)
{
    static const size_t pieces[] = {1, 2, 3, 40, 16384};
    struct bytes extensions = {0}, message;
    add_name(&extensions, "www.example.com", 15);
    add(&extensions, "\0\x10\0\x0e\0\x0c\x02h2\x08http/1.1", 18);
    add(&extensions, "\0\x2b\0\x05\x04\x9a\x9a\x03\x04", 9); /* one of them is no version */
    add(&extensions, "\x12\x34\0\x01x", 5);
    for (size_t i = 0; i < SL_COUNT(pieces); i++) {
        struct hello h;
        make(&message, &extensions, pieces[i]);
        for (size_t n = 0; n < message.n; n++)
            assert_int_equal(hello_parse(sl_str((const char *)message.p, n), &h), HELLO_MORE);
        assert_int_equal(parse(&message, &h), HELLO_DONE);
        assert_true(sl_str_eq(hello_name(&h), SL_STR("www.example.com")));
        assert_int_equal(h.alpn_n, 12);
        assert_memory_equal(h.alpn, "\x02h2\x08http/1.1", 12);
        assert_int_equal(h.version, 0x0304);
        assert_false(h.encrypted);
    }
}

/* ECH: the name is that of whoever fronts for others. Extensions without a meaning stand between, as browsers
 * send them (RFC 8701), and a key share that fills all the room there is. */
TEST(hello_parse__tells_of_hidden_names_in_the_largest_that_may_be)
{
    static const uint8_t share[HELLO_MAX];
    struct bytes extensions = {0}, message;
    struct hello h;
    add(&extensions, "\x1a\x1a\0\0", 4);
    add_name(&extensions, "front.example", 13);
    add(&extensions, "\xfe\x0d\0\x04\0\0\x01\0", 8);
    add(&extensions, "\xaa\xaa\0\x01\0", 5);
    size_t rest = HELLO_MAX - 5 - 4 - 2 - 32 - 1 - 4 - 2 - 2 - extensions.n - 4;
    add_number(&extensions, 51, 2);
    add_number(&extensions, rest, 2);
    add(&extensions, share, rest);
    make(&message, &extensions, 16384);
    assert_int_equal(message.n, HELLO_MAX);
    assert_int_equal(parse(&message, &h), HELLO_DONE);
    assert_true(h.encrypted);
    assert_true(sl_str_eq(hello_name(&h), SL_STR("front.example")));
}

TEST(hello_parse__needs_no_extensions)
{
    struct bytes message, none = {0};
    struct hello h;
    make(&message, NULL, 16384);
    assert_int_equal(parse(&message, &h), HELLO_DONE);
    assert_int_equal(h.name_n, 0);
    assert_int_equal(h.version, 0x0303);
    make(&message, &none, 16384);
    assert_int_equal(parse(&message, &h), HELLO_DONE);
}

TEST(hello_parse__refuses_what_does_not_add_up)
{
    static const struct sl_str cases[] = {
        SL_STR("\0\0\0\x05\0\x03\0\0\0"), /* an empty name */
        SL_STR("\0\0\0\x06\0\x04\x01\0\x01"
               "a"), /* another kind of name */
        SL_STR("\0\0\0\x0a\0\x08\0\0\x01"
               "a\0\0\x01"
               "b"), /* two names */
        SL_STR("\0\0\0\x08\0\x06\0\0\x03"
               "a\0b"), /* NUL in it */
        SL_STR("\0\0\0\x07\0\x04\0\0\x01"
               "ab"), /* something behind it */
        SL_STR("\0\0\0\x06\0\x04\0\0\x02"
               "a"), /* longer than its list */
        SL_STR("\0\0\0\x06\0\x04\0\0\x01"
               "a\0\0\0\x06\0\x04\0\0\x01"
               "b"),                    /* twice */
        SL_STR("\0\x10\0\x02\0\0"),     /* no protocol at all */
        SL_STR("\0\x10\0\x03\0\x01\0"), /* one without a name */
        SL_STR("\0\x2b\0\x02\x01\x03"), /* half a version */
        SL_STR("\x12\x34\0\x05x"),      /* longer than all of them */
        SL_STR("\x12\x34\0"),
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct bytes extensions = {0}, message;
        struct hello h;
        add(&extensions, cases[i].p, cases[i].n);
        make(&message, &extensions, 16384);
        if (parse(&message, &h) != HELLO_BAD)
            fail_msg("case %zu is taken", i);
    }
}

TEST(hello_parse__refuses_what_is_no_client_hello_at_the_first_byte_that_tells)
{
    static const struct sl_str cases[] = {
        SL_STR("G"),
        SL_STR("\x80"),                           /* SSL 2 */
        SL_STR("\x16\x02"),                       /* no such version */
        SL_STR("\x16\x03\x01\0\0"),               /* an empty record */
        SL_STR("\x16\x03\x01\x40\x01"),           /* a record that is too long */
        SL_STR("\x16\x03\x01\0\x05\x02"),         /* another message */
        SL_STR("\x16\x03\x01\0\x05\x01\0\x40\0"), /* a message that is too long */
        SL_STR("\x16\x03\x01\0\x01\x01\x17"),     /* application data in the middle of it */
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct hello h;
        assert_int_equal(hello_parse(cases[i], &h), HELLO_BAD);
        assert_int_equal(hello_parse(sl_str_sub(cases[i], 0, cases[i].n - 1), &h), HELLO_MORE);
    }
}

TEST(hello_parse__gives_up_on_endless_ones)
{
    static struct bytes padding, message;
    struct hello h;
    padding.n = 0;
    add_number(&padding, 0x1234, 2);
    add_number(&padding, 15000, 2);
    padding.n += 15000;
    make(&message, &padding, 16384);
    assert_int_equal(parse(&message, &h), HELLO_DONE);
    make(&message, &padding, 10); /* so many heads of records do not fit */
    assert_int_equal(parse(&message, &h), HELLO_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_parse__finds_name_protocols_and_version_in_any_pieces),
        cmocka_unit_test(hello_parse__tells_of_hidden_names_in_the_largest_that_may_be),
        cmocka_unit_test(hello_parse__needs_no_extensions),
        cmocka_unit_test(hello_parse__refuses_what_does_not_add_up),
        cmocka_unit_test(hello_parse__refuses_what_is_no_client_hello_at_the_first_byte_that_tells),
        cmocka_unit_test(hello_parse__gives_up_on_endless_ones),
    };
    return cmocka_run_group_tests_name("proxy/tls/hello", tests, NULL, NULL);
}
