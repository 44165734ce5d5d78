/* ca_create.c - an authority of our own: a new P-256 key and its self-signed certificate.
 *
 * It is good for TLS servers only (extended key usage) and for no authority below it (path length 0), so that
 * a stolen key signs neither programs nor mail, and cannot be passed on. OpenSSL fails here only for want of
 * memory or by a bug of ours, so most steps share one answer. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <stdio.h>
#include <unistd.h>

#include "base/crypto.h"
#include "pki/ca_inside.h"
#include "sluice/addr.h"

enum { DAY_S = 86400, SERIAL_BITS = 127, HOST_NAME = 256, NAME_MOST = 64, DNS_MOST = 253, LABEL_MOST = 63 };

/* ---- what was asked for ---- */

static bool check_text(struct sl_str text, const char *what, struct sl_err *err)
{
    size_t characters = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        characters += (c & 0xc0) != 0x80;
        if (c < 0x20 || c == 0x7f)
            return sl_fail(err, SL_BAD_INPUT, "the %s has control characters", what);
    }
    return characters <= NAME_MOST ||
           sl_fail(err, SL_BAD_INPUT, "the %s has %zu characters; a certificate takes %d", what, characters,
                   NAME_MOST);
}

static bool is_label(struct sl_str label)
{
    for (size_t i = 0; i < label.n; i++) {
        char c = sl_lower(label.p[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return label.n > 0 && label.n <= LABEL_MOST;
}

/* The names go into a text of OpenSSL's own small language, so only plain ones may. */
static bool check_name(struct sl_str name, struct sl_err *err)
{
    struct sl_str rest = name, label;
    struct sl_addr addr;
    bool ok = name.n > 0 && name.n <= DNS_MOST && !sl_addr_parse(name, &addr);
    while (ok && sl_str_split(&rest, '.', &label))
        ok = is_label(label);
    return ok ||
           sl_fail(
               err, SL_BAD_INPUT,
               "'%.*s' cannot be a name constraint; write a host name in ASCII such as example.com, which "
               "holds for everything below it too",
               (int)SL_MIN(name.n, (size_t)60), name.p);
}

static bool check_wish(const struct ca_wish *w, struct sl_err *err)
{
    if (!check_text(w->organisation, "organisation", err) || !check_text(w->name, "name", err))
        return false;
    if (w->days > CA_DAYS_MOST)
        return sl_fail(err, SL_BAD_INPUT, "%u days are too many; an authority lives %d at most", w->days,
                       CA_DAYS_MOST);
    if (w->permitted_count > CA_NAMES_MOST || w->excluded_count > CA_NAMES_MOST)
        return sl_fail(err, SL_LIMIT, "at most %d names may be permitted, and excluded", CA_NAMES_MOST);
    for (size_t i = 0; i < w->permitted_count; i++)
        if (!check_name(w->permitted[i], err))
            return false;
    for (size_t i = 0; i < w->excluded_count; i++)
        if (!check_name(w->excluded[i], err))
            return false;
    return true;
}

/* ---- the certificate ---- */

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    bool ok = e && X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

/* Names of one form bind no other form, so where names are permitted, addresses have to be excluded. */
static bool add_constraints(X509 *cert, const struct ca_wish *w)
{
    SL_CLEANUP(sl_text_fini) struct sl_text list = {0};
    if (w->permitted_count + w->excluded_count == 0)
        return true;
    sl_text_add(&list, SL_STR("critical"));
    for (size_t i = 0; i < w->permitted_count; i++)
        sl_text_addf(&list, ",permitted;DNS:%.*s", SL_FMT(w->permitted[i]));
    for (size_t i = 0; i < w->excluded_count; i++)
        sl_text_addf(&list, ",excluded;DNS:%.*s", SL_FMT(w->excluded[i]));
    if (w->permitted_count > 0)
        sl_text_add(&list,
                    SL_STR(",excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0"));
    return add_extension(cert, NID_name_constraints, list.p);
}

static bool add_serial(X509 *cert)
{
    BIGNUM *random = BN_new();
    bool ok = random && BN_rand(random, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(random, X509_get_serialNumber(cert)) != NULL;
    BN_free(random);
    return ok;
}

static bool add_part(X509_NAME *name, const char *part, struct sl_str text)
{
    return text.n == 0 || X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, (const unsigned char *)text.p,
                                                     (int)text.n, -1, 0) == 1;
}

/* Each one has a name of its own: with two authorities of one name but two keys, clients pick the wrong one.
 */
static void usual_name(char out[NAME_MOST + 1])
{
    char host[HOST_NAME] = "", random[5];
    gethostname(host, sizeof host - 1);
    crypto_random_id(random, sizeof random - 1);
    snprintf(out, NAME_MOST + 1, "Sluice CA %.48s %s", *host ? host : "gateway", random);
}

static bool add_subject(X509 *cert, const struct ca_wish *w)
{
    X509_NAME *name = X509_get_subject_name(cert);
    char usual[NAME_MOST + 1];
    usual_name(usual);
    return add_part(name, "O", w->organisation) &&
           add_part(name, "CN", w->name.n ? w->name : sl_cstr(usual)) &&
           X509_set_issuer_name(cert, name) == 1;
}

/* From a day ago on: clocks of clients differ. */
static bool fill(X509 *cert, EVP_PKEY *key, const struct ca_wish *w, int64_t now_s)
{
    int64_t days = w->days ? w->days : CA_DAYS_USUAL;
    return X509_set_version(cert, X509_VERSION_3) == 1 && add_serial(cert) &&
           ASN1_TIME_set(X509_getm_notBefore(cert), now_s - DAY_S) &&
           ASN1_TIME_set(X509_getm_notAfter(cert), now_s + days * DAY_S) && X509_set_pubkey(cert, key) == 1 &&
           add_extension(cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(cert, NID_ext_key_usage, "serverAuth") &&
           add_extension(cert, NID_subject_key_identifier, "hash") && add_constraints(cert, w) &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

bool ca_create(const struct ca_wish *wish, int64_t now_s, const struct ca **out, struct sl_err *err)
{
    if (!check_wish(wish, err))
        return false;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    sl_assert(key && cert);
    if (!add_subject(cert, wish) || !fill(cert, key, wish, now_s)) {
        X509_free(cert);
        EVP_PKEY_free(key);
        return sl_fail(err, SL_BAD_INPUT, "the certificate cannot be made: %s", openssl_why());
    }
    *out = ca_new(cert, key, NULL, "", "");
    return true;
}
