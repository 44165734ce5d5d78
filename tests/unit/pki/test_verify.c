/* test_verify.c - unit tests of pki/verify*.c: names, what is wanted and fed, what was taken back, other
 * ways. What can be wrong with a chain is in test_verify_matrix.c. */
#include <openssl/ocsp.h>
#include <stdlib.h>

#include "sluice/certificate.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/pki/mint.h"

#define AIA "authorityInfoAccess=caIssuers;URI:http://a.test/ca.crt"
#define OCSP "authorityInfoAccess=OCSP;URI:http://a.test/ocsp"
#define CRL "crlDistributionPoints=URI:http://a.test/ca.crl"

/* ---- a small world ---- */

struct world {
    struct minted root, ca, leaf;
    struct trust *trust;
};

static struct trust *trust_in(const struct minted *root, enum revocation revocation)
{
    struct trust *t = NULL;
    char *pem = mint_pem(root);
    assert_true(trust_new(
        &(struct trust_config){.extra = sl_cstr(pem), .revocation = revocation, .fetch = true}, &t, NULL));
    free(pem);
    return t;
}

static void world_open(struct world *w, const char *leaf_with, enum revocation revocation)
{
    w->root = mint(&(struct mint_spec){.name = "Root", .is_ca = true}, NULL);
    w->ca = mint(&(struct mint_spec){.name = "Issuing CA", .is_ca = true}, &w->root);
    w->leaf = mint(&(struct mint_spec){.name = "www.example.com", .with = leaf_with}, &w->ca);
    w->trust = trust_in(&w->root, revocation);
}

static void world_close(struct world *w)
{
    mint_free(&w->root);
    mint_free(&w->ca);
    mint_free(&w->leaf);
    trust_unref(&w->trust);
}

static const struct certificate *ask(struct trust *trust, X509 *const *certs, int n, struct sl_str host,
                                     struct sl_str staple, int64_t now_s)
{
    STACK_OF(X509) *shown = sk_X509_new_null();
    struct trust_question q = {.shown = shown, .host = host, .staple = staple, .now_s = now_s};
    for (int i = 0; i < n; i++)
        sk_X509_push(shown, certs[i]);
    if (sl_addr_parse(host, &q.addr))
        q.host.n = 0;
    const struct certificate *c = trust_judge(trust, &q);
    sk_X509_free(shown);
    return c;
}

static const struct certificate *ask_world(struct world *w, bool whole, struct sl_str staple)
{
    X509 *certs[] = {w->leaf.cert, w->ca.cert};
    return ask(w->trust, certs, whole ? 2 : 1, SL_STR("www.example.com"), staple, MINT_NOW);
}

/* Feeds the answer to the one thing that c wants, and has it judged again. */
static void feed(struct world *w, const struct certificate **c, struct sl_str answer, bool of_use)
{
    assert_int_equal((*c)->want_count, 1);
    assert_int_equal(trust_feed(w->trust, *c, 0, answer, MINT_NOW), of_use);
    const struct certificate *again = trust_judge_again(w->trust, *c, false, MINT_NOW);
    certificate_unref(c);
    *c = again;
}

static void assert_fault(const struct certificate *c, const char *word)
{
    assert_string_equal(tls_fault_word(c->fault), word);
}

static struct sl_str der_of(const struct minted *m)
{
    unsigned char *der = NULL;
    int n = i2d_X509(m->cert, &der);
    char *copy = sl_malloc((size_t)n);
    memcpy(copy, der, (size_t)n);
    OPENSSL_free(der);
    return sl_str(copy, (size_t)n);
}

static void free_str(struct sl_str *s)
{
    free((char *)(uintptr_t)s->p);
}

/* ---- names ---- */

