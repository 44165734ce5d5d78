/* test_ca_import.c - pki/ca_import.c, ca_material.c, ca_check.c, ca_key.c: what somebody else made is read,
 * put into order, and refused when clients could not accept what it signs. */
#include "tests/support/cmocka_all.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/ca.h"
#include "tests/support/tmpdir.h"

enum { NOW_S = 1800000000, DAY_S = 86400 };

struct made {
    X509 *cert;
    EVP_PKEY *key;
};

/* A certificate as one may find it in the world. Zero is what a good authority has. */
struct recipe {
    const char *name;
    const struct made *issuer; /* NULL: itself */
    const char *constraints, *usage, *extended, *names;
    bool bare; /* no extension at all */
    int rsa_bits, from_days, to_days;
    const char *curve;
    const EVP_MD *digest;
};

static void add(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(cert, e, -1), 1);
    X509_EXTENSION_free(e);
}

static struct made make(struct recipe r)
{
    struct made m = {X509_new(), r.rsa_bits ? EVP_RSA_gen((unsigned)r.rsa_bits)
                                            : EVP_EC_gen(r.curve ? r.curve : "P-256")};
    X509 *issuer = r.issuer ? r.issuer->cert : m.cert;
    assert_true(m.cert && m.key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(m.cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)r.name, -1, -1, 0);
    X509_set_issuer_name(m.cert, X509_get_subject_name(issuer));
    X509_set_version(m.cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(m.cert), 7);
    ASN1_TIME_set(X509_getm_notBefore(m.cert), NOW_S + (int64_t)(r.from_days ? r.from_days : -1) * DAY_S);
    ASN1_TIME_set(X509_getm_notAfter(m.cert), NOW_S + (int64_t)(r.to_days ? r.to_days : 1000) * DAY_S);
    X509_set_pubkey(m.cert, m.key);
    if (!r.bare) {
        add(m.cert, issuer, NID_basic_constraints, r.constraints ? r.constraints : "critical,CA:TRUE");
        add(m.cert, issuer, NID_key_usage, r.usage ? r.usage : "critical,keyCertSign,cRLSign");
        add(m.cert, issuer, NID_subject_key_identifier, "hash");
    }
    if (r.extended)
        add(m.cert, issuer, NID_ext_key_usage, r.extended);
    if (r.names)
        add(m.cert, issuer, NID_name_constraints, r.names);
    assert_true(X509_sign(m.cert, r.issuer ? r.issuer->key : m.key, r.digest ? r.digest : EVP_sha256()) > 0);
    return m;
}

static void drop(struct made *m)
{
    X509_free(m->cert);
    EVP_PKEY_free(m->key);
}

static void add_bio(struct sl_text *out, BIO *bio)
{
    char *data;
    long n = BIO_get_mem_data(bio, &data);
    sl_text_add(out, sl_str(data, (size_t)n));
    BIO_free(bio);
}

static void add_cert(struct sl_text *out, const struct made *m)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, m->cert);
    add_bio(out, bio);
}

static void add_key(struct sl_text *out, const struct made *m, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, m->key, password ? EVP_aes_256_cbc() : NULL, password,
                                  password ? (int)strlen(password) : 0, NULL, NULL);
    add_bio(out, bio);
}

static const struct ca *import_ok(const struct ca_given *given)
{
    const struct ca *ca;
    struct sl_err err = {0};
    if (!ca_import(given, NOW_S, &ca, &err))
        fail_msg("%s", err.msg);
    return ca;
}

static void refuse(const struct ca_given *given, const char *says)
{
    const struct ca *ca = NULL;
    struct sl_err err = {0};
    assert_false(ca_import(given, NOW_S, &ca, &err));
    assert_null(ca);
    if (!strstr(err.msg, says))
        fail_msg("'%s' instead of '%s'", err.msg, says);
}

