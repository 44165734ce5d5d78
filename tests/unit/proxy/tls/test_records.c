/* test_records.c - unit tests of proxy/tls/records.c. */
#include "proxy/tls/records.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"

enum { AES_128 = 0x1301 };

static const unsigned numbers[] = {0x1301, 0x1302, 0x1303};
static uint8_t secret[RECORD_SECRET_MAX];

static struct record_keys keys_of(unsigned number)
{
    struct record_keys k;
    record_keys_init(&k, record_suite(number), secret, 0);
    return k;
}

static size_t seal(struct record_keys *k, enum record_type type, const char *text, size_t n, uint8_t *out)
{
    return record_seal(k, type, &(struct iovec){(void *)text, n}, 0, n, out);
}

static bool opens(struct record_keys *k, const uint8_t *record, size_t n, uint8_t *out, size_t *out_n,
                  enum record_type *type)
{
    size_t length;
    struct sl_str bytes = sl_str((const char *)record, n);
    return record_measure(bytes, &length) && length == n && record_open(k, bytes, out, out_n, type);
}

/* The trace of a simple handshake in RFC 8448, section 3. */
TEST(records__are_those_of_rfc_8448)
{
    static const uint8_t client_secret[] = {0x9e, 0x40, 0x64, 0x6c, 0xe7, 0x9a, 0x7f, 0x9d, 0xc0, 0x5a, 0xf8,
                                            0x88, 0x9b, 0xce, 0x65, 0x52, 0x87, 0x5a, 0xfa, 0x0b, 0x06, 0xdf,
                                            0x00, 0x87, 0xf7, 0x92, 0xeb, 0xb7, 0xc1, 0x75, 0x04, 0xa5};
    static const uint8_t key[] = {0x17, 0x42, 0x2d, 0xda, 0x59, 0x6e, 0xd5, 0xd9,
                                  0xac, 0xd8, 0x90, 0xe3, 0xc6, 0x3f, 0x50, 0x51};
    static const uint8_t iv[] = {0x5b, 0x78, 0x92, 0x3d, 0xee, 0x08, 0x57, 0x90, 0x33, 0xe5, 0x23, 0xd9};
    static const uint8_t begin[] = {0x17, 0x03, 0x03, 0x00, 0x43, 0xa2, 0x3f, 0x70, 0x54, 0xb6, 0x2c,
                                    0x94, 0xd0, 0xaf, 0xfa, 0xfe, 0x82, 0x28, 0xba, 0x55, 0xcb, 0xef};
    struct record_keys k;
    char text[50];
    uint8_t out[sizeof text + RECORD_OVERHEAD];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)i;
    record_keys_init(&k, record_suite(AES_128), client_secret, 0);
    assert_memory_equal(k.key, key, sizeof key);
    assert_memory_equal(k.iv, iv, sizeof iv);
    assert_int_equal(seal(&k, RECORD_DATA, text, sizeof text, out), sizeof out);
    assert_memory_equal(out, begin, sizeof begin);
}

TEST(record_open__gives_what_was_sealed)
{
    static char text[RECORD_PLAIN_MAX];
    static uint8_t record[RECORD_SEALED_MAX], plain[RECORD_SEALED_MAX];
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, RECORD_PLAIN_MAX};
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (size_t s = 0; s < SL_COUNT(numbers); s++) {
        struct record_keys ours = keys_of(numbers[s]), theirs = ours;
        for (size_t i = 0; i < 4 * SL_COUNT(sizes); i++) {
            size_t n = sizes[i % SL_COUNT(sizes)], got, length;
            enum record_type type;
            length = seal(&ours, RECORD_HANDSHAKE, text, n, record);
            assert_int_equal(length, n + RECORD_OVERHEAD);
            assert_true(opens(&theirs, record, length, plain, &got, &type));
            assert_true(got == n && type == RECORD_HANDSHAKE && memcmp(plain, text, n) == 0);
            if (i % 5 == 4) {
                record_keys_update(&ours);
                record_keys_update(&theirs);
            }
        }
    }
}

