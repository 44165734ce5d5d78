/* test_crypto.c - unit tests of base/crypto.c, which is included to reach the table form of CRC32C too. */
#include "tests/support/cmocka_all.h"

#include "base/crypto.c"

static void assert_hex(const void *data, size_t n, const char *want)
{
    char hex[129];
    assert_true(n <= 64);
    crypto_hex(data, n, hex);
    assert_string_equal(hex, want);
}

TEST(crypto_sha256__known_answers)
{
    uint8_t out[32];
    crypto_sha256(SL_STR("abc"), out);
    assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_sha256(sl_str(NULL, 0), out);
    assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(crypto_digest__equals_the_whole)
{
    uint8_t whole[32], parts[32];
    struct crypto_digest *d = crypto_digest_new();
    crypto_digest_add(d, "ab", 2);
    crypto_digest_add(d, "", 0);
    crypto_digest_add(d, "c", 1);
    crypto_digest_end(&d, parts);
    assert_null(d);
    crypto_sha256(SL_STR("abc"), whole);
    assert_memory_equal(parts, whole, 32);
}

TEST(crypto_hmac_sha256__known_answers)
{
    uint8_t out[32];
    crypto_hmac_sha256(SL_STR("Jefe"), SL_STR("what do ya want for nothing?"), out);
    assert_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    crypto_hmac_sha256(sl_str(NULL, 0), sl_str(NULL, 0), out);
    assert_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(crypto_equal__compares)
{
    char a[] = "secret", b[] = "secret";
    assert_true(crypto_equal(a, b, 6) && crypto_equal(a, "x", 0));
    crypto_wipe(b, 6);
    assert_false(crypto_equal(a, b, 6));
    crypto_wipe(NULL, 0);
}

TEST(crypto_random__fills_everything)
{
    uint8_t seen[1000] = {0};
    for (int round = 0; round < 20; round++) {
        uint8_t bytes[1000];
        crypto_random(bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++)
            seen[i] |= bytes[i];
    }
    for (size_t i = 0; i < sizeof seen; i++)
        assert_int_not_equal(seen[i], 0);
}

TEST(crypto_random_id__is_crockford_base32)
{
    char a[21], b[21], password[32];
    crypto_random_id(a, 20);
    crypto_random_id(b, 20);
    assert_int_equal(strlen(a), 20);
    assert_int_equal(strspn(a, base32), 20);
    assert_string_not_equal(a, b);
    crypto_random_password(password);
    assert_int_equal(strlen(password), 24);
    assert_int_equal(strspn(password, "-0123456789abcdefghjkmnpqrstvwxyz"), 24);
    assert_true(password[4] == '-' && password[19] == '-');
}

TEST(crypto_base64__both_ways)
{
    static const struct {
        const char *text, *url;
    } cases[] = {{"", ""},
                 {"f", "Zg"},
                 {"fo", "Zm8"},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg"},
                 {"\xfb\xff\xfe", "-__-"},
                 {"fooba", "Zm9vYmE"}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char out[16], back[16];
        size_t n, want = strlen(cases[i].text);
        assert_int_equal(crypto_base64url(cases[i].text, want, out), strlen(cases[i].url));
        assert_string_equal(out, cases[i].url);
        assert_true(crypto_base64url_decode(sl_cstr(out), back, want, &n));
        assert_int_equal(n, want);
        assert_memory_equal(back, cases[i].text, n);
        if (want)
            assert_false(crypto_base64url_decode(sl_cstr(out), back, want - 1, &n));
    }
}

TEST(crypto_base64_decode__padding_is_optional_but_exact)
{
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"Zg==", "f"},   {"Zg", "f"},       {"Zm8=", "fo"},
        {"Zm8", "fo"},   {"Zm9v", "foo"},   {"+//+", "\xfb\xff\xfe"},
        {"", ""},        {"Zg=", NULL},     {"Zm9v=", NULL},
        {"Zh==", NULL},  {"Z", NULL},       {"Zg===", NULL},
        {"====", NULL},  {"=", NULL},       {"Zm 8", NULL},
        {"-__-", NULL},  {"Zg==Zg", NULL},  {"Zm9\n", NULL},
        {"Zm9vZ", NULL}, {"Z\xff==", NULL},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char out[16];
        size_t n;
        bool ok = crypto_base64_decode(sl_cstr(cases[i].text), out, sizeof out, &n);
        if (ok != (cases[i].value != NULL))
            fail_msg("'%s': %d", cases[i].text, ok);
        if (ok)
            assert_true(sl_str_eq(sl_str(out, n), sl_cstr(cases[i].value)));
    }
}

TEST(crypto_password__verifies_what_it_hashed)
{
    char a[CRYPTO_PASSWORD_HASH], b[CRYPTO_PASSWORD_HASH];
    struct sl_err err = {0};
    assert_true(crypto_password_hash(SL_STR("correct horse"), a, &err));
    assert_true(crypto_password_hash(SL_STR("correct horse"), b, &err));
    assert_string_not_equal(a, b); /* salted */
    assert_true(strncmp(a, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    assert_true(crypto_password_verify(SL_STR("correct horse"), a));
    assert_false(crypto_password_verify(SL_STR("correct hors"), a));
    assert_false(crypto_password_verify(sl_str(NULL, 0), a));
    /* The reference implementation's own test vector. */
    assert_true(crypto_password_verify(
        SL_STR("password"),
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"));
}

TEST(crypto_password_verify__refuses_nonsense_and_bombs)
{
    static const char *const hashes[] = {
        "",
        "x",
        "$argon2id$",
        "$argon2id$v=19$m=256,t=2,p=1$",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=4294967295,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=9999$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/5",
    };
    for (size_t i = 0; i < SL_COUNT(hashes); i++)
        assert_false(crypto_password_verify(SL_STR("password"), hashes[i]));
}

TEST(crypto_crc32c__known_answers_in_both_forms)
{
    static const uint8_t zeros[32];
    uint8_t data[100];
    assert_int_equal(crypto_crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(crypto_crc32c(0, zeros, 32), 0x8a9136aa);
    assert_int_equal(crypto_crc32c(0, NULL, 0), 0);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37 + 11);
    for (size_t n = 0; n <= sizeof data; n++) {
        uint32_t whole = crypto_crc32c(0, data, n);
        assert_int_equal(whole, ~crc32c_table(~0u, data, n));
        assert_int_equal(whole, crypto_crc32c(crypto_crc32c(0, data, n / 3), data + n / 3, n - n / 3));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crypto_sha256__known_answers),
        cmocka_unit_test(crypto_digest__equals_the_whole),
        cmocka_unit_test(crypto_hmac_sha256__known_answers),
        cmocka_unit_test(crypto_equal__compares),
        cmocka_unit_test(crypto_random__fills_everything),
        cmocka_unit_test(crypto_random_id__is_crockford_base32),
        cmocka_unit_test(crypto_base64__both_ways),
        cmocka_unit_test(crypto_base64_decode__padding_is_optional_but_exact),
        cmocka_unit_test(crypto_password__verifies_what_it_hashed),
        cmocka_unit_test(crypto_password_verify__refuses_nonsense_and_bombs),
        cmocka_unit_test(crypto_crc32c__known_answers_in_both_forms),
    };
    return cmocka_run_group_tests_name("base/crypto", tests, NULL, NULL);
}
