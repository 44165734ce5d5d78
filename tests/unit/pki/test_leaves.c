/* test_leaves.c - unit tests of pki/leaves.c: what leaves say, and the cache of them. */
#include "sluice/leaf.h"

#include <fcntl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/ca.h"
#include "sluice/certificate.h"
#include "sluice/clock.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"

enum { DAY_S = 86400, NAMES_MAX = 300 };

static char *directory;
static struct ca_live *cas;
static int64_t now_s;

/* ---- a world ---- */

static const struct ca *new_ca(const struct ca_wish *wish)
{
    const struct ca *ca = NULL;
    struct sl_err err = {0};
    if (!ca_create(wish, now_s, &ca, &err))
        fail_msg("%s", err.msg);
    return ca;
}

static void let_sign(const struct ca *ca)
{
    struct sl_err err = {0};
    const struct ca *had = ca_live_get(cas);
    bool ok = ca_live_add(cas, ca, now_s, &err) && (!had || ca_live_schedule(cas, now_s, now_s, &err));
    ca_unref(&had);
    if (!ok)
        fail_msg("%s", err.msg);
}

static int setup(void **state)
{
    struct sl_err err = {0};
    now_s = sl_wall_us() / 1000000;
    directory = tmpdir_new();
    if (!ca_live_open(directory, &cas, &err))
        fail_msg("%s", err.msg);
    const struct ca *ca = new_ca(&(struct ca_wish){0});
    let_sign(ca);
    ca_unref(&ca);
    return 0;
}

static int teardown(void **state)
{
    ca_live_close(&cas);
    tmpdir_free(&directory);
    return 0;
}

static struct leaves *cache_of(size_t capacity)
{
    return leaves_open(NULL, cas, &(struct leaves_config){.capacity = capacity, .days = LEAF_DAYS});
}

static struct leaves *cache_in_file(const char *path)
{
    return leaves_open(path, cas, &(struct leaves_config){.capacity = 100, .days = LEAF_DAYS});
}

/* A certificate without fault for names, as verification tells it. */
struct origin {
    struct sl_str names[NAMES_MAX];
    struct certificate_member member;
    struct certificate certificate;
};

static const struct certificate *origin_is(struct origin *o, const char *fingerprint,
                                           const char *const *names)
{
    *o = (struct origin){.member = {.from_s = now_s - 10 * DAY_S, .until_s = now_s + 30 * DAY_S}};
    memcpy(o->member.fingerprint, fingerprint, strlen(fingerprint));
    o->certificate = (struct certificate){.names = o->names, .members = &o->member, .member_count = 1};
    for (; *names; names++)
        o->names[o->certificate.name_count++] = sl_cstr(*names);
    return &o->certificate;
}
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct leaf *leaf_for(struct leaves *l, const char *host, const char *also,
                                   const struct certificate *origin)
{
    struct sl_err err = {0};
    const struct leaf *leaf = leaves_get(l, &(struct leaf_want){sl_cstr(host), sl_cstr(also), origin}, &err);
    if (!leaf)
        fail_msg("%s: %s", host, err.msg);
    return leaf;
}

/* "DNS:a,IP:1.2.3.4" of a leaf; good until the next call. */
static const char *names_of(const struct leaf *leaf)
{
    static char kept[8192];
    struct sl_text text = {0};
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf_certificate(leaf), NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
        const unsigned char *p = ASN1_STRING_get0_data(g->d.ia5);
        int n = ASN1_STRING_length(g->d.ia5);
        sl_text_add(&text, sl_cstr(i ? "," : ""));
        if (g->type == GEN_DNS)
            sl_text_addf(&text, "DNS:%.*s", n, p);
        else if (n == 4)
            sl_text_addf(&text, "IP:%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
        else
            sl_text_addf(&text, "IP:%d bytes", n);
    }
    GENERAL_NAMES_free(names);
    snprintf(kept, sizeof kept, "%s", text.p);
    sl_text_fini(&text);
    return kept;
}