TEST(record_seal__gathers_pieces)
{
    struct record_keys ours = keys_of(AES_128), theirs = ours;
    struct iovec pieces[] = {{(void *)"abc", 3}, {(void *)"", 0}, {(void *)"defgh", 5}, {(void *)"ij", 2}};
    uint8_t record[64], plain[64];
    size_t n;
    enum record_type type;
    size_t length = record_seal(&ours, RECORD_DATA, pieces, 2, 7, record);
    assert_true(opens(&theirs, record, length, plain, &n, &type));
    assert_int_equal(n, 7);
    assert_memory_equal(plain, "cdefghi", 7);
}

/* Connections of a thread share contexts: none must get the keys of another. */
TEST(records__of_several_connections_may_alternate)
{
    struct record_keys ours[6], theirs[6];
    uint8_t record[64], plain[64];
    size_t n;
    enum record_type type;
    for (size_t i = 0; i < SL_COUNT(ours); i++) {
        secret[0] = (uint8_t)i;
        ours[i] = keys_of(numbers[i % 3]);
        theirs[i] = keys_of(numbers[i % 3]);
    }
    for (size_t i = 0; i < 60; i++) {
        size_t c = i * 5 % SL_COUNT(ours), length = seal(&ours[c], RECORD_DATA, "text", 4, record);
        assert_true(opens(&theirs[c], record, length, plain, &n, &type));
    }
    secret[0] = 0;
}

TEST(record_open__refuses_what_was_changed)
{
    struct record_keys ours = keys_of(AES_128);
    uint8_t record[64], plain[64];
    size_t n, length = seal(&ours, RECORD_DATA, "text", 4, record);
    enum record_type type;
    for (size_t i = 1; i < length; i++) {
        struct record_keys theirs = keys_of(AES_128);
        record[i] ^= 1;
        assert_false(opens(&theirs, record, length, plain, &n, &type));
        record[i] ^= 1;
    }
    struct record_keys later = keys_of(AES_128);
    later.number = 1;
    assert_false(opens(&later, record, length, plain, &n, &type)); /* another place in the order */
}

TEST(record_open__strips_padding)
{
    struct record_keys ours = keys_of(AES_128), theirs = ours;
    uint8_t record[64], plain[64];
    size_t n;
    enum record_type type;
    /* The last byte that is not 0 is the type: what is sealed as type 0 ends with it. */
    size_t length = seal(&ours, (enum record_type)0, "text\x17\0\0", 7, record);
    assert_true(opens(&theirs, record, length, plain, &n, &type));
    assert_true(n == 4 && type == RECORD_DATA);
    length = seal(&ours, (enum record_type)0, "\0\0\0", 3, record);
    assert_false(opens(&theirs, record, length, plain, &n, &type));
}

TEST(record_measure__knows_what_can_be_no_record)
{
    static const struct {
        const char *bytes;
        size_t n;
        bool ok;
        size_t length;
    } cases[] = {
        {"", 0, true, 0},
        {"\x17\x03\x03\x01", 4, true, 0},
        {"\x17\x03\x03\x01\x02", 5, true, 263},
        {"\x17\x03\x03\x41\x00", 5, true, RECORD_SEALED_MAX},
        {"\x17\x03\x03\x41\x01", 5, false, 0},
        {"\x17\x03\x03\x00\x10", 5, false, 0},
        {"\x16", 1, false, 0},
        {"\x15\x03\x03\x00\x02\x02\x28", 7, false, 0},
        {"GET / HTTP/1.1", 14, false, 0},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        size_t n;
        assert_int_equal(record_measure(sl_str(cases[i].bytes, cases[i].n), &n), cases[i].ok);
        assert_true(!cases[i].ok || n == cases[i].length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records__are_those_of_rfc_8448),
        cmocka_unit_test(record_open__gives_what_was_sealed),
        cmocka_unit_test(record_seal__gathers_pieces),
        cmocka_unit_test(records__of_several_connections_may_alternate),
        cmocka_unit_test(record_open__refuses_what_was_changed),
        cmocka_unit_test(record_open__strips_padding),
        cmocka_unit_test(record_measure__knows_what_can_be_no_record),
    };
    return cmocka_run_group_tests_name("proxy/tls/records", tests, NULL, NULL);
}