TEST(ca_import__takes_a_root)
{
    struct made root = make((struct recipe){.name = "Root"});
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    add_cert(&pem, &root);
    add_key(&pem, &root, NULL);
    const struct ca *ca = import_ok(&(struct ca_given){.data = sl_text_str(&pem)});
    assert_string_equal(ca_facts(ca)->subject, "CN=Root");
    assert_true(ca_facts(ca)->root);
    assert_int_equal(sk_X509_num(ca_chain(ca)), 0);
    ca_unref(&ca);
    drop(&root);
}

TEST(ca_import__puts_a_chain_into_order)
{
    struct made root = make((struct recipe){.name = "Root"});
    struct made upper =
        make((struct recipe){.name = "Upper", .issuer = &root, .constraints = "critical,CA:TRUE,pathlen:1"});
    struct made lower =
        make((struct recipe){.name = "Lower", .issuer = &upper, .constraints = "critical,CA:TRUE,pathlen:0"});
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0}, shown = {0}, expected = {0};
    add_cert(&pem, &root);
    add_key(&pem, &lower, NULL);
    add_cert(&pem, &lower);
    add_cert(&pem, &upper);
    const struct ca *ca = import_ok(&(struct ca_given){.data = sl_text_str(&pem)});
    assert_string_equal(ca_facts(ca)->subject, "CN=Lower");
    /* servers send both that clients lack, and clients install the root */
    assert_int_equal(sk_X509_num(ca_chain(ca)), 2);
    assert_int_equal(X509_cmp(sk_X509_value(ca_chain(ca), 0), lower.cert), 0);
    assert_int_equal(X509_cmp(sk_X509_value(ca_chain(ca), 1), upper.cert), 0);
    ca_pem(ca, &shown);
    add_cert(&expected, &root);
    assert_string_equal(shown.p, expected.p);
    ca_unref(&ca);
    drop(&lower);
    drop(&upper);
    drop(&root);
}

TEST(ca_import__takes_an_intermediate_whose_root_clients_have)
{
    struct made root = make((struct recipe){.name = "Root"});
    struct made lower = make((struct recipe){.name = "Lower", .issuer = &root});
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    add_cert(&pem, &lower);
    add_key(&pem, &lower, NULL);
    const struct ca *ca = import_ok(&(struct ca_given){.data = sl_text_str(&pem)});
    assert_false(ca_facts(ca)->root);
    assert_int_equal(sk_X509_num(ca_chain(ca)), 1);
    ca_unref(&ca);
    drop(&lower);
    drop(&root);
}