static int64_t seconds(const ASN1_TIME *t)
{
    struct tm tm;
    assert_int_equal(ASN1_TIME_to_tm(t, &tm), 1);
    return timegm(&tm);
}

/* ---- what a leaf says ---- */

/* As a client looks at it: path to the CA, purpose, name. */
static int verdict(const struct leaf *leaf, const char *host)
{
    const struct ca *ca = ca_live_get(cas);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509_STORE_add_cert(store, ca_certificate(ca));
    assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf_certificate(leaf), leaf_chain(leaf)), 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_auth_level(param, 2);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1)
        X509_VERIFY_PARAM_set1_host(param, host, 0);
    X509_verify_cert(ctx);
    int error = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ca_unref(&ca);
    return error;
}

TEST(leaf__is_what_a_strict_client_accepts)
{
    struct origin o;
    struct leaves *l = cache_of(10);
    const struct certificate *c = origin_is(&o, "ab", NAMES("shop.example", "*.shop.example", "192.0.2.7"));
    const struct leaf *leaf = leaf_for(l, "shop.example", "", c);
    X509 *x = leaf_certificate(leaf);
    assert_int_equal(verdict(leaf, "shop.example"), X509_V_OK);
    assert_int_equal(verdict(leaf, "www.shop.example"), X509_V_OK);
    assert_int_equal(verdict(leaf, "192.0.2.7"), X509_V_OK);
    assert_int_equal(verdict(leaf, "example"), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_string_equal(names_of(leaf), "DNS:shop.example,DNS:*.shop.example,IP:192.0.2.7");
    assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_SERVER);
    assert_int_equal(X509_check_ca(x), 0);
    assert_int_equal(X509_get_ext_count(x),
                     6); /* and so nothing of the origin's: no CRL, OCSP, SCT, staple */
    assert_int_equal(ASN1_STRING_length(X509_get_serialNumber(x)), 16);
    assert_true(ASN1_STRING_get0_data(X509_get_serialNumber(x))[0] < 0x80);
    leaf_unref(&leaf);
    leaves_close(&l);
}

TEST(leaf__lives_within_the_origin_and_the_days_set)
{
    struct origin o;
    struct leaves *l = cache_of(10);
    const struct leaf *leaf = leaf_for(l, "a.example", "", origin_is(&o, "1", NAMES("a.example")));
    assert_int_equal(seconds(X509_get0_notAfter(leaf_certificate(leaf))), o.member.until_s);
    assert_in_range(seconds(X509_get0_notBefore(leaf_certificate(leaf))), now_s - DAY_S, now_s - DAY_S + 60);
    leaf_unref(&leaf);
    origin_is(&o, "2", NAMES("a.example"));
    o.member.from_s = now_s - 60;
    o.member.until_s = now_s + 1000 * DAY_S;
    leaf = leaf_for(l, "a.example", "", &o.certificate);
    int64_t from_s = seconds(X509_get0_notBefore(leaf_certificate(leaf)));
    assert_int_equal(from_s, now_s - 60);
    assert_true(seconds(X509_get0_notAfter(leaf_certificate(leaf))) - from_s <= LEAF_DAYS * DAY_S);
    leaf_unref(&leaf);
    leaf = leaf_for(l, "a.example", "", NULL);
    assert_true(seconds(X509_get0_notAfter(leaf_certificate(leaf))) <= now_s + DAY_S + 60);
    leaf_unref(&leaf);
    leaves_close(&l);
}

TEST(leaf__of_a_faulty_certificate_names_the_host_and_nothing_else)
{
    struct origin o;
    struct leaves *l = cache_of(10);
    origin_is(&o, "1", NAMES("bank.example", "bad.example"));
    o.certificate.fault = TLS_FAULT_SELF_SIGNED;
    o.member.until_s = now_s - 1;
    const struct leaf *leaf = leaf_for(l, "bad.example", "outer.example", &o.certificate);
    assert_string_equal(names_of(leaf), "DNS:bad.example,DNS:outer.example");
    assert_int_equal(verdict(leaf, "outer.example"), X509_V_OK);
    leaf_unref(&leaf);
    leaves_close(&l);
}

