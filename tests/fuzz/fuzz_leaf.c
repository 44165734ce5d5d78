/* fuzz_leaf.c - the certificate of an origin, any bytes, and the leaf that is made after it: whatever names
 * and dates are in there, a leaf is one that a client takes, for the host that was asked for. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "sluice/ca.h"
#include "sluice/certificate.h"
#include "sluice/clock.h"
#include "sluice/leaf.h"
#include "tests/fuzz/scratch.h"

enum { LEAF_BYTES = 16 * 1024, LEAF_NAMES_MOST = 100 };

static struct leaves *leaves;
static struct trust *trust;
static X509_STORE *store;

static void make_world(void)
{
    struct ca_live *cas;
    const struct ca *ca;
    struct sl_err err;
    sl_assert(ca_live_open(scratch_dir(), &cas, &err) &&
              ca_create(&(struct ca_wish){0}, sl_wall_us() / 1000000, &ca, &err) &&
              ca_live_add(cas, ca, sl_wall_us() / 1000000, &err) &&
              trust_new(&(struct trust_config){0}, &trust, &err));
    leaves = leaves_open(NULL, cas, &(struct leaves_config){.capacity = 16, .days = LEAF_DAYS});
    store = X509_STORE_new();
    sl_assert(store && X509_STORE_add_cert(store, ca_certificate(ca)) == 1);
}

static void check(const struct leaf *leaf, const char *host)
{
    X509 *x = leaf_certificate(leaf);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    sl_assert(ctx && X509_STORE_CTX_init(ctx, store, x, leaf_chain(leaf)) == 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set1_host(param, host, 0);
    sl_assert(X509_verify_cert(ctx) == 1);
    X509_STORE_CTX_free(ctx);
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    sl_assert(names && sk_GENERAL_NAME_num(names) <= LEAF_NAMES_MOST && i2d_X509(x, NULL) < LEAF_BYTES);
    GENERAL_NAMES_free(names);
}

static void mint(const struct certificate *origin, const char *host)
{
    struct sl_err err;
    const struct leaf *leaf =
        leaves_get(leaves, &(struct leaf_want){.host = sl_cstr(host), .origin = origin}, &err);
    sl_assert(leaf);
    check(leaf, host);
    leaf_unref(&leaf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned char *p = data;
    X509 *x = d2i_X509(NULL, &p, (long)size);
    ERR_clear_error();
    if (!x)
        return 0;
    if (!leaves)
        make_world();
    STACK_OF(X509) *shown = sk_X509_new_null();
    sl_assert(shown && sk_X509_push(shown, x) > 0);
    const struct certificate *judged =
        trust_judge(trust, &(struct trust_question){
                               .shown = shown, .host = SL_STR("a.example"), .now_s = sl_wall_us() / 1000000});
    struct certificate sound = *judged; /* as if somebody we trust had signed it */
    sound.fault = TLS_FAULT_NONE;
    mint(judged, "a.example");
    mint(&sound, "a.example");
    certificate_unref(&judged);
    sk_X509_pop_free(shown, X509_free);
    return 0;
}
