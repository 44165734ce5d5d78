/* verify_memory.c - what was fed and judged, within bounds. Tables of fixed size, keyed by digests; what
 * comes later takes the place of what stood there, which costs whoever wants that one more question. One
 * lock: it is held for a copy or a reference, never while something is looked at. */
#include <stdlib.h>

#include "pki/verify.h"

enum { ISSUERS = 512, PROOFS = 4096, CRLS = 64, VERDICTS = 2048, CRL_BYTES_MOST = 32 << 20 };

struct place {
    char key[CERTIFICATE_FINGERPRINT];
    int64_t until_s;
};
struct issuers {
    struct place place;
    STACK_OF(X509) * certs;
};
struct proven {
    struct place place;
    enum proof proof;
};
struct listed {
    struct place place;
    struct crl *crl;
};
struct verdict {
    struct place place;
    const struct certificate *certificate;
};

struct memory {
    pthread_mutex_t lock;
    size_t crl_bytes;
    struct issuers issuers[ISSUERS];
    struct proven proofs[PROOFS];
    struct listed crls[CRLS];
    struct verdict verdicts[VERDICTS];
};

struct memory *memory_new(void)
{
    struct memory *m = sl_calloc(1, sizeof *m);
    sl_assert(pthread_mutex_init(&m->lock, NULL) == 0);
    return m;
}

/* The keys are digests in hex: any part of them is as good as a hash. */
static size_t slot_of(const char *key, size_t count)
{
    uint64_t h = 0;
    for (int i = 0; i < 16; i++)
        h = h << 4 | (uint64_t)(key[i] <= '9' ? key[i] - '0' : key[i] - 'a' + 10);
    return (size_t)(h % count);
}

static bool holds(const struct place *p, const char *key, int64_t now_s)
{
    return now_s < p->until_s && strcmp(p->key, key) == 0;
}

static void settle(struct place *p, const char *key, int64_t until_s)
{
    memcpy(p->key, key, sizeof p->key);
    p->until_s = until_s;
}

/* ---- issuers ---- */

void memory_keep_issuers(struct memory *m, const char *key, STACK_OF(X509) * take, int64_t until_s)
{
    struct issuers *s = &m->issuers[slot_of(key, ISSUERS)];
    pthread_mutex_lock(&m->lock);
    STACK_OF(X509) *old = s->certs;
    s->certs = take;
    settle(&s->place, key, until_s);
    pthread_mutex_unlock(&m->lock);
    sk_X509_pop_free(old, X509_free);
}

enum recall memory_issuers(struct memory *m, const char *key, int64_t now_s, STACK_OF(X509) * add_to)
{
    const struct issuers *s = &m->issuers[slot_of(key, ISSUERS)];
    pthread_mutex_lock(&m->lock);
    bool known = holds(&s->place, key, now_s);
    int n = known ? sk_X509_num(s->certs) : 0;
    for (int i = 0; i < n; i++) {
        X509 *cert = sk_X509_value(s->certs, i);
        sl_assert(X509_up_ref(cert) && sk_X509_push(add_to, cert) > 0);
    }
    pthread_mutex_unlock(&m->lock);
    return !known ? RECALL_NOTHING : n > 0 ? RECALL_FOUND : RECALL_FAILED;
}

/* ---- proofs ---- */

void memory_keep_proof(struct memory *m, const char *key, enum proof proof, int64_t until_s)
{
    struct proven *s = &m->proofs[slot_of(key, PROOFS)];
    pthread_mutex_lock(&m->lock);
    s->proof = proof;
    settle(&s->place, key, until_s);
    pthread_mutex_unlock(&m->lock);
}

enum recall memory_proof(struct memory *m, const char *key, int64_t now_s, enum proof *out,
                         int64_t *out_until_s)
{
    const struct proven *s = &m->proofs[slot_of(key, PROOFS)];
    pthread_mutex_lock(&m->lock);
    bool known = holds(&s->place, key, now_s);
    *out = known ? s->proof : PROOF_NONE;
    *out_until_s = s->place.until_s;
    pthread_mutex_unlock(&m->lock);
    return !known ? RECALL_NOTHING : *out == PROOF_NONE ? RECALL_FAILED : RECALL_FOUND;
}

/* ---- CRLs ---- */

static void drop_crl(struct memory *m, struct listed *s)
{
    if (s->crl)
        m->crl_bytes -= crl_bytes(s->crl);
    crl_unref(&s->crl);
    s->place.until_s = 0;
}

/* Room for n bytes: whatever stands first goes. */
static void make_room(struct memory *m, size_t n)
{
    for (size_t i = 0; i < CRLS && m->crl_bytes + n > CRL_BYTES_MOST; i++)
        drop_crl(m, &m->crls[i]);
}

void memory_keep_crl(struct memory *m, const char *key, struct crl *take, int64_t until_s)
{
    struct listed *s = &m->crls[slot_of(key, CRLS)];
    pthread_mutex_lock(&m->lock);
    drop_crl(m, s);
    if (take) {
        make_room(m, crl_bytes(take));
        m->crl_bytes += crl_bytes(take);
    }
    s->crl = take;
    settle(&s->place, key, until_s);
    pthread_mutex_unlock(&m->lock);
}

enum recall memory_crl(struct memory *m, const char *key, int64_t now_s, struct crl **out,
                       int64_t *out_until_s)
{
    const struct listed *s = &m->crls[slot_of(key, CRLS)];
    pthread_mutex_lock(&m->lock);
    bool known = holds(&s->place, key, now_s);
    *out = known && s->crl ? crl_ref(s->crl) : NULL;
    *out_until_s = s->place.until_s;
    pthread_mutex_unlock(&m->lock);
    return !known ? RECALL_NOTHING : *out ? RECALL_FOUND : RECALL_FAILED;
}

/* ---- verdicts ---- */

void memory_keep_verdict(struct memory *m, const char *key, const struct certificate *c)
{
    struct verdict *s = &m->verdicts[slot_of(key, VERDICTS)];
    pthread_mutex_lock(&m->lock);
    const struct certificate *old = s->certificate;
    s->certificate = certificate_ref(c);
    settle(&s->place, key, c->until_s);
    pthread_mutex_unlock(&m->lock);
    certificate_unref(&old);
}

const struct certificate *memory_verdict(struct memory *m, const char *key, int64_t now_s)
{
    const struct verdict *s = &m->verdicts[slot_of(key, VERDICTS)];
    const struct certificate *c = NULL;
    pthread_mutex_lock(&m->lock);
    if (holds(&s->place, key, now_s))
        c = certificate_ref(s->certificate);
    pthread_mutex_unlock(&m->lock);
    return c;
}

void memory_free(struct memory **mp)
{
    struct memory *m = *mp;
    *mp = NULL;
    if (!m)
        return;
    for (size_t i = 0; i < ISSUERS; i++)
        sk_X509_pop_free(m->issuers[i].certs, X509_free);
    for (size_t i = 0; i < CRLS; i++)
        crl_unref(&m->crls[i].crl);
    for (size_t i = 0; i < VERDICTS; i++)
        certificate_unref(&m->verdicts[i].certificate);
    pthread_mutex_destroy(&m->lock);
    free(m);
}
