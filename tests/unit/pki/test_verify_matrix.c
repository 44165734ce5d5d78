/* test_verify_matrix.c - bad chains, and good ones that look odd: each with its verdict. */
#include <stdlib.h>

#include "sluice/certificate.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/pki/mint.h"

enum { CHAIN_MAX = 13, ALL = 0xffff };

#define ROOT                          \
    {                                 \
        .name = "Root", .is_ca = true \
    }
#define CA                                  \
    {                                       \
        .name = "Issuing CA", .is_ca = true \
    }
#define LEAF                      \
    {                             \
        .name = "www.example.com" \
    }
#define LEAF_WITH(text)                         \
    {                                           \
        .name = "www.example.com", .with = text \
    }
#define CA_WITH(text)                                     \
    {                                                     \
        .name = "Issuing CA", .is_ca = true, .with = text \
    }
#define DEEP(n)                         \
    {                                   \
        .name = "CA " #n, .is_ca = true \
    }

/* The chain stands root first; the root is trusted, unless the last flags say otherwise, and the others are
 * sent. at: which member of the path has the fault, the leaf is 0. */
static const struct situation {
    const char *title;
    const char *faults; /* words, the one that is told first; "": fine */
    unsigned at;
    struct mint_spec chain[CHAIN_MAX];
    const char *host;  /* NULL: www.example.com */
    bool untrusted;    /* the root is not */
    unsigned withheld; /* bits of the chain that are not sent */
    unsigned also;     /* bits of the chain that are trusted, too */
} situations[] = {
    {"a root and a leaf", "", 0, {ROOT, LEAF}},
    {"an issuing CA in between", "", 0, {ROOT, CA, LEAF}},
    {"keys on other curves",
     "",
     0,
     {{.name = "Root", .is_ca = true, .key = "EC:P-521"},
      {.name = "Issuing CA", .is_ca = true, .key = "EC:P-384"},
      LEAF}},
    {"Ed25519",
     "",
     0,
     {{.name = "Root", .is_ca = true, .key = "ED25519"}, {.name = "www.example.com", .key = "ED25519"}}},
    {"RSA of 2048 bits", "", 0, {ROOT, {.name = "www.example.com", .key = "RSA:2048"}}},
    {"as long as a path may be",
     "",
     0,
     {ROOT, DEEP(1), DEEP(2), DEEP(3), DEEP(4), DEEP(5), DEEP(6), DEEP(7), DEEP(8), LEAF}},
    {"the root is sent, too", "", 0, {ROOT, CA, LEAF}, .withheld = 0},
    {"an issuing CA is trusted, its root is not", "", 0, {ROOT, CA, LEAF}, .untrusted = true, .also = 1 << 1},
    {"the leaf itself is trusted", "", 0, {LEAF}},
    {"no extended key usage at all", "", 0, {ROOT, LEAF_WITH("extendedKeyUsage=")}},
    {"a CA for anything", "", 0, {ROOT, CA_WITH("extendedKeyUsage=anyExtendedKeyUsage"), LEAF}},
    {"a CA for servers", "", 0, {ROOT, CA_WITH("extendedKeyUsage=serverAuth"), LEAF}},
    {"no key identifiers", "", 0, {ROOT, LEAF_WITH("subjectKeyIdentifier=|authorityKeyIdentifier=")}},
    {"an old root, sparsely written",
     "",
     0,
     {{.name = "Root",
       .is_ca = true,
       .with = "keyUsage=|basicConstraints=CA:TRUE|subjectKeyIdentifier=|authorityKeyIdentifier="},
      LEAF_WITH("authorityKeyIdentifier=")}},
    {"a root signed with SHA-1", "", 0, {{.name = "Root", .is_ca = true, .digest = "SHA1"}, LEAF}},
    {"an empty subject beside a critical name",
     "",
     0,
     {ROOT, {.name = "", .with = "subjectAltName=critical,DNS:www.example.com"}}},
    {"constraints that permit the name",
     "",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,permitted;DNS:example.com"), LEAF}},
    {"an extension that nobody knows, not critical", "", 0, {ROOT, LEAF_WITH("1.2.3.4=DER:0500")}},

    {"expired", "expired", 0, {ROOT, {.name = "www.example.com", .from_day = -90, .until_day = -1}}},
    {"not valid yet",
     "not-yet-valid",
     0,
     {ROOT, {.name = "www.example.com", .from_day = 1, .until_day = 90}}},
    {"an issuing CA has expired",
     "expired",
     1,
     {ROOT, {.name = "Issuing CA", .is_ca = true, .from_day = -90, .until_day = -1}, LEAF}},
    {"an issuing CA is not valid yet",
     "not-yet-valid",
     1,
     {ROOT, {.name = "Issuing CA", .is_ca = true, .from_day = 2, .until_day = 90}, LEAF}},
    {"the root has expired",
     "expired",
     1,
     {{.name = "Root", .is_ca = true, .from_day = -90, .until_day = -1}, LEAF}},
    {"begins after it ends",
     "not-yet-valid expired",
     0,
     {ROOT, {.name = "www.example.com", .from_day = 9, .until_day = -9}}},

    {"another host", "wrong-name", 0, {ROOT, LEAF}, .host = "www.example.org"},
    {"the domain above", "wrong-name", 0, {ROOT, LEAF}, .host = "example.com"},
    {"an address", "wrong-name", 0, {ROOT, LEAF}, .host = "192.0.2.1"},
    {"a common name alone", "wrong-name", 0, {ROOT, LEAF_WITH("subjectAltName=")}},
    {"an address as a DNS name",
     "wrong-name",
     0,
     {ROOT, LEAF_WITH("subjectAltName=DNS:192.0.2.1")},
     .host = "192.0.2.1"},
    {"expired, and for another host",
     "wrong-name expired",
     0,
     {ROOT, {.name = "www.example.com", .from_day = -90, .until_day = -1}},
     .host = "a.test"},

    {"self-signed", "self-signed", 0, {LEAF}, .untrusted = true},
    {"self-signed and expired, for another host",
     "self-signed wrong-name expired",
     0,
     {{.name = "www.example.com", .from_day = -90, .until_day = -1}},
     .host = "a.test",
     .untrusted = true},
    {"a root that nobody trusts", "unknown-issuer", 1, {ROOT, LEAF}, .untrusted = true},
    {"the same, and it is not sent", "unknown-issuer", 0, {ROOT, LEAF}, .untrusted = true, .withheld = 1},
    {"an issuing CA is missing", "unknown-issuer", 0, {ROOT, CA, LEAF}, .withheld = 1 << 1},
    {"an issuing CA is missing that could be fetched",
     "incomplete-chain",
     0,
     {ROOT, CA, LEAF_WITH("authorityInfoAccess=caIssuers;URI:http://a.test/ca.crt")},
     .withheld = 1 << 1},
    {"it says to be fetched by LDAP alone",
     "unknown-issuer",
     0,
     {ROOT, CA, LEAF_WITH("authorityInfoAccess=caIssuers;URI:ldap://a.test/ca")},
     .withheld = 1 << 1},

    {"the leaf's signature is broken",
     "bad-signature",
     0,
     {ROOT, {.name = "www.example.com", .quirks = MINT_BROKEN}}},
    {"an issuing CA's signature is broken",
     "bad-signature",
     1,
     {ROOT, {.name = "Issuing CA", .is_ca = true, .quirks = MINT_BROKEN}, LEAF}},
    {"signed by somebody else in the CA's name",
     "bad-signature",
     0,
     {ROOT, {.name = "www.example.com", .quirks = MINT_FOREIGN}}},
    {"two algorithms in one certificate",
     "malformed bad-signature",
     0,
     {ROOT, {.name = "www.example.com", .quirks = MINT_TWO_ALGORITHMS}}},

    {"issued by a server's certificate",
     "not-a-ca key-usage",
     1,
     {ROOT, {.name = "other.example.com"}, LEAF}},
    {"issued by one that says that it is no CA",
     "not-a-ca malformed",
     1,
     {ROOT, CA_WITH("basicConstraints=critical,CA:FALSE"), LEAF}},
    {"issued by one that does not say", "not-a-ca malformed", 1, {ROOT, CA_WITH("basicConstraints="), LEAF}},
    {"issued by one of version 1",
     "not-a-ca",
     1,
     {ROOT, {.name = "Issuing CA", .is_ca = true, .quirks = MINT_V1}, LEAF_WITH("authorityKeyIdentifier=")}},
    {"a CA that may not sign certificates",
     "key-usage",
     1,
     {ROOT, CA_WITH("keyUsage=critical,cRLSign"), LEAF}},
    {"more CAs than the root allows",
     "path-length",
     2,
     {{.name = "Root", .is_ca = true, .with = "basicConstraints=critical,CA:TRUE,pathlen:0"}, CA, LEAF}},
    {"more CAs than an issuing CA allows",
     "path-length",
     2,
     {ROOT, CA_WITH("basicConstraints=critical,CA:TRUE,pathlen:0"), DEEP(2), LEAF}},
    {"a path longer than is looked at",
     "long-chain",
     9,
     {ROOT, DEEP(1), DEEP(2), DEEP(3), DEEP(4), DEEP(5), DEEP(6), DEEP(7), DEEP(8), DEEP(9), DEEP(10), LEAF}},

    {"a name that its CA may not issue for",
     "name-constraints",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,permitted;DNS:example.org"), LEAF}},
    {"a name that is excluded",
     "name-constraints",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,excluded;DNS:example.com"), LEAF}},
    {"a name that the root excludes",
     "name-constraints",
     0,
     {{.name = "Root", .is_ca = true, .with = "nameConstraints=critical,excluded;DNS:www.example.com"},
      CA,
      LEAF}},
    {"a wildcard that escapes an exclusion",
     "name-constraints",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,excluded;DNS:secret.example.com"),
      LEAF_WITH("subjectAltName=DNS:*.example.com")},
     .host = "secret.example.com"},
    {"an address outside of what is permitted",
     "name-constraints",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0"),
      LEAF_WITH("subjectAltName=IP:192.0.2.1")},
     .host = "192.0.2.1"},

    {"for clients only", "wrong-usage", 0, {ROOT, LEAF_WITH("extendedKeyUsage=clientAuth")}},
    {"for signing code", "wrong-usage", 0, {ROOT, LEAF_WITH("extendedKeyUsage=codeSigning")}},
    {"for anything", "wrong-usage", 0, {ROOT, LEAF_WITH("extendedKeyUsage=anyExtendedKeyUsage")}},
    {"gated crypto of the nineties", "wrong-usage", 0, {ROOT, LEAF_WITH("extendedKeyUsage=nsSGC,msSGC")}},
    {"a CA for mail", "wrong-usage", 1, {ROOT, CA_WITH("extendedKeyUsage=emailProtection"), LEAF}},
    {"a key that may encrypt and not sign",
     "key-usage",
     0,
     {ROOT, LEAF_WITH("keyUsage=critical,keyEncipherment")}},
    {"a key that may sign certificates only",
     "malformed key-usage",
     0,
     {ROOT, LEAF_WITH("keyUsage=critical,keyCertSign")}},

    {"signed with SHA-1", "weak-signature", 0, {ROOT, {.name = "www.example.com", .digest = "SHA1"}}},
    {"signed with MD5",
     "weak-signature",
     0,
     {{.name = "Root", .is_ca = true, .key = "RSA:2048"}, {.name = "www.example.com", .digest = "MD5"}}},
    {"an issuing CA signed with SHA-1",
     "weak-signature",
     1,
     {ROOT, {.name = "Issuing CA", .is_ca = true, .digest = "SHA1"}, LEAF}},
    {"RSA of 1024 bits", "weak-key", 0, {ROOT, {.name = "www.example.com", .key = "RSA:1024"}}},
    {"an issuing CA with RSA of 1024 bits",
     "weak-key",
     1,
     {ROOT, {.name = "Issuing CA", .is_ca = true, .key = "RSA:1024"}, LEAF}},
    {"a curve of coins", "weak-key", 0, {ROOT, {.name = "www.example.com", .key = "EC:secp256k1"}}},
    {"a curve of 192 bits", "weak-key", 0, {ROOT, {.name = "www.example.com", .key = "EC:prime192v1"}}},
    {"DSA", "weak-key", 0, {ROOT, {.name = "www.example.com", .key = "DSA"}}},

    {"a critical extension that nobody knows",
     "critical-extension",
     0,
     {ROOT, LEAF_WITH("1.2.3.4=critical,DER:0500")}},
    {"one of an issuing CA", "critical-extension", 1, {ROOT, CA_WITH("1.2.3.4=critical,DER:0500"), LEAF}},
    /* What can't be read can't be found to be issued by anybody, for anything. */
    {"an extension twice",
     "malformed",
     0,
     {ROOT, {.name = "www.example.com", .with = "1.2.3.4=DER:0500", .quirks = MINT_TWICE}}},
    {"its names twice",
     "malformed unknown-issuer wrong-name wrong-usage key-usage",
     0,
     {ROOT, {.name = "www.example.com", .quirks = MINT_TWICE}}},
    {"extensions in version 1",
     "malformed",
     0,
     {ROOT, {.name = "www.example.com", .quirks = MINT_V1_EXTENDED}}},
    {"names that can't be read",
     "malformed unknown-issuer wrong-name wrong-usage key-usage",
     0,
     {ROOT, LEAF_WITH("subjectAltName=DER:3003020101")}},
    {"an empty subject beside a name that is not critical", "malformed", 0, {ROOT, {.name = ""}}},
    {"a CA whose constraints are not critical",
     "malformed",
     1,
     {ROOT, CA_WITH("basicConstraints=CA:TRUE,pathlen:3"), LEAF}},
    {"a CA without key usage", "malformed", 1, {ROOT, CA_WITH("keyUsage="), LEAF}},
    {"a length of path without a CA",
     "malformed",
     0,
     {ROOT, LEAF_WITH("basicConstraints=critical,CA:FALSE,pathlen:1")}},
    {"a policy that is required and missing",
     "certificate-policy",
     0,
     {ROOT, CA_WITH("policyConstraints=critical,requireExplicitPolicy:0"), LEAF}},

    /* After the situations of public collections of test chains (x509-limbo, RFC 5280 and Web PKI). */
    {"constraints that are not critical bind all the same",
     "name-constraints",
     0,
     {ROOT, CA_WITH("nameConstraints=permitted;DNS:example.org"), LEAF}},
    {"the second name is excluded",
     "name-constraints",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,excluded;DNS:no.example.com"),
      LEAF_WITH("subjectAltName=DNS:www.example.com,DNS:no.example.com")}},
    {"constraints for a domain are for what is below it",
     "",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,permitted;DNS:com"), LEAF}},
    {"constraints that permit a network of IPv6",
     "",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,permitted;IP:2001:db8:0:0:0:0:0:0/ffff:ffff:0:0:0:0:0:0"),
      LEAF_WITH("subjectAltName=IP:2001:db8::1")},
     .host = "2001:db8::1"},
    {"one that excludes an address of IPv6",
     "name-constraints",
     0,
     {ROOT,
      CA_WITH("nameConstraints=critical,excluded;IP:2001:db8:0:0:0:0:0:1/"
              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
      LEAF_WITH("subjectAltName=IP:2001:db8::1")},
     .host = "2001:db8::1"},
    {"constraints of mail say nothing of hosts",
     "",
     0,
     {ROOT, CA_WITH("nameConstraints=critical,permitted;email:example.org"), LEAF}},
    {"the root has a critical extension that nobody knows",
     "critical-extension",
     1,
     {{.name = "Root", .is_ca = true, .with = "1.2.3.4=critical,DER:0500"}, LEAF}},
    {"the root may not sign certificates",
     "key-usage",
     1,
     {{.name = "Root", .is_ca = true, .with = "keyUsage=critical,cRLSign"}, LEAF}},
    {"the root does not say that it is a CA",
     "not-a-ca",
     1,
     {{.name = "Root", .is_ca = true, .with = "basicConstraints=critical,CA:FALSE"}, LEAF}},
    {"a leaf without key usage", "", 0, {ROOT, LEAF_WITH("keyUsage=")}},
    {"a leaf without basic constraints", "", 0, {ROOT, LEAF_WITH("basicConstraints=")}},
    {"a leaf that is a CA, too",
     "",
     0,
     {ROOT, LEAF_WITH("basicConstraints=critical,CA:TRUE|keyUsage=critical,digitalSignature,keyCertSign")}},
    {"a leaf that may sign certificates and is no CA",
     "malformed",
     0,
     {ROOT, LEAF_WITH("keyUsage=critical,digitalSignature,keyCertSign")}},
    {"an unrelated root in the place of the right one",
     "unknown-issuer",
     2,
     {ROOT, CA, LEAF},
     .untrusted = true},
    {"an issuing CA without a name", "malformed", 0, {ROOT, {.name = "", .is_ca = true}, LEAF}},
    {"key identifiers that are critical",
     "critical-extension",
     0,
     {ROOT, LEAF_WITH("subjectKeyIdentifier=critical,hash")}},
    {"a name beyond ASCII",
     "wrong-name",
     0,
     {ROOT, LEAF_WITH("subjectAltName=DER:30128210f09f989c2e6578616d706c652e636f6d")},
     .host = "xn--628h.example.com"},

    {"no staple, though promised", "staple-missing", 0, {ROOT, LEAF_WITH("tlsfeature=status_request")}},
    {"revoked, expired, weak: all of it",
     "weak-key expired",
     0,
     {ROOT, {.name = "www.example.com", .key = "EC:secp256k1", .from_day = -9, .until_day = -1}}},
};

/* ---- judging one ---- */

static int length_of(const struct situation *s)
{
    int n = 0;
    while (n < CHAIN_MAX && s->chain[n].name)
        n++;
    return n;
}

static struct trust *trust_of(const struct situation *s, const struct minted *chain, int n)
{
    struct sl_text pem = {0};
    struct trust *trust = NULL;
    struct sl_err err = {0};
    for (int i = 0; i < n; i++)
        if ((i == 0 && !s->untrusted) || (s->also & 1u << i)) {
            char *text = mint_pem(&chain[i]);
            sl_text_add(&pem, sl_cstr(text));
            free(text);
        }
    if (!trust_new(&(struct trust_config){.extra = sl_text_str(&pem)}, &trust, &err))
        fail_msg("%s: %s", s->title, err.msg);
    sl_text_fini(&pem);
    return trust;
}

static char *words_of(tls_faults set)
{
    struct sl_text t = {0};
    sl_text_add(&t, SL_STR(""));
    for (; set; set &= set - 1)
        sl_text_addf(&t, "%s%s", t.n ? " " : "", tls_fault_word(tls_faults_first(set)));
    return t.p ? t.p : sl_strdup("");
}

static bool has_all(const char *words, tls_faults set)
{
    struct sl_str word, rest = sl_cstr(words);
    tls_faults wanted = 0;
    while (*words && sl_str_split(&rest, ' ', &word))
        wanted |= tls_fault_bit(tls_fault_of_word(word));
    return wanted == set;
}

static bool judge(const struct situation *s)
{
    struct minted chain[CHAIN_MAX];
    int n = length_of(s);
    for (int i = 0; i < n; i++)
        chain[i] = mint(&s->chain[i], i ? &chain[i - 1] : NULL);
    STACK_OF(X509) *shown = sk_X509_new_null();
    for (int i = n - 1; i >= 0; i--)
        if (!(s->withheld & 1u << i))
            sk_X509_push(shown, chain[i].cert);
    struct trust *trust = trust_of(s, chain, n);
    struct trust_question q = {
        .shown = shown, .host = sl_cstr(s->host ? s->host : "www.example.com"), .now_s = MINT_NOW};
    if (sl_addr_parse(q.host, &q.addr))
        q.host.n = 0;
    const struct certificate *c = trust_judge(trust, &q);
    char *told = words_of(c->faults);
    bool ok = has_all(s->faults, c->faults) && (!c->faults || c->at == s->at);
    if (!ok)
        print_message("%s: '%s' at %u instead of '%s' at %u\n", s->title, told, c->at, s->faults, s->at);
    free(told);
    certificate_unref(&c);
    trust_unref(&trust);
    sk_X509_free(shown);
    for (int i = 0; i < n; i++)
        mint_free(&chain[i]);
    return ok;
}

TEST(trust_judge__names_each_fault)
{
    int bad = 0;
    for (size_t i = 0; i < SL_COUNT(situations); i++)
        bad += !judge(&situations[i]);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trust_judge__names_each_fault)};
    return cmocka_run_group_tests_name("pki/verify, the matrix", tests, NULL, NULL);
}