TEST(leaf__covers_the_host_whatever_the_origin_says)
{
    struct origin o;
    struct leaves *l = cache_of(10);
    char longest[] =
        "a2345678.b2345678.c2345678.d2345678.e2345678.f2345678.g2345678.h2345678.i2345678.example";
    char odd[] = "a\tb.example";
    static const struct {
        const char *host, *also, *names;
    } cases[] = {
        {"www.a.example", "", "DNS:*.a.example"},
        {"WWW.A.example", "b.example", "DNS:WWW.A.example,DNS:b.example,DNS:*.a.example"},
        {"x.www.a.example", "", "DNS:x.www.a.example,DNS:*.a.example"},
        {"192.0.2.1", "", "IP:192.0.2.1,DNS:*.a.example"},
        {"2001:db8::1", "www.a.example", "IP:16 bytes,DNS:www.a.example,DNS:*.a.example"},
        {"intranet", "", "DNS:intranet,DNS:*.a.example"},
    };
    origin_is(&o, "1",
              NAMES("*.a.example", "", "*", "a b.example", odd, "1.2.3.4.5", "*.*.example", "..", "-\xff"));
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        const struct leaf *leaf = leaf_for(l, cases[i].host, cases[i].also, &o.certificate);
        assert_string_equal(names_of(leaf), cases[i].names);
        assert_int_equal(verdict(leaf, cases[i].host), X509_V_OK);
        leaf_unref(&leaf);
    }
    const struct leaf *leaf = leaf_for(l, longest, "", NULL);
    assert_int_equal(verdict(leaf, longest), X509_V_OK);
    assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(leaf_certificate(leaf))), 0);
    leaf_unref(&leaf);
    leaves_close(&l);
}

TEST(leaf__has_at_most_a_hundred_names)
{
    struct origin o;
    struct leaves *l = cache_of(10);
    static char texts[NAMES_MAX][32];
    const char *names[NAMES_MAX + 1] = {0};
    for (int i = 0; i < NAMES_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "h%d.example", i);
        names[i] = texts[i];
    }
    const struct leaf *leaf = leaf_for(l, "h299.example", "", origin_is(&o, "1", names));
    const char *all = names_of(leaf);
    int commas = 0;
    for (const char *p = all; *p; p++)
        commas += *p == ',';
    assert_int_equal(commas, 99);
    assert_int_equal(strncmp(all, "DNS:h299.example,DNS:h0.example,", 32), 0);
    leaf_unref(&leaf);
    leaves_close(&l);
}

TEST(leaves_get__says_what_no_certificate_can_name)
{
    static const char *const hosts[] = {"", "a..b", "a b", "*.example", "a/b", "[::1]", "1.2.3"};
    struct leaves *l = cache_of(10);
    for (size_t i = 0; i < SL_COUNT(hosts); i++) {
        struct sl_err err = {0};
        assert_null(leaves_get(l, &(struct leaf_want){.host = sl_cstr(hosts[i])}, &err));
        assert_int_equal(err.code, SL_BAD_INPUT);
    }
    leaves_close(&l);
}

TEST(leaves_get__keeps_to_the_constraints_of_the_ca)
{
    struct origin o;
    struct sl_err err = {0};
    struct sl_str permitted = SL_STR("corp.example");
    struct leaves *l = cache_of(10);
    const struct ca *ca = new_ca(&(struct ca_wish){.permitted = &permitted, .permitted_count = 1});
    let_sign(ca);
    const struct certificate *c = origin_is(&o, "1", NAMES("a.corp.example", "b.example", "*.CORP.example"));
    const struct leaf *leaf = leaf_for(l, "a.corp.example", "", c);
    assert_string_equal(names_of(leaf), "DNS:a.corp.example,DNS:*.CORP.example");
    assert_int_equal(verdict(leaf, "a.corp.example"), X509_V_OK);
    leaf_unref(&leaf);
    assert_null(leaves_get(l, &(struct leaf_want){SL_STR("b.example"), SL_STR(""), c}, &err));
    assert_int_equal(err.code, SL_DENIED);
    assert_non_null(strstr(err.msg, "do not let it sign for 'b.example'"));
    ca_unref(&ca);
    leaves_close(&l);
}

