/* fuzz_revocation.c - pki/verify_revoked.c and verify_crl.c: an OCSP answer or a CRL of anybody is read, and
 * never says more than it may. The input is a certificate and its issuer in DER, two bytes of length before
 * each, and what came; it is read as both. */
#include <openssl/err.h>

#include "pki/verify.h"

enum { NOW_S = 1800000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static X509 *take(struct sl_str *rest)
{
    if (rest->n < 2)
        return NULL;
    size_t n = (size_t)(uint8_t)rest->p[0] << 8 | (uint8_t)rest->p[1];
    struct sl_str der = sl_str_sub(*rest, 2, n);
    const unsigned char *p = (const unsigned char *)der.p;
    *rest = sl_str_sub(*rest, 2 + der.n, SIZE_MAX);
    return der.n ? d2i_X509(NULL, &p, (long)der.n) : NULL;
}

static void read(struct sl_str answer, X509 *cert, X509 *issuer)
{
    int64_t until_s = 0;
    enum proof proof = revoked_by_ocsp(answer, cert, issuer, NOW_S, &until_s);
    sl_assert(proof == PROOF_NONE || until_s > NOW_S);
    struct crl *crl = crl_read(answer, "http://a.test/ca.crl", cert, issuer, NOW_S, &until_s);
    if (crl) {
        sl_assert(until_s > NOW_S && crl_bytes(crl) <= answer.n + 64);
        proof = revoked_by_crl(crl, cert);
        sl_assert(proof != PROOF_NONE);
    }
    crl_unref(&crl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_str rest = sl_str((const char *)data, size);
    struct sl_arena arena;
    X509 *cert = take(&rest), *issuer = take(&rest);
    sl_arena_init(&arena, 0);
    if (cert && issuer) {
        revoked_ask(cert, issuer, &arena);
        revoked_must_staple(cert);
        revoked_needs_no_proof(cert);
        read(rest, cert, issuer);
    }
    X509_free(cert);
    X509_free(issuer);
    sl_arena_fini(&arena);
    ERR_clear_error();
    return 0;
}
