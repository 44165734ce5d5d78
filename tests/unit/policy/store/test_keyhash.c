/* test_keyhash.c - unit tests of policy/store/keyhash.c. */
#include "tests/support/cmocka_all.h"

#include "base/crypto.h"
#include "policy/store/keyhash.h"

/* The key 00 01 .. 0f and inputs 00 01 .. of the reference implementation's vectors. */
TEST(keyhash_bytes__is_siphash_2_4_128)
{
    static const struct {
        size_t n;
        const char *hex;
    } cases[] = {
        {0, "a3817f04ba25a8e66df67214c7550293"},  {1, "da87c1d86b99af44347659119b22fc45"},
        {2, "8177228da4a45dc7fca38bdef60affe4"},  {8, "3b62a9ba6258f5610f83e264f31497b4"},
        {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
    };
    const struct keyhash_key key = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    char data[16], hex[33];
    uint8_t out[16];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)i;
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        keyhash_bytes(&key, sl_str(data, cases[i].n), out);
        crypto_hex(out, sizeof out, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

TEST(keyhash_parts__tells_where_a_part_ends)
{
    const struct keyhash_key key = {1, 2};
    struct sl_str a[] = {SL_STR("ab"), SL_STR("c")}, b[] = {SL_STR("a"), SL_STR("bc")};
    uint8_t x[16], y[16];
    keyhash_parts(&key, a, 2, x);
    keyhash_parts(&key, b, 2, y);
    assert_memory_not_equal(x, y, 16);
    keyhash_parts(&key, a, 2, y);
    assert_memory_equal(x, y, 16);
}

TEST(keyhash_key_derive__differs_by_purpose_and_secret)
{
    uint8_t secret[32] = {7}, other[32] = {8};
    struct keyhash_key a, b, c;
    keyhash_key_derive(secret, "ledger", &a);
    keyhash_key_derive(secret, "consents", &b);
    keyhash_key_derive(other, "ledger", &c);
    assert_true(a.k0 != b.k0 && a.k0 != c.k0 && a.k1 != b.k1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keyhash_bytes__is_siphash_2_4_128),
                                       cmocka_unit_test(keyhash_parts__tells_where_a_part_ends),
                                       cmocka_unit_test(keyhash_key_derive__differs_by_purpose_and_secret)};
    return cmocka_run_group_tests_name("policy/store/keyhash", tests, NULL, NULL);
}