/* ---- the cache ---- */

static struct leaves_stats stats_of(struct leaves *l)
{
    struct leaves_stats stats;
    leaves_stats(l, &stats);
    return stats;
}

TEST(leaves_get__mints_once_for_all_hosts_of_a_certificate)
{
    struct origin o;
    struct leaves *l = cache_of(10);
    const struct certificate *c = origin_is(&o, "1", NAMES("*.cdn.example", "cdn.example"));
    const struct leaf *one = leaf_for(l, "a.cdn.example", "", c),
                      *two = leaf_for(l, "B.cdn.example", "cdn.example", c);
    const struct leaf *other = leaf_for(l, "x.example", "", c);
    assert_ptr_equal(one, two);
    assert_ptr_not_equal(one, other);
    const struct leaf *renewed = leaf_for(l, "a.cdn.example", "", origin_is(&o, "2", NAMES("*.cdn.example")));
    assert_ptr_not_equal(one, renewed);
    assert_int_equal(stats_of(l).minted, 3);
    assert_int_equal(stats_of(l).hits, 1);
    leaf_unref(&one);
    leaf_unref(&two);
    leaf_unref(&other);
    leaf_unref(&renewed);
    leaves_close(&l);
}

TEST(leaves_get__mints_anew_when_another_ca_signs)
{
    struct leaves *l = cache_of(10);
    const struct leaf *before = leaf_for(l, "a.example", "", NULL);
    const struct ca *ca = new_ca(&(struct ca_wish){0});
    let_sign(ca);
    const struct leaf *after = leaf_for(l, "a.example", "", NULL);
    assert_ptr_not_equal(before, after);
    assert_int_equal(verdict(after, "a.example"), X509_V_OK);
    assert_int_equal(stats_of(l).size, 1);
    leaf_unref(&before);
    leaf_unref(&after);
    ca_unref(&ca);
    leaves_close(&l);
}

static void ask(struct leaves *l, int i)
{
    char host[32];
    snprintf(host, sizeof host, "h%d.example", i);
    const struct leaf *leaf = leaf_for(l, host, "", NULL);
    leaf_unref(&leaf);
}

TEST(leaves__forget_who_was_not_used_longest)
{
    struct leaves *l = cache_of(10);
    for (int i = 0; i < 30; i++) {
        ask(l, i);
        ask(l, 0);
    }
    assert_int_equal(stats_of(l).size, 10);
    assert_int_equal(stats_of(l).minted, 30);
    ask(l, 29);
    ask(l, 21);
    assert_int_equal(stats_of(l).minted, 30);
    leaves_configure(l, &(struct leaves_config){.capacity = 3, .days = 10});
    assert_int_equal(stats_of(l).size, 3);
    ask(l, 21);
    assert_int_equal(stats_of(l).minted, 30);
    ask(l, 1);
    assert_int_equal(stats_of(l).minted, 31);
    leaves_close(&l);
}

static void *ask_all(void *arg)
{
    for (int i = 0; i < 200; i++)
        ask(arg, i % 20);
    return NULL;
}

TEST(leaves_get__mints_once_for_all_threads)
{
    pthread_t threads[4];
    struct leaves *l = cache_of(50);
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_all, l), 0);
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(stats_of(l).minted, 20);
    assert_int_equal(stats_of(l).hits, 4 * 200 - 20);
    leaves_close(&l);
}

/* ---- the file ---- */

