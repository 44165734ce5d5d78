/* rounds.c - see rounds.h. OpenSSL computes as many as a file asks for; OpenSSL's own files ask for 2048,
 * careful ones for some hundred thousand. */
#include "pki/rounds.h"

#include <openssl/asn1t.h>
#include <openssl/x509.h>

#include "pki/openssl.h"

enum { ROUNDS_MOST = 10 * 1000 * 1000 };

static bool check(int64_t rounds, struct sl_err *err)
{
    return rounds <= ROUNDS_MOST ||
           sl_fail(err, SL_LIMIT,
                   "the file asks for more than %d rounds to open it; lock it again with fewer", ROUNDS_MOST);
}

static bool check_number(const ASN1_INTEGER *rounds, struct sl_err *err)
{
    int64_t n;
    return rounds == NULL || check(ASN1_INTEGER_get_int64(&n, rounds) == 1 ? n : INT64_MAX, err);
}

/* The parameters as what they should be; NULL: they are something else. */
static void *unpack(const X509_ALGOR *algorithm, int nid, const ASN1_ITEM *as)
{
    const ASN1_OBJECT *name;
    const void *value;
    int type;
    X509_ALGOR_get0(&name, &type, &value, algorithm);
    return type == V_ASN1_SEQUENCE && (nid == NID_undef || OBJ_obj2nid(name) == nid)
               ? ASN1_item_unpack(value, as)
               : NULL;
}

/* PBES2 with PBKDF2 (scrypt is bounded by OpenSSL), or one of the older ways. */
static bool check_algorithm(const X509_ALGOR *algorithm, struct sl_err *err)
{
    PBE2PARAM *scheme = unpack(algorithm, NID_pbes2, ASN1_ITEM_rptr(PBE2PARAM));
    PBKDF2PARAM *kdf = scheme ? unpack(scheme->keyfunc, NID_id_pbkdf2, ASN1_ITEM_rptr(PBKDF2PARAM)) : NULL;
    PBEPARAM *old = scheme ? NULL : unpack(algorithm, NID_undef, ASN1_ITEM_rptr(PBEPARAM));
    bool ok = check_number(kdf ? kdf->iter : old ? old->iter : NULL, err);
    PBKDF2PARAM_free(kdf);
    PBE2PARAM_free(scheme);
    PBEPARAM_free(old);
    ERR_clear_error();
    return ok;
}

static bool check_locked(const X509_SIG *locked, struct sl_err *err)
{
    const X509_ALGOR *algorithm = NULL;
    if (locked)
        X509_SIG_get0(locked, &algorithm, NULL);
    return !algorithm || check_algorithm(algorithm, err);
}

bool rounds_of_key(const unsigned char *der, long n, struct sl_err *err)
{
    X509_SIG *locked = d2i_X509_SIG(NULL, &der, n);
    bool ok = check_locked(locked, err);
    X509_SIG_free(locked);
    ERR_clear_error();
    return ok;
}

static bool check_bags(const STACK_OF(PKCS12_SAFEBAG) * bags, struct sl_err *err)
{
    bool ok = true;
    for (int i = 0; ok && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        if (PKCS12_SAFEBAG_get_nid(bag) == NID_pkcs8ShroudedKeyBag)
            ok = check_locked(PKCS12_SAFEBAG_get0_pkcs8(bag), err);
    }
    return ok;
}

/* An encrypted part may hold a locked key in turn, which is seen once the part's own rounds are done. */
static bool check_part(PKCS7 *part, struct sl_str password, struct sl_err *err)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    bool ok = true;
    if (PKCS7_type_is_data(part))
        bags = PKCS12_unpack_p7data(part);
    if (PKCS7_type_is_encrypted(part) && part->d.encrypted && part->d.encrypted->enc_data) {
        ok = check_algorithm(part->d.encrypted->enc_data->algorithm, err);
        bags = ok ? PKCS12_unpack_p7encdata(part, password.p, (int)password.n) : NULL;
    }
    ok = ok && check_bags(bags, err);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return ok;
}

bool rounds_of_pkcs12(PKCS12 *p12, struct sl_str password, struct sl_err *err)
{
    const ASN1_INTEGER *rounds = NULL;
    PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
    STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(p12);
    bool ok = check_number(rounds, err);
    for (int i = 0; ok && i < sk_PKCS7_num(parts); i++)
        ok = check_part(sk_PKCS7_value(parts, i), password, err);
    sk_PKCS7_pop_free(parts, PKCS7_free);
    ERR_clear_error();
    return ok;
}