TEST(names_match__as_RFC_9525_says)
{
    static const struct {
        const char *names, *host;
        bool fits;
    } cases[] = {
        {"DNS:example.com", "example.com", true},
        {"DNS:EXAMPLE.com", "example.com", true},
        {"DNS:*.example.com", "a.example.com", true},
        {"DNS:*.example.com", "xn--bcher-kva.example.com", true},
        {"DNS:xn--bcher-kva.example", "xn--bcher-kva.example", true},
        {"DNS:a.test,DNS:example.com", "example.com", true},
        {"IP:192.0.2.1", "192.0.2.1", true},
        {"IP:2001:db8::1", "2001:db8::1", true},
        {"DNS:*.example.com", "example.com", false},
        {"DNS:*.example.com", "a.b.example.com", false},
        {"DNS:*.example.com", ".example.com", false},
        {"DNS:*.*.example.com", "a.b.example.com", false},
        {"DNS:a.*.example.com", "a.b.example.com", false},
        {"DNS:w*.example.com", "www.example.com", false},
        {"DNS:*w.example.com", "www.example.com", false},
        {"DNS:xn--*.example.com", "xn--a.example.com", false},
        {"DNS:*", "localhost", false},
        {"DNS:*.", "localhost", false},
        {"DNS:*.com", "example.com", false},
        {"DNS:.example.com", "a.example.com", false},
        {"DNS:example.com.", "example.com", false},
        {"DNS:example.co", "example.com", false},
        {"email:example.com", "example.com", false},
        {"URI:https://example.com", "example.com", false},
        {"DNS:192.0.2.1", "192.0.2.1", false},
        {"IP:192.0.2.1", "192.0.2.2", false},
        {"DNS:*.0.2.1", "192.0.2.1", false},
        {"DER:300d820b6578616d706c652e636f6d", "example.com", true},
        /* "example.com" NUL ".evil.test" */
        {"DER:301882166578616d706c652e636f6d002e6576696c2e74657374", "example.com", false},
        /* four bytes of an address as a name of the DNS, five as an address */
        {"DER:30068204c0000201", "192.0.2.1", false},
        {"DER:30078705c000020101", "192.0.2.1", false},
    };
    struct minted root = mint(&(struct mint_spec){.name = "Root", .is_ca = true}, NULL);
    struct trust *trust = trust_in(&root, REVOCATION_OFF);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char *with = sl_asprintf("subjectAltName=%s", cases[i].names);
        struct minted leaf = mint(&(struct mint_spec){.name = "example.com", .with = with}, &root);
        const struct certificate *c =
            ask(trust, &leaf.cert, 1, sl_cstr(cases[i].host), sl_str(NULL, 0), MINT_NOW);
        if ((c->fault == TLS_FAULT_NONE) != cases[i].fits)
            fail_msg("%s for %s: '%s'", cases[i].names, cases[i].host, tls_fault_word(c->fault));
        certificate_unref(&c);
        mint_free(&leaf);
        free(with);
    }
    trust_unref(&trust);
    mint_free(&root);
}

/* ---- other ways ---- */

TEST(trust_judge__finds_the_way_around_a_member_that_has_expired)
{
    struct minted root = mint(&(struct mint_spec){.name = "Root", .is_ca = true}, NULL);
    struct minted old_root =
        mint(&(struct mint_spec){.name = "Old root", .is_ca = true, .from_day = -900, .until_day = -1}, NULL);
    struct minted ca = mint(&(struct mint_spec){.name = "CA", .is_ca = true}, &root);
    struct minted crossed = mint_again(
        &ca, &(struct mint_spec){.name = "CA", .is_ca = true, .with = "authorityKeyIdentifier="}, &old_root);
    struct minted leaf = mint(&(struct mint_spec){.name = "www.example.com"}, &ca);
    struct trust *trust = trust_in(&root, REVOCATION_OFF);
    X509 *const orders[][4] = {{leaf.cert, crossed.cert, old_root.cert, ca.cert},
                               {leaf.cert, old_root.cert, ca.cert, crossed.cert}};
    for (size_t i = 0; i < SL_COUNT(orders); i++) {
        const struct certificate *c =
            ask(trust, orders[i], 4, SL_STR("www.example.com"), sl_str(NULL, 0), MINT_NOW);
        assert_fault(c, "");
        assert_int_equal(c->member_count, 3);
        certificate_unref(&c);
    }
    trust_unref(&trust);
    mint_free(&root);
    mint_free(&old_root);
    mint_free(&ca);
    mint_free(&crossed);
    mint_free(&leaf);
}