static void wait_for_load(struct leaves *l, uint64_t n)
{
    for (int i = 0; i < 500 && stats_of(l).loaded < n; i++)
        usleep(10000);
    assert_int_equal(stats_of(l).loaded, n);
}

static struct sl_str der_of(const struct leaf *leaf)
{
    unsigned char *der = NULL;
    int n = i2d_X509(leaf_certificate(leaf), &der);
    assert_true(n > 0);
    return sl_str((const char *)der, (size_t)n);
}

TEST(leaves__survive_a_restart)
{
    struct origin o;
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/leaves.db", directory);
    const struct certificate *c = origin_is(&o, "1", NAMES("a.example"));
    struct leaves *l = cache_in_file(path);
    const struct leaf *before = leaf_for(l, "a.example", "", c);
    ask(l, 1); /* a page's is not kept */
    leaves_close(&l);
    l = cache_in_file(path);
    wait_for_load(l, 1);
    const struct leaf *after = leaf_for(l, "a.example", "", c);
    assert_int_equal(stats_of(l).minted, 0);
    assert_int_equal(verdict(after, "a.example"), X509_V_OK);
    struct sl_str a = der_of(before), b = der_of(after);
    assert_true(sl_str_eq(a, b));
    assert_int_equal(X509_check_private_key(leaf_certificate(after), leaf_private_key(after)), 1);
    OPENSSL_free((void *)a.p);
    OPENSSL_free((void *)b.p);
    leaf_unref(&before);
    leaf_unref(&after);
    leaves_close(&l);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

TEST(leaves__of_another_ca_are_not_taken_from_the_file)
{
    struct origin o;
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/leaves.db", directory);
    const struct certificate *c = origin_is(&o, "1", NAMES("a.example"));
    struct leaves *l = cache_in_file(path);
    const struct leaf *leaf = leaf_for(l, "a.example", "", c);
    leaves_close(&l);
    leaf_unref(&leaf);
    const struct ca *ca = new_ca(&(struct ca_wish){0});
    let_sign(ca);
    l = cache_in_file(path);
    leaf = leaf_for(l, "a.example", "", c);
    assert_int_equal(stats_of(l).minted, 1);
    assert_int_equal(verdict(leaf, "a.example"), X509_V_OK);
    leaf_unref(&leaf);
    ca_unref(&ca);
    leaves_close(&l);
}

TEST(leaves__set_a_damaged_file_aside)
{
    struct origin o;
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/leaves.db", directory);
    SL_CLEANUP(sl_freep) char *aside = sl_asprintf("%s.damaged", path);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(write(fd, "not a database, ", 16), 16);
    close(fd);
    struct leaves *l = cache_in_file(path);
    const struct leaf *leaf = leaf_for(l, "a.example", "", origin_is(&o, "1", NAMES("a.example")));
    leaf_unref(&leaf);
    leaves_close(&l);
    assert_int_equal(access(aside, F_OK), 0);
    l = cache_in_file(path);
    wait_for_load(l, 1);
    leaves_close(&l);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(leaf__is_what_a_strict_client_accepts),
        CASE(leaf__lives_within_the_origin_and_the_days_set),
        CASE(leaf__of_a_faulty_certificate_names_the_host_and_nothing_else),
        CASE(leaf__covers_the_host_whatever_the_origin_says),
        CASE(leaf__has_at_most_a_hundred_names),
        CASE(leaves_get__says_what_no_certificate_can_name),
        CASE(leaves_get__keeps_to_the_constraints_of_the_ca),
        CASE(leaves_get__mints_once_for_all_hosts_of_a_certificate),
        CASE(leaves_get__mints_anew_when_another_ca_signs),
        CASE(leaves__forget_who_was_not_used_longest),
        CASE(leaves_get__mints_once_for_all_threads),
        CASE(leaves__survive_a_restart),
        CASE(leaves__of_another_ca_are_not_taken_from_the_file),
        CASE(leaves__set_a_damaged_file_aside),
    };
    return cmocka_run_group_tests_name("pki/leaves", tests, NULL, NULL);
}