TEST(ca_import__refuses_what_clients_would)
{
    static const struct {
        struct recipe r;
        const char *says;
    } cases[] = {
        {{.constraints = "critical,CA:FALSE"}, "is no authority"},
        {{.bare = true, .issuer = NULL}, "is no authority"},
        {{.usage = "critical,digitalSignature"}, "may not sign certificates"},
        {{.extended = "clientAuth"}, "may not sign for TLS servers"},
        {{.from_days = -20, .to_days = -10}, "ended on 2027-01-05"},
        {{.from_days = 10}, "is valid from 2027-01-25 on only"},
        {{.rsa_bits = 1024}, "has the key RSA 1024"},
        {{.curve = "secp256k1"}, "which browsers refuse"},
        {{.curve = "P-224"}, "has the key EC P-224"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct recipe r = cases[i].r;
        r.name = "Bad";
        struct made m = make(r);
        SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
        add_cert(&pem, &m);
        add_key(&pem, &m, NULL);
        refuse(&(struct ca_given){.data = sl_text_str(&pem)}, cases[i].says);
        drop(&m);
    }
}

TEST(ca_import__refuses_a_chain_that_clients_would)
{
    static const struct {
        struct recipe root, lower;
        const char *says;
    } cases[] = {
        {{.constraints = "critical,CA:TRUE,pathlen:0"}, {0}, "allows 0 authorities below it"},
        {{.to_days = -1, .from_days = -9}, {0}, "Root ended on"},
        {{0}, {.digest = NULL}, ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct recipe r = cases[i].root, l = cases[i].lower;
        r.name = "Root";
        struct made root = make(r);
        l.name = "Lower";
        l.issuer = &root;
        l.digest = *cases[i].says ? NULL : EVP_sha1();
        struct made lower = make(l);
        SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
        add_cert(&pem, &lower);
        add_key(&pem, &lower, NULL);
        add_cert(&pem, &root);
        refuse(&(struct ca_given){.data = sl_text_str(&pem)},
               *cases[i].says ? cases[i].says : "is signed with SHA1");
        drop(&lower);
        drop(&root);
    }
}

TEST(ca_import__names_what_is_missing_or_too_much)
{
    struct made a = make((struct recipe){.name = "A"}), b = make((struct recipe){.name = "B"});
    SL_CLEANUP(sl_text_fini) struct sl_text cert = {0}, key = {0}, other = {0}, both = {0};
    add_cert(&cert, &a);
    add_key(&key, &a, NULL);
    add_key(&other, &b, NULL);
    add_cert(&both, &a);
    add_cert(&both, &b);
    refuse(&(struct ca_given){.data = sl_text_str(&cert)}, "there is no private key in it");
    refuse(&(struct ca_given){.data = sl_text_str(&key)}, "there is no certificate in it");
    refuse(&(struct ca_given){.data = sl_text_str(&cert), .key = sl_text_str(&other)},
           "belongs to none of the certificates");
    refuse(&(struct ca_given){.data = sl_text_str(&both), .key = sl_text_str(&key)},
           "CN=B does not stand above");
    refuse(&(struct ca_given){.data = SL_STR("what is this")}, "neither PEM nor PKCS#12");
    refuse(
        &(struct ca_given){.data = SL_STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")},
        "certificate 1 cannot be read");
    const struct ca *ca = import_ok(&(struct ca_given){.data = sl_text_str(&cert), .key = sl_text_str(&key)});
    ca_unref(&ca);
    drop(&a);
    drop(&b);
}

TEST(ca_import__opens_a_locked_key)
{
    struct made a = make((struct recipe){.name = "A"});
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    add_cert(&pem, &a);
    add_key(&pem, &a, "sesame");
    struct ca_given given = {.data = sl_text_str(&pem)};
    refuse(&given, "the private key is locked; give its password");
    given.password = SL_STR("parsley");
    refuse(&given, "the password does not open the private key");
    given.password = SL_STR("sesame");
    const struct ca *ca = import_ok(&given);
    ca_unref(&ca);
    drop(&a);
}

static struct sl_text pkcs12(const struct made *m, const struct made *above, const char *password, int rounds)
{
    struct sl_text out = {0};
    STACK_OF(X509) *others = sk_X509_new_null();
    BIO *bio = BIO_new(BIO_s_mem());
    if (above)
        sk_X509_push(others, above->cert);
    PKCS12 *p12 = PKCS12_create(password, "gw", m->key, m->cert, others, 0, 0, rounds, rounds, 0);
    assert_non_null(p12);
    i2d_PKCS12_bio(bio, p12);
    add_bio(&out, bio);
    PKCS12_free(p12);
    sk_X509_free(others);
    return out;
}

TEST(ca_import__opens_a_pkcs12_file)
{
    struct made root = make((struct recipe){.name = "Root"}),
                lower = make((struct recipe){.name = "Lower", .issuer = &root});
    struct sl_text file = pkcs12(&lower, &root, "sesame", 2048);
    struct ca_given given = {.data = sl_text_str(&file)};
    refuse(&given, "the PKCS#12 file is locked; give its password");
    given.password = SL_STR("parsley");
    refuse(&given, "the password does not open the PKCS#12 file");
    given.password = SL_STR("sesame");
    const struct ca *ca = import_ok(&given);
    assert_string_equal(ca_facts(ca)->subject, "CN=Lower");
    assert_int_equal(sk_X509_num(ca_chain(ca)), 1);
    ca_unref(&ca);
    sl_text_fini(&file);
    drop(&lower);
    drop(&root);
}

/* A locked key that says how many rounds open it, and has nothing inside. */
static struct sl_text locked_key(int rounds)
{
    static const unsigned char inside[] = {0x04, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct sl_text out = {0};
    unsigned char salt[8] = {1}, iv[16] = {1}, *algorithm_der = NULL;
    X509_ALGOR *algorithm =
        PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), rounds, salt, sizeof salt, iv, NID_hmacWithSHA256);
    int n = i2d_X509_ALGOR(algorithm, &algorithm_der);
    assert_in_range(n, 1, 127 - (int)sizeof inside);
    sl_text_addc(&out, 0x30);
    sl_text_addc(&out, (char)(n + (int)sizeof inside));
    sl_text_add(&out, sl_str((const char *)algorithm_der, (size_t)n));
    sl_text_add(&out, sl_str((const char *)inside, sizeof inside));
    OPENSSL_free(algorithm_der);
    X509_ALGOR_free(algorithm);
    return out;
}

TEST(ca_import__computes_no_absurd_number_of_rounds)
{
    struct made a = make((struct recipe){.name = "A"});
    struct sl_text key = locked_key(20 * 1000 * 1000);
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio(bio, PEM_STRING_PKCS8, "", (const unsigned char *)key.p, (long)key.n);
    add_cert(&pem, &a);
    add_bio(&pem, bio);
    refuse(&(struct ca_given){.data = sl_text_str(&pem), .password = SL_STR("x")},
           "asks for more than 10000000 rounds");
    sl_text_fini(&key);

    struct sl_text file = pkcs12(&a, NULL, "x", 2048);
    const unsigned char *at = (const unsigned char *)file.p;
    PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)file.n);
    const ASN1_INTEGER *rounds;
    assert_non_null(p12);
    PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
    ASN1_INTEGER_set((ASN1_INTEGER *)(uintptr_t)rounds, 20 * 1000 * 1000);
    sl_text_clear(&file);
    bio = BIO_new(BIO_s_mem());
    i2d_PKCS12_bio(bio, p12);
    add_bio(&file, bio);
    refuse(&(struct ca_given){.data = sl_text_str(&file), .password = SL_STR("x")},
           "asks for more than 10000000 rounds");
    PKCS12_free(p12);
    sl_text_fini(&file);
    drop(&a);
}

