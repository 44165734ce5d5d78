/* ca.h - the certificate authority that signs for inspected hosts: made by us or imported, rotated while
 * traffic runs. Front door of pki/ca*.c.
 *
 * A `struct ca` is one authority: immutable, counted, shared by all threads. A `struct ca_live` is the set of
 * a state directory: the current one signs, the next one is shown to clients before it does, a retired one is
 * kept until the leaves it signed have ended. Private keys stay in files of mode 0600 or where their URI
 * says, and no function gives their bytes. */
#ifndef SLUICE_CA_H
#define SLUICE_CA_H

#include "sluice/err.h"
#include "sluice/str.h"

struct x509_st;
struct evp_pkey_st;
struct stack_st_X509;

enum {
    CA_ID = 32,
    CA_ID_TEXT = 17,        /* the first 8 bytes of an id in hex: how people and files name an authority */
    CA_FINGERPRINT = 96,    /* "AB:CD:...", with its NUL */
    CA_MOST = 8,            /* authorities of a set */
    CA_NAMES_MOST = 64,     /* permitted, and excluded, names */
    CA_DAYS_USUAL = 1826,   /* five years */
    CA_DAYS_MOST = 3652,    /* ten */
    CA_LEAF_DAYS_MOST = 199 /* no leaf lives longer, so a retired authority is needed no longer than this */
};

struct ca;

/* What a certificate says, for people. Texts live as long as the authority. */
struct ca_facts {
    char id_text[CA_ID_TEXT];
    const char *subject, *issuer; /* on one line: "CN=Sluice CA gw 3F2A, O=Example Ltd" */
    const char *name,
        *organisation;     /* of the subject: its common name, and whose it is; "" when it says none */
    const char *serial;    /* hex */
    const char *key;       /* "EC P-256", "RSA 3072" */
    const char *signature; /* "ecdsa-with-SHA256" */
    const char *key_uri;   /* where the private key lives; "" is our own file */
    const char *key_fault; /* why it could not be opened: then nothing is signed; "" when it could */
    int64_t not_before_s, not_after_s;
    char sha256[CA_FINGERPRINT], sha1[CA_FINGERPRINT];
    bool root; /* self-signed: clients install this very certificate */
    /* DNS names of its name constraints; none permitted: every name is, but for the excluded ones. */
    const char *const *permitted, *const *excluded;
    size_t permitted_count, excluded_count;
};

const struct ca *ca_ref(const struct ca *ca);
void ca_unref(const struct ca **ca);       /* NULL is fine; clears *ca */
const uint8_t *ca_id(const struct ca *ca); /* CA_ID bytes: SHA-256 of the certificate */
const struct ca_facts *ca_facts(const struct ca *ca);
struct x509_st *ca_certificate(const struct ca *ca); /* borrowed */
/* Borrowed; signing with it is fine on any thread. NULL when it could not be opened (key_fault). */
struct evp_pkey_st *ca_key(const struct ca *ca);
/* What a server sends behind a leaf: empty for a root, else this authority's certificate and those above it
 * without the root. Borrowed. */
struct stack_st_X509 *ca_chain(const struct ca *ca);
/* Whether its name constraints let it sign for this host (a name or an address, lower case). */
bool ca_covers(const struct ca *ca, struct sl_str host);
/* The certificate that clients install, appended: the root if it is known, else the authority's own. */
void ca_pem(const struct ca *ca, struct sl_text *out);
void ca_der(const struct ca *ca, struct sl_text *out);
/* Each thing that an administrator should know of it: it ends soon, strict clients refuse it. */
void ca_warn(const struct ca *ca, int64_t now_s, void (*each)(void *arg, const char *sentence), void *arg);

/* ---- where one comes from ---- */

/* All may be absent. Names are host names; each stands for itself and everything below it. */
struct ca_wish {
    struct sl_str organisation; /* else the machine's name */
    struct sl_str name;         /* common name; else "Sluice CA MACHINE XXXX" */
    const struct sl_str *permitted, *excluded;
    size_t permitted_count, excluded_count;
    unsigned days; /* 0: CA_DAYS_USUAL; at most CA_DAYS_MOST */
};
/* A new key (P-256) and its self-signed certificate. */
bool ca_create(const struct ca_wish *wish, int64_t now_s, const struct ca **out, struct sl_err *err);

struct ca_given {
    struct sl_str data;     /* PEM with certificates and perhaps the key, or PKCS#12 */
    struct sl_str key;      /* PEM, or absent */
    struct sl_str key_uri;  /* of OSSL_STORE ("pkcs11:...", "file:..."), or absent */
    struct sl_str password; /* of the key or of the PKCS#12; p NULL: none */
};
/* Reads and checks what somebody else made: it has to be an authority whose leaves clients can accept. */
bool ca_import(const struct ca_given *given, int64_t now_s, const struct ca **out, struct sl_err *err);

/* ---- the set of a state directory ---- */

struct ca_live;
enum ca_state { CA_CURRENT, CA_NEXT, CA_RETIRED };

struct ca_entry {
    enum ca_state state;
    const struct ca *ca;
    int64_t since_s; /* it is in this state */
    int64_t sign_s;  /* of the next one: when it begins to sign by itself; 0: when somebody says so */
    int64_t until_s; /* of a retired one: when it is forgotten */
};
const char *ca_state_word(enum ca_state state);

/* Reads directory/ca; that there is none is fine. One process at a time changes it: who holds the store. */
bool ca_live_open(const char *directory, struct ca_live **out, struct sl_err *err);
void ca_live_close(struct ca_live **live); /* NULL is fine */
/* A reference to the one that signs now; NULL: there is none. Any thread, cheap. */
const struct ca *ca_live_get(struct ca_live *live);
/* All of them, the current one first, with references that ca_entries_fini lets go of. */
size_t ca_live_list(struct ca_live *live, struct ca_entry out[CA_MOST]);
void ca_entries_fini(struct ca_entry *entries, size_t n);
/* Reads the directory again: what somebody put there by hand counts. On failure everything stays. */
bool ca_live_reload(struct ca_live *live, struct sl_err *err);
/* The same when another process has changed it since; cheap when none has. */
bool ca_live_follow(struct ca_live *live, struct sl_err *err);

/* Each change is on the disk when it returns, and in force for the next leaf. Any thread; they wait for each
 * other. */
/* The first becomes the current one; a further one the next one, in the place of a next one that there was.
 */
bool ca_live_add(struct ca_live *live, const struct ca *ca, int64_t now_s, struct sl_err *err);
/* The same, and it signs from sign_s on, as ca_live_schedule says. */
bool ca_live_rotate(struct ca_live *live, const struct ca *ca, int64_t sign_s, int64_t now_s,
                    struct sl_err *err);
/* From sign_s on the next one signs: at once, if that is not after now_s. 0: only when somebody says so. */
bool ca_live_schedule(struct ca_live *live, int64_t sign_s, int64_t now_s, struct sl_err *err);
bool ca_live_cancel(struct ca_live *live, struct sl_err *err); /* forgets the next one */
/* The one that signed before signs again, and the one that signs becomes the next one. */
bool ca_live_back(struct ca_live *live, int64_t now_s, struct sl_err *err);
/* What is due by the clock: *out_changed when something was. Every minute or so. */
bool ca_live_tick(struct ca_live *live, int64_t now_s, bool *out_changed, struct sl_err *err);

#endif
