/* ca.c - one authority: its certificate, its key, and what is said of it. See sluice/ca.h. */
#include "sluice/ca.h"

#include <openssl/pem.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "pki/ca_inside.h"
#include "pki/constraints.h"
#include "pki/describe.h"

enum { WARN_DAYS = 90, DAY_S = 86400 };

struct ca {
    atomic_uint refs;
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * above;         /* towards the root, with it if it is known */
    STACK_OF(X509) * sent;          /* behind a leaf */
    NAME_CONSTRAINTS **constraints; /* of each member that has some, ended by NULL */
    uint8_t id[CA_ID];
    struct ca_facts facts;
};

bool ca_is_root(X509 *cert)
{
    return X509_check_issued(cert, cert) == X509_V_OK;
}

/* ---- what is said of it ---- */

static void tell_constraints(X509 *cert, struct ca_facts *f)
{
    NAME_CONSTRAINTS *nc = X509_get_ext_d2i(cert, NID_name_constraints, NULL, NULL);
    f->permitted =
        (const char *const *)constraints_names(nc ? nc->permittedSubtrees : NULL, &f->permitted_count);
    f->excluded =
        (const char *const *)constraints_names(nc ? nc->excludedSubtrees : NULL, &f->excluded_count);
    NAME_CONSTRAINTS_free(nc);
}

static void tell(struct ca *ca, const char *key_uri, const char *key_fault)
{
    struct ca_facts *f = &ca->facts;
    unsigned n = 0;
    sl_assert(X509_digest(ca->cert, EVP_sha256(), ca->id, &n) == 1 && n == CA_ID);
    crypto_hex(ca->id, (CA_ID_TEXT - 1) / 2, f->id_text);
    describe_fingerprint(ca->cert, EVP_sha256(), f->sha256);
    describe_fingerprint(ca->cert, EVP_sha1(), f->sha1);
    f->subject = describe_name(X509_get_subject_name(ca->cert));
    f->issuer = describe_name(X509_get_issuer_name(ca->cert));
    f->name = describe_part(X509_get_subject_name(ca->cert), NID_commonName);
    f->organisation = describe_part(X509_get_subject_name(ca->cert), NID_organizationName);
    f->serial = describe_serial(ca->cert);
    f->key = describe_key(X509_get0_pubkey(ca->cert));
    f->signature = describe_signature(ca->cert);
    f->key_uri = sl_strdup(key_uri);
    f->key_fault = sl_strdup(key_fault);
    f->not_before_s = describe_seconds(X509_get0_notBefore(ca->cert));
    f->not_after_s = describe_seconds(X509_get0_notAfter(ca->cert));
    f->root = ca_is_root(ca->cert);
    tell_constraints(ca->cert, f);
}

static void forget_names(const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)names[i]);
    free((void *)(uintptr_t)names);
}

static void forget(struct ca_facts *f)
{
    const char *texts[] = {f->subject, f->issuer,    f->name,    f->organisation, f->serial,
                           f->key,     f->signature, f->key_uri, f->key_fault};
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        free((char *)(uintptr_t)texts[i]);
    forget_names(f->permitted, f->permitted_count);
    forget_names(f->excluded, f->excluded_count);
}

/* ---- its life ---- */

static void add_sent(struct ca *ca, X509 *cert)
{
    if (!ca_is_root(cert))
        sl_assert(X509_add_cert(ca->sent, cert, X509_ADD_FLAG_UP_REF) == 1);
}

static void collect_members(struct ca *ca)
{
    int above = sk_X509_num(ca->above), found = 0;
    ca->constraints = sl_calloc((size_t)above + 2, sizeof *ca->constraints);
    ca->sent = sk_X509_new_null();
    sl_assert(ca->sent != NULL);
    for (int i = -1; i < above; i++) {
        X509 *member = i < 0 ? ca->cert : sk_X509_value(ca->above, i);
        add_sent(ca, member);
        NAME_CONSTRAINTS *nc = X509_get_ext_d2i(member, NID_name_constraints, NULL, NULL);
        if (nc)
            ca->constraints[found++] = nc;
    }
}