TEST(ca_import__finds_a_key_by_its_uri)
{
    struct made a = make((struct recipe){.name = "A"});
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0}, key = {0};
    struct sl_err err = {0};
    char *dir = tmpdir_new();
    add_cert(&pem, &a);
    add_key(&key, &a, NULL);
    char *path = tmpdir_write(dir, "key.pem", key.p);
    SL_CLEANUP(sl_freep) char *uri = sl_asprintf("file:%s", path);
    struct ca_given given = {.data = sl_text_str(&pem), .key_uri = sl_cstr(uri)};
    const struct ca *ca = import_ok(&given);
    assert_string_equal(ca_facts(ca)->key_uri, uri);

    /* it is found again by whoever opens the directory, and missed when it is away */
    struct ca_live *live;
    assert_true(ca_live_open(dir, &live, &err) && ca_live_add(live, ca, NOW_S, &err));
    ca_unref(&ca);
    assert_true(ca_live_reload(live, &err));
    ca = ca_live_get(live);
    assert_non_null(ca_key(ca));
    ca_unref(&ca);
    assert_int_equal(remove(path), 0);
    assert_true(ca_live_reload(live, &err));
    ca = ca_live_get(live);
    assert_null(ca_key(ca));
    assert_non_null(strstr(ca_facts(ca)->key_fault, path));
    ca_unref(&ca);
    ca_live_close(&live);

    static const struct {
        const char *uri, *says;
    } bad[] = {{"/etc/key.pem", "is no URI of a key"},
               {"pkcs11:token=gw;pin-value=1234", "the URI holds a PIN"},
               {"pkcs11:token=gw?module-path=/tmp/x.so", "for OpenSSL's configuration to say"},
               {"file:/has space", "printable ASCII only"},
               {"pkcs11:token=gw", "provider"},
               {"file:/nonexistent/key.pem", "/nonexistent/key.pem"}};
    for (size_t i = 0; i < SL_COUNT(bad); i++) {
        given.key_uri = sl_cstr(bad[i].uri);
        refuse(&given, bad[i].says);
    }
    free(path);
    tmpdir_free(&dir);
    drop(&a);
}

