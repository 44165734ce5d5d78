/* fuzz_certificate.c - pki/verify*.c: whatever chain an origin shows, and whatever comes for what its verdict
 * wants, there is a verdict that hangs together. The input is certificates in DER, two bytes of length before
 * each; the last one is trusted, and is what comes when something is fetched. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "sluice/certificate.h"

enum { NOW_S = 1800000000, MOST = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool next(struct sl_str *rest, struct sl_str *out)
{
    if (rest->n < 2)
        return false;
    size_t n = (size_t)(uint8_t)rest->p[0] << 8 | (uint8_t)rest->p[1];
    *out = sl_str_sub(*rest, 2, n);
    *rest = sl_str_sub(*rest, 2 + out->n, SIZE_MAX);
    return true;
}

static char *pem_of(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *p = NULL;
    sl_assert(bio && PEM_write_bio_X509(bio, cert) == 1);
    long n = BIO_get_mem_data(bio, &p);
    char *text = sl_strndup(p, (size_t)n);
    BIO_free(bio);
    return text;
}

static void check_text(const char *text)
{
    for (; *text; text++)
        sl_assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check(const struct certificate *c)
{
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    sl_assert(c->fault == tls_faults_first(c->faults) && c->member_count > 0 && c->at < c->member_count);
    sl_assert(!c->fault || (c->members[c->at].faults & tls_fault_bit(c->fault)));
    sl_assert(c->fault || c->members[c->member_count - 1].anchor);
    for (size_t i = 0; i < c->member_count; i++) {
        check_text(c->members[i].subject);
        check_text(c->members[i].issuer);
        check_text(c->members[i].key);
        certificate_pem(c, i, &pem);
    }
    for (size_t i = 0; i < c->want_count; i++)
        sl_assert(strncasecmp(c->wants[i].url, "http://", 7) == 0 && c->wants[i].most > 0);
}

static void judge(struct trust *trust, STACK_OF(X509) * shown, struct sl_str host, struct sl_str answer)
{
    struct trust_question q = {.shown = shown, .host = host, .staple = answer, .now_s = NOW_S};
    if (sl_addr_parse(host, &q.addr))
        q.host.n = 0;
    const struct certificate *c = trust_judge(trust, &q);
    check(c);
    for (size_t i = 0; i < c->want_count; i++)
        trust_feed(trust, c, i, answer, NOW_S);
    const struct certificate *again = trust_judge_again(trust, c, true, NOW_S);
    check(again);
    sl_assert(again->want_count == 0);
    certificate_unref(&again);
    certificate_unref(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_str rest = sl_str((const char *)data, size), der, last = {0};
    STACK_OF(X509) *shown = sk_X509_new_null();
    sl_assert(shown);
    while (sk_X509_num(shown) < MOST && next(&rest, &der)) {
        const unsigned char *p = (const unsigned char *)der.p;
        X509 *cert = d2i_X509(NULL, &p, (long)der.n);
        last = der;
        sl_assert(!cert || sk_X509_push(shown, cert) > 0);
    }
    ERR_clear_error();
    int n = sk_X509_num(shown);
    if (n > 0) {
        struct trust *trust = NULL;
        char *pem = pem_of(sk_X509_value(shown, n - 1));
        const struct trust_config cfg = {.extra = sl_cstr(pem), .revocation = REVOCATION_HARD, .fetch = true};
        if (trust_new(&cfg, &trust, &(struct sl_err){0})) {
            judge(trust, shown, SL_STR("www.example.com"), last);
            judge(trust, shown, SL_STR("192.0.2.1"), sl_str(NULL, 0));
            trust_unref(&trust);
        }
        free(pem);
    }
    sk_X509_pop_free(shown, X509_free);
    return 0;
}
