/* verify_facts.c - a certificate in words, for people. What it holds is the word of a stranger: control bytes
 * are escaped, lengths bounded. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <time.h>

#include "base/crypto.h"
#include "pki/verify.h"

enum { TEXT_MOST = 512 };

bool facts_time(const ASN1_TIME *time, int64_t *out_s)
{
    struct tm tm;
    bool ok = time && ASN1_TIME_to_tm(time, &tm) == 1;
    *out_s = ok ? (int64_t)timegm(&tm) : 0;
    return ok;
}

void facts_fingerprint(struct sl_str bytes, char out[CERTIFICATE_FINGERPRINT])
{
    uint8_t digest[32];
    crypto_sha256(bytes, digest);
    crypto_hex(digest, sizeof digest, out);
}

/* How many bytes of a character of UTF-8 begin here; 0: none. */
static size_t utf8_at(const char *p, size_t n)
{
    unsigned char c = (unsigned char)*p;
    size_t need = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0x20 || c == 0x7f || (c >= 0x80 && (c < 0xc2 || c > 0xf4)) || need > n)
        return 0;
    for (size_t i = 1; i < need; i++)
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return 0;
    return need;
}

/* What is no text becomes '?', what is too long "...". */
static const char *plain(struct sl_arena *arena, struct sl_str s)
{
    char text[TEXT_MOST + 4];
    size_t n = 0, step;
    for (size_t i = 0; i < s.n && n < TEXT_MOST - 4; i += step) {
        size_t good = utf8_at(s.p + i, s.n - i);
        step = SL_MAX(good, 1);
        memcpy(text + n, good ? s.p + i : "?", step);
        n += step;
        if (n >= TEXT_MOST - 4 && i + step < s.n) {
            memcpy(text + n, "...", 3);
            n += 3;
        }
    }
    return sl_arena_str(arena, sl_str(text, n)).p;
}

static const char *name_text(const X509_NAME *name, struct sl_arena *arena)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *p = NULL;
    sl_assert(bio);
    int printed = X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    long n = BIO_get_mem_data(bio, &p);
    const char *text = printed < 0 ? "(unreadable)" : plain(arena, sl_str(p, n > 0 ? (size_t)n : 0));
    BIO_free(bio);
    ERR_clear_error();
    return text;
}

static const char *key_text(X509 *cert, struct sl_arena *arena)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    char name[64];
    size_t n;
    ERR_clear_error();
    switch (key ? EVP_PKEY_get_base_id(key) : NID_undef) {
    case NID_undef:
        return "unreadable";
    case EVP_PKEY_EC:
        if (EVP_PKEY_get_group_name(key, name, sizeof name, &n) != 1)
            return "EC, of a curve without name";
        return strcmp(name, SN_X9_62_prime256v1) == 0 ? "P-256"
               : strcmp(name, SN_secp384r1) == 0      ? "P-384"
               : strcmp(name, SN_secp521r1) == 0      ? "P-521"
                                                      : plain(arena, sl_cstr(name));
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        return OBJ_nid2sn(EVP_PKEY_get_base_id(key));
    case EVP_PKEY_RSA:
        return sl_arena_printf(arena, "RSA %d", EVP_PKEY_get_bits(key));
    default:
        return sl_arena_printf(arena, "%s %d", OBJ_nid2sn(EVP_PKEY_get_base_id(key)), EVP_PKEY_get_bits(key));
    }
}

static const char *serial_text(X509 *cert, struct sl_arena *arena)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    char hex[2 * 64 + 1];
    size_t n = SL_MIN((size_t)ASN1_STRING_length(serial), (size_t)64);
    crypto_hex(ASN1_STRING_get0_data(serial), n, hex);
    return sl_arena_str(arena, sl_cstr(hex)).p;
}

static struct sl_str der_of(X509 *cert, struct sl_arena *arena)
{
    int n = i2d_X509(cert, NULL);
    sl_assert(n > 0);
    char *p = sl_arena_bytes(arena, (size_t)n);
    unsigned char *at = (unsigned char *)p;
    i2d_X509(cert, &at);
    return sl_str(p, (size_t)n);
}

void facts_fill(X509 *cert, struct sl_arena *arena, struct certificate_member *out)
{
    char algorithm[80];
    const X509_ALGOR *signature;
    const ASN1_OBJECT *oid;
    X509_get0_signature(NULL, &signature, cert);
    X509_ALGOR_get0(&oid, NULL, NULL, signature);
    OBJ_obj2txt(algorithm, sizeof algorithm, oid, 0);
    *out = (struct certificate_member){
        .subject = name_text(X509_get_subject_name(cert), arena),
        .issuer = name_text(X509_get_issuer_name(cert), arena),
        .serial = serial_text(cert, arena),
        .key = key_text(cert, arena),
        .signature = plain(arena, sl_cstr(algorithm)),
        .der = der_of(cert, arena),
    };
    facts_time(X509_get0_notBefore(cert), &out->from_s);
    facts_time(X509_get0_notAfter(cert), &out->until_s);
    facts_fingerprint(out->der, out->fingerprint);
    ERR_clear_error();
}

void certificate_pem(const struct certificate *c, size_t member, struct sl_text *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct sl_str der = c->members[member].der;
    char *p = NULL;
    sl_assert(bio && PEM_write_bio(bio, PEM_STRING_X509, "", (const unsigned char *)der.p, (long)der.n) > 0);
    long n = BIO_get_mem_data(bio, &p);
    sl_text_add(out, sl_str(p, n > 0 ? (size_t)n : 0));
    BIO_free(bio);
}