static size_t warned;
static char warning[256];

static void keep_warning(void *arg, const char *sentence)
{
    warned++;
    snprintf(warning, sizeof warning, "%s", sentence);
}

TEST(ca_warn__tells_what_will_matter)
{
    struct made a = make((struct recipe){.name = "A"});
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    add_cert(&pem, &a);
    add_key(&pem, &a, NULL);
    const struct ca *ca = import_ok(&(struct ca_given){.data = sl_text_str(&pem)});
    const int64_t end_s = ca_facts(ca)->not_after_s;
    warned = 0;
    ca_warn(ca, end_s - 91 * (int64_t)DAY_S, keep_warning, NULL);
    assert_int_equal(warned, 0);
    ca_warn(ca, end_s - 30 * (int64_t)DAY_S, keep_warning, NULL);
    assert_int_equal(warned, 1);
    assert_non_null(strstr(warning, "ends in 30 days"));
    ca_warn(ca, end_s, keep_warning, NULL);
    assert_non_null(strstr(warning, "has ended"));
    ca_unref(&ca);
    drop(&a);
}

TEST(ca_covers__follows_every_constraint_above)
{
    struct made root = make((struct recipe){.name = "Root", .names = "critical,excluded;DNS:bank.example"});
    struct made lower = make((struct recipe){
        .name = "Lower",
        .issuer = &root,
        .names = "critical,permitted;DNS:example,permitted;DNS:.sub.test,permitted;IP:10.0.0.0/255.0.0.0"});
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    add_cert(&pem, &lower);
    add_key(&pem, &lower, NULL);
    add_cert(&pem, &root);
    const struct ca *ca = import_ok(&(struct ca_given){.data = sl_text_str(&pem)});
    static const struct {
        const char *host;
        bool covered;
    } cases[] = {{"www.example", true},   {"example", true},           {"anexample", false},
                 {"bank.example", false}, {"www.bank.example", false}, {"sub.test", false},
                 {"a.sub.test", true},    {"other.org", false},        {"10.1.2.3", true},
                 {"192.0.2.1", false},    {"2001:db8::1", false}};
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        if (ca_covers(ca, sl_cstr(cases[i].host)) != cases[i].covered)
            fail_msg("%s", cases[i].host);
    ca_unref(&ca);
    drop(&lower);
    drop(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ca_import__takes_a_root),
        cmocka_unit_test(ca_import__puts_a_chain_into_order),
        cmocka_unit_test(ca_import__takes_an_intermediate_whose_root_clients_have),
        cmocka_unit_test(ca_import__refuses_what_clients_would),
        cmocka_unit_test(ca_import__refuses_a_chain_that_clients_would),
        cmocka_unit_test(ca_import__names_what_is_missing_or_too_much),
        cmocka_unit_test(ca_import__opens_a_locked_key),
        cmocka_unit_test(ca_import__opens_a_pkcs12_file),
        cmocka_unit_test(ca_import__computes_no_absurd_number_of_rounds),
        cmocka_unit_test(ca_import__finds_a_key_by_its_uri),
        cmocka_unit_test(ca_warn__tells_what_will_matter),
        cmocka_unit_test(ca_covers__follows_every_constraint_above),
    };
    return cmocka_run_group_tests_name("pki/ca_import", tests, NULL, NULL);
}