const struct ca *ca_new(X509 *take_cert, EVP_PKEY *take_key, STACK_OF(X509) * take_above, const char *key_uri,
                        const char *key_fault)
{
    struct ca *ca = sl_calloc(1, sizeof *ca);
    *ca = (struct ca){.refs = 1, .cert = take_cert, .key = take_key, .above = take_above};
    if (!ca->above)
        ca->above = sk_X509_new_null();
    sl_assert(ca->above != NULL);
    collect_members(ca);
    tell(ca, key_uri, key_fault);
    ERR_clear_error(); /* of extensions that a foreign certificate does not have, or has broken */
    return ca;
}

const struct ca *ca_ref(const struct ca *ca)
{
    /* The count is the only thing that changes in a shared one. */
    atomic_fetch_add_explicit(&((struct ca *)(uintptr_t)ca)->refs, 1, memory_order_relaxed);
    return ca;
}

void ca_unref(const struct ca **ref)
{
    struct ca *ca = (struct ca *)(uintptr_t)*ref;
    *ref = NULL;
    if (ca == NULL || atomic_fetch_sub_explicit(&ca->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; ca->constraints[i]; i++)
        NAME_CONSTRAINTS_free(ca->constraints[i]);
    free(ca->constraints);
    forget(&ca->facts);
    x509s_freep(&ca->sent);
    x509s_freep(&ca->above);
    X509_free(ca->cert);
    EVP_PKEY_free(ca->key); /* OpenSSL wipes what it held of it */
    free(ca);
}

/* ---- what callers ask ---- */

const uint8_t *ca_id(const struct ca *ca)
{
    return ca->id;
}

const struct ca_facts *ca_facts(const struct ca *ca)
{
    return &ca->facts;
}

X509 *ca_certificate(const struct ca *ca)
{
    return ca->cert;
}

EVP_PKEY *ca_key(const struct ca *ca)
{
    return ca->key;
}

STACK_OF(X509) * ca_chain(const struct ca *ca)
{
    return ca->sent;
}

STACK_OF(X509) * ca_above(const struct ca *ca)
{
    return ca->above;
}

bool ca_covers(const struct ca *ca, struct sl_str host)
{
    for (size_t i = 0; ca->constraints[i]; i++)
        if (!constraints_allow(ca->constraints[i], host))
            return false;
    return true;
}

static X509 *anchor(const struct ca *ca)
{
    int above = sk_X509_num(ca->above);
    X509 *last = above > 0 ? sk_X509_value(ca->above, above - 1) : ca->cert;
    return ca_is_root(last) ? last : ca->cert;
}

static void add_bio(BIO *bio, struct sl_text *out)
{
    char *data;
    long n = BIO_get_mem_data(bio, &data);
    sl_text_add(out, sl_str(data, (size_t)n));
}

void ca_pem(const struct ca *ca, struct sl_text *out)
{
    SL_CLEANUP(bio_freep) BIO *bio = BIO_new(BIO_s_mem());
    sl_assert(bio != NULL && PEM_write_bio_X509(bio, anchor(ca)) == 1);
    add_bio(bio, out);
}

void ca_der(const struct ca *ca, struct sl_text *out)
{
    SL_CLEANUP(bio_freep) BIO *bio = BIO_new(BIO_s_mem());
    sl_assert(bio != NULL && i2d_X509_bio(bio, anchor(ca)) == 1);
    add_bio(bio, out);
}

void ca_warn(const struct ca *ca, int64_t now_s, void (*each)(void *arg, const char *sentence), void *arg)
{
    const struct ca_facts *f = &ca->facts;
    int64_t left_s = f->not_after_s - now_s;
    char text[400];
    if (left_s <= 0)
        each(arg, "it has ended: clients refuse what it signs; make another one: sluice ca rotate --now");
    else if (left_s < (int64_t)WARN_DAYS * DAY_S) {
        snprintf(text, sizeof text,
                 "it ends in %lld days; make the next one now, so that clients have it in "
                 "time: sluice ca rotate",
                 (long long)(left_s / DAY_S));
        each(arg, text);
    }
    if (f->not_before_s > now_s)
        each(arg, "it is not valid yet: clients refuse what it signs; is the clock right?");
    if (!ca->key) {
        snprintf(text, sizeof text, "it signs nothing, for its private key cannot be opened: %s",
                 f->key_fault);
        each(arg, text);
    }
    if (!(X509_get_extension_flags(ca->cert) & EXFLAG_KUSAGE) || !X509_get0_subject_key_id(ca->cert))
        each(arg, "it lacks the key usage or the subject key identifier, so clients that check strictly "
                  "(Python 3.13) refuse it");
}