/* Each of some CAs certifies each other one: as many paths as there are orders of them. */
TEST(trust_judge__is_not_kept_busy_by_crossed_signatures)
{
    enum { CAS = 4 };
    struct minted ca[CAS], crossed[CAS * CAS];
    X509 *shown[1 + CAS * CAS];
    int n = 1, made = 0;
    for (int i = 0; i < CAS; i++)
        ca[i] =
            mint(&(struct mint_spec){.name = (const char *[]){"A", "B", "C", "D"}[i], .is_ca = true}, NULL);
    for (int i = 0; i < CAS; i++)
        for (int k = 0; k < CAS; k++)
            if (i != k) {
                const struct mint_spec spec = {.name = (const char *[]){"A", "B", "C", "D"}[i],
                                               .is_ca = true};
                crossed[made] = mint_again(&ca[i], &spec, &ca[k]);
                shown[n++] = crossed[made++].cert;
            }
    struct minted leaf = mint(&(struct mint_spec){.name = "www.example.com"}, &ca[0]);
    struct minted root = mint(&(struct mint_spec){.name = "Root", .is_ca = true}, NULL);
    struct trust *trust = trust_in(&root, REVOCATION_OFF);
    shown[0] = leaf.cert;
    const struct certificate *c = ask(trust, shown, n, SL_STR("www.example.com"), sl_str(NULL, 0), MINT_NOW);
    assert_fault(c, "unknown-issuer");
    assert_true(c->member_count <= CERTIFICATE_CHAIN_MAX);
    certificate_unref(&c);
    trust_unref(&trust);
    mint_free(&leaf);
    mint_free(&root);
    for (int i = 0; i < CAS; i++)
        mint_free(&ca[i]);
    for (int i = 0; i < made; i++)
        mint_free(&crossed[i]);
}

/* ---- issuers that were not sent ---- */

TEST(trust_feed__mends_a_chain)
{
    struct world w;
    world_open(&w, AIA, REVOCATION_OFF);
    struct sl_str der = der_of(&w.ca);
    const struct certificate *c = ask_world(&w, false, sl_str(NULL, 0));
    assert_fault(c, "incomplete-chain");
    assert_int_equal(c->wants[0].what, WANT_ISSUER);
    assert_string_equal(c->wants[0].url, "http://a.test/ca.crt");
    feed(&w, &c, der, true);
    assert_fault(c, "");
    assert_int_equal(c->want_count, 0);
    assert_true(c->members[1].fetched && !c->members[0].fetched && c->members[2].anchor);
    certificate_unref(&c);
    c = ask_world(&w, false, sl_str(NULL, 0)); /* and it is remembered */
    assert_fault(c, "");
    certificate_unref(&c);
    free_str(&der);
    world_close(&w);
}

TEST(trust_feed__takes_nothing_that_is_no_issuer)
{
    struct world w;
    world_open(&w, AIA, REVOCATION_OFF);
    struct sl_str leaf = der_of(&w.leaf);
    const struct {
        struct sl_str answer;
        bool of_use;
    } cases[] = {{SL_STR(""), false},
                 {SL_STR("<html>not here</html>"), false},
                 {sl_str_sub(leaf, 0, leaf.n - 1), false},
                 {leaf, true}}; /* a certificate, though another one */
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct trust *fresh = trust_in(&w.root, REVOCATION_OFF);
        trust_unref(&w.trust);
        w.trust = fresh;
        const struct certificate *c = ask_world(&w, false, sl_str(NULL, 0));
        feed(&w, &c, cases[i].answer, cases[i].of_use);
        assert_fault(c, "incomplete-chain");
        assert_int_equal(c->want_count, 0);
        certificate_unref(&c);
    }
    free_str(&leaf);
    world_close(&w);
}

