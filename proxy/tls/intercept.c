/* intercept.c - see intercept.h. Sessions are resumed by tickets, so nothing is kept for them. Their keys are
 * of the interceptor, for all workers; one seals for as long as a ticket is good, and opens what it has
 * sealed for as long again. */
#include "proxy/tls/intercept.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "proxy/tls/inside.h"
#include "proxy/tls/io.h"
#include "sluice/clock.h"

enum { NAME = 16, KEY = 32 };

struct ticket_key {
    unsigned char name[NAME], cipher[KEY], mac[KEY];
};

struct ticket_keys {
    pthread_mutex_t lock;
    struct ticket_key now, before;
    int64_t since_us;
    EVP_CIPHER *cipher;
};

struct tls_interceptor {
    SSL_CTX *ctx; /* keeps the keys */
};

/* ---- keys of tickets ---- */

static struct ticket_keys *keys_new(void)
{
    struct ticket_keys *k = sl_calloc(1, sizeof *k);
    pthread_mutex_init(&k->lock, NULL);
    crypto_random(&k->now, sizeof k->now);
    crypto_random(&k->before, sizeof k->before);
    k->since_us = sl_monotonic_us();
    k->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    sl_assert(k->cipher);
    return k;
}

static void keys_free(void *parent, void *p, CRYPTO_EX_DATA *data, int index, long arg, void *more)
{
    struct ticket_keys *k = p;
    if (!k)
        return;
    EVP_CIPHER_free(k->cipher);
    pthread_mutex_destroy(&k->lock);
    crypto_wipe(k, sizeof *k);
    free(k);
}

/* Where a context keeps its keys. */
static int keys_index = -1;

static void make_index(void)
{
    keys_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, keys_free);
    sl_assert(keys_index >= 0);
}

static void renew(struct ticket_keys *k)
{
    int64_t now_us = sl_monotonic_us();
    if (now_us - k->since_us < (int64_t)TLS_SESSION_S * 1000000)
        return;
    k->before = k->now;
    crypto_random(&k->now, sizeof k->now);
    k->since_us = now_us;
}

/* What OpenSSL wants to hear. */
enum verdict { VERDICT_FAILED = -1, VERDICT_UNKNOWN, VERDICT_GOOD, VERDICT_RENEW };

/* The key that seals, or that of this name. */
static enum verdict choose(struct ticket_keys *k, const unsigned char *name, struct ticket_key *out)
{
    pthread_mutex_lock(&k->lock);
    renew(k);
    bool now = !name || memcmp(name, k->now.name, NAME) == 0;
    bool before = !now && memcmp(name, k->before.name, NAME) == 0;
    *out = now ? k->now : k->before;
    pthread_mutex_unlock(&k->lock);
    return now ? VERDICT_GOOD : before ? VERDICT_RENEW : VERDICT_UNKNOWN;
}

/* For each ticket that is sealed or shown. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int seals)
{
    struct ticket_keys *k = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_index);
    struct ticket_key key;
    enum verdict verdict = choose(k, seals ? NULL : name, &key);
    if (verdict == VERDICT_UNKNOWN)
        return verdict;
    if (seals) {
        memcpy(name, key.name, NAME);
        crypto_random(iv, (size_t)EVP_CIPHER_get_iv_length(k->cipher));
    }
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
                           OSSL_PARAM_construct_end()};
    bool ok = EVP_CipherInit_ex2(cipher, k->cipher, key.cipher, iv, seals, NULL) == 1 &&
              EVP_MAC_init(mac, key.mac, KEY, params) == 1;
    crypto_wipe(&key, sizeof key);
    if (ok && !seals && SSL_version(ssl) >= TLS1_3_VERSION)
        return VERDICT_RENEW; /* there a ticket is shown once */
    return ok ? verdict : VERDICT_FAILED;
}

/* ---- the context ---- */

static bool fill(SSL_CTX *ctx)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_index);
    return SSL_CTX_set1_groups_list(ctx, "X25519:P-256") == 1 &&
           SSL_CTX_set_ex_data(ctx, keys_index, keys_new()) == 1 &&
           SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) == 1;
}

struct tls_interceptor *tls_interceptor_new(void)
{
    struct tls_interceptor *i = sl_calloc(1, sizeof *i);
    i->ctx = tls_server_context_new();
    sl_assert(i->ctx && fill(i->ctx)); /* fails for want of memory only */
    return i;
}

void tls_interceptor_free(struct tls_interceptor **i)
{
    if (*i)
        SSL_CTX_free((*i)->ctx);
    sl_freep(i);
}

/* ---- a connection ---- */

static void use(SSL *ssl, const struct leaf *leaf)
{
    STACK_OF(X509) *chain = leaf_chain(leaf);
    sl_assert(SSL_use_certificate(ssl, leaf_certificate(leaf)) == 1 &&
              SSL_use_PrivateKey(ssl, leaf_private_key(leaf)) == 1 &&
              (!chain || SSL_set1_chain(ssl, chain) == 1));
}

/* A session with one host must not pass for one with another, whose rules are others. */
static void bind_sessions(SSL *ssl, struct sl_str host)
{
    uint8_t hash[32];
    SL_CLEANUP(sl_freep) char *lower = sl_str_dup(host);
    for (size_t i = 0; i < host.n; i++)
        lower[i] = sl_lower(lower[i]);
    crypto_sha256(sl_str(lower, host.n), hash);
    sl_assert(SSL_set_session_id_context(ssl, hash, sizeof hash) == 1);
}

void tls_intercept(struct sock *s, struct tls_interceptor *interceptor, const struct tls_intercept *with)
{
    struct tls *t = tls_new(s, interceptor->ctx, with->ahead);
    t->alpn = with->alpn;
    use(t->ssl, with->leaf);
    bind_sessions(t->ssl, with->host);
    SSL_set_accept_state(t->ssl);
    ERR_clear_error();
}