/* ---- taken back ---- */

TEST(trust_judge__believes_a_staple)
{
    struct world w;
    world_open(&w, "tlsfeature=status_request", REVOCATION_OFF);
    struct minted other = mint(&(struct mint_spec){.name = "Issuing CA", .is_ca = true}, NULL);
    struct minted signer =
        mint(&(struct mint_spec){.name = "Responder", .with = "extendedKeyUsage=OCSPSigning"}, &w.ca);
    struct minted server = mint(&(struct mint_spec){.name = "Server"}, &w.ca);
    const struct {
        struct sl_str staple;
        const char *word;
    } cases[] = {
        {mint_ocsp(&w.leaf, &w.ca, NULL, V_OCSP_CERTSTATUS_GOOD, 3), ""},
        {mint_ocsp(&w.leaf, &w.ca, &signer, V_OCSP_CERTSTATUS_GOOD, 3), ""},
        {mint_ocsp(&w.leaf, &w.ca, NULL, V_OCSP_CERTSTATUS_REVOKED, 3), "revoked"},
        {mint_ocsp(&w.leaf, &w.ca, &server, V_OCSP_CERTSTATUS_GOOD, 3), "staple-missing"}, /* not asked to */
        {mint_ocsp(&w.leaf, &w.ca, &other, V_OCSP_CERTSTATUS_GOOD, 3), "staple-missing"},
        {mint_ocsp(&signer, &w.ca, NULL, V_OCSP_CERTSTATUS_GOOD, 3), "staple-missing"}, /* of another one */
        {mint_ocsp(&w.leaf, &w.ca, NULL, V_OCSP_CERTSTATUS_GOOD, 0), ""},               /* ends just now */
        {mint_ocsp(&w.leaf, &w.ca, NULL, V_OCSP_CERTSTATUS_GOOD, -1), "staple-missing"},
        {{0}, "staple-missing"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        const struct certificate *c = ask_world(&w, true, cases[i].staple);
        if (strcmp(tls_fault_word(c->fault), cases[i].word) != 0)
            fail_msg("staple %zu: '%s' instead of '%s'", i, tls_fault_word(c->fault), cases[i].word);
        assert_true(c->must_staple);
        certificate_unref(&c);
        free((char *)(uintptr_t)cases[i].staple.p);
    }
    mint_free(&other);
    mint_free(&signer);
    mint_free(&server);
    world_close(&w);
}

TEST(trust_feed__hears_what_a_responder_says)
{
    static const struct {
        int status;
        const char *soft, *hard;
    } cases[] = {{V_OCSP_CERTSTATUS_GOOD, "", ""},
                 {V_OCSP_CERTSTATUS_REVOKED, "revoked", "revoked"},
                 {V_OCSP_CERTSTATUS_UNKNOWN, "", "revocation-unknown"},
                 {-1, "", "revocation-unknown"}};
    for (size_t i = 0; i < 2 * SL_COUNT(cases); i++) {
        struct world w;
        bool hard = i >= SL_COUNT(cases);
        int status = cases[i % SL_COUNT(cases)].status;
        world_open(&w, OCSP, hard ? REVOCATION_HARD : REVOCATION_SOFT);
        /* the CA above has no place to be asked at, and lives too long to need none */
        struct minted ca = mint_again(
            &w.ca, &(struct mint_spec){.name = "Issuing CA", .is_ca = true, .from_day = -1, .until_day = 5},
            &w.root);
        mint_free(&w.ca);
        w.ca = ca;
        const struct certificate *c = ask_world(&w, true, sl_str(NULL, 0));
        assert_int_equal(c->wants[0].what, WANT_OCSP);
        assert_true(c->wants[0].body.n > 40);
        struct sl_str answer = status < 0 ? sl_str(NULL, 0) : mint_ocsp(&w.leaf, &w.ca, NULL, status, 3);
        feed(&w, &c, answer, status >= 0);
        assert_fault(c, hard ? cases[i % SL_COUNT(cases)].hard : cases[i % SL_COUNT(cases)].soft);
        assert_int_equal(c->want_count, 0);
        certificate_unref(&c);
        free_str(&answer);
        world_close(&w);
    }
}

TEST(trust_feed__reads_lists)
{
    struct world w;
    world_open(&w, CRL, REVOCATION_SOFT);
    struct minted other = mint(&(struct mint_spec){.name = "Issuing CA", .is_ca = true}, NULL);
    const struct {
        struct sl_str list;
        bool of_use;
        const char *word;
    } cases[] = {
        {mint_crl(&w.ca, &w.leaf, 3, NULL), true, "revoked"},
        {mint_crl(&w.ca, &w.ca, 3, NULL), true, ""},
        {mint_crl(&w.ca, NULL, 3, NULL), true, ""},
        {mint_crl(&w.ca, &w.leaf, 3, "critical,fullname:URI:http://a.test/ca.crl"), true, "revoked"},
        {mint_crl(&w.ca, &w.leaf, 3, "critical,onlyuser:TRUE"), true, "revoked"},
        {mint_crl(&w.ca, &w.leaf, 3, "critical,onlyCA:TRUE"), false, ""},
        {mint_crl(&w.ca, &w.leaf, 3, "critical,indirectCRL:TRUE"), false, ""},
        {mint_crl(&w.ca, &w.leaf, 3, "critical,onlysomereasons:keyCompromise"), false, ""},
        {mint_crl(&w.ca, &w.leaf, 3, "critical,fullname:URI:http://a.test/other.crl"), false, ""},
        {mint_crl(&w.ca, &w.leaf, -1, NULL), false, ""}, /* has ended */
        {mint_crl(&other, &w.leaf, 3, NULL), false, ""}, /* in its name */
        {mint_crl(&w.root, &w.leaf, 3, NULL), false, ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct trust *fresh = trust_in(&w.root, REVOCATION_SOFT);
        trust_unref(&w.trust);
        w.trust = fresh;
        const struct certificate *c = ask_world(&w, true, sl_str(NULL, 0));
        assert_int_equal(c->wants[0].what, WANT_CRL);
        if (trust_feed(w.trust, c, 0, cases[i].list, MINT_NOW) != cases[i].of_use)
            fail_msg("list %zu", i);
        const struct certificate *again = trust_judge_again(w.trust, c, false, MINT_NOW);
        assert_fault(again, cases[i].word);
        certificate_unref(&again);
        certificate_unref(&c);
        free((char *)(uintptr_t)cases[i].list.p);
    }
    mint_free(&other);
    world_close(&w);
}

TEST(trust_judge__asks_nobody_about_what_a_stranger_vouches_for)
{
    struct world w, stranger;
    world_open(&w, OCSP "|" CRL, REVOCATION_HARD);
    world_open(&stranger, NULL, REVOCATION_HARD);
    X509 *certs[] = {w.leaf.cert, w.ca.cert, w.root.cert};
    const struct certificate *c =
        ask(stranger.trust, certs, 3, SL_STR("www.example.com"), sl_str(NULL, 0), MINT_NOW);
    assert_fault(c, "unknown-issuer");
    assert_int_equal(c->want_count, 0);
    certificate_unref(&c);
    world_close(&w);
    world_close(&stranger);
}

TEST(trust_judge__counts_silence_as_unknown_in_the_end)
{
    struct world w;
    world_open(&w, OCSP, REVOCATION_HARD);
    const struct certificate *c = ask_world(&w, true, sl_str(NULL, 0));
    const struct certificate *last = trust_judge_again(w.trust, c, true, MINT_NOW);
    assert_fault(last, "revocation-unknown");
    assert_int_equal(last->want_count, 0);
    certificate_unref(&last);
    certificate_unref(&c);
    world_close(&w);
}

/* ---- memory ---- */

TEST(trust_judge__remembers_a_verdict_for_its_time)
{
    struct world w;
    world_open(&w, NULL, REVOCATION_OFF);
    X509 *certs[] = {w.leaf.cert, w.ca.cert};
    const struct certificate *first = ask_world(&w, true, sl_str(NULL, 0));
    const struct certificate *second = ask_world(&w, true, sl_str(NULL, 0));
    const struct certificate *other_host =
        ask(w.trust, certs, 2, SL_STR("a.test"), sl_str(NULL, 0), MINT_NOW);
    const struct certificate *later =
        ask(w.trust, certs, 2, SL_STR("www.example.com"), sl_str(NULL, 0), first->members[0].until_s + 1);
    assert_ptr_equal(first, second);
    assert_fault(other_host, "wrong-name");
    assert_int_equal(later->faults, tls_fault_bit(TLS_FAULT_EXPIRED));
    assert_true(first->until_s > MINT_NOW && other_host->until_s <= MINT_NOW + 60);
    certificate_unref(&first);
    certificate_unref(&second);
    certificate_unref(&other_host);
    certificate_unref(&later);
    world_close(&w);
}

TEST(certificate__says_what_it_is)
{
    struct minted root = mint(&(struct mint_spec){.name = "Root", .is_ca = true}, NULL);
    struct minted leaf =
        mint(&(struct mint_spec){.name = "www.example.com\n\x1b[31m",
                                 .key = "RSA:2048",
                                 .with = "subjectAltName=DNS:www.example.com,IP:192.0.2.1,DNS:*.example.com"},
             &root);
    struct trust *trust = trust_in(&root, REVOCATION_OFF);
    struct sl_text pem = {0};
    const struct certificate *c =
        ask(trust, &leaf.cert, 1, SL_STR("www.example.com"), sl_str(NULL, 0), MINT_NOW);
    assert_fault(c, "");
    assert_string_equal(c->members[0].subject, "CN = www.example.com\\0A\\1B[31m");
    assert_string_equal(c->members[0].issuer, "CN = Root");
    assert_string_equal(c->members[0].key, "RSA 2048");
    assert_string_equal(c->members[1].key, "P-256");
    assert_string_equal(c->members[0].signature, "ecdsa-with-SHA256");
    assert_int_equal(c->members[0].from_s, MINT_NOW - 30 * 86400);
    assert_int_equal(c->members[0].until_s, MINT_NOW + 60 * 86400);
    assert_int_equal(strlen(c->members[0].fingerprint), 64);
    assert_int_equal(c->name_count, 3);
    assert_true(sl_str_eq(c->names[1], SL_STR("192.0.2.1")));
    certificate_pem(c, 0, &pem);
    char *expected = mint_pem(&leaf);
    assert_string_equal(pem.p, expected);
    free(expected);
    sl_text_fini(&pem);
    certificate_unref(&c);
    trust_unref(&trust);
    mint_free(&root);
    mint_free(&leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_match__as_RFC_9525_says),
        cmocka_unit_test(trust_judge__finds_the_way_around_a_member_that_has_expired),
        cmocka_unit_test(trust_judge__is_not_kept_busy_by_crossed_signatures),
        cmocka_unit_test(trust_feed__mends_a_chain),
        cmocka_unit_test(trust_feed__takes_nothing_that_is_no_issuer),
        cmocka_unit_test(trust_judge__believes_a_staple),
        cmocka_unit_test(trust_feed__hears_what_a_responder_says),
        cmocka_unit_test(trust_feed__reads_lists),
        cmocka_unit_test(trust_judge__asks_nobody_about_what_a_stranger_vouches_for),
        cmocka_unit_test(trust_judge__counts_silence_as_unknown_in_the_end),
        cmocka_unit_test(trust_judge__remembers_a_verdict_for_its_time),
        cmocka_unit_test(certificate__says_what_it_is),
    };
    return cmocka_run_group_tests_name("pki/verify", tests, NULL, NULL);
}
