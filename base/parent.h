/* parent.h - what one entry of the setting `parent` says: by which name rules call this parent proxy, where
 * it is, how it is spoken to, and who we are there.
 *
 *     [NAME=]http|https|socks5://[USER:PASSWORD@]HOST:PORT
 *
 * Strict: what could be read in two ways is refused. USER and PASSWORD are percent-encoded where they hold
 * more than letters, digits and "-._~" and a few signs that mean nothing here. */
#ifndef BASE_PARENT_H
#define BASE_PARENT_H

#include "sluice/addr.h"

enum { PARENT_NAME_MAX = 64, PARENT_HOST_MAX = 253, PARENT_LOGIN_MAX = 255 };

/* How a parent is spoken to. */
enum parent_kind {
    PARENT_HTTP,
    PARENT_HTTPS, /* HTTP within TLS */
    PARENT_SOCKS5,
    PARENT_KINDS
};
const char *parent_kind_word(enum parent_kind kind); /* "http", "https", "socks5": the scheme */

struct parent_spec {
    enum parent_kind kind;
    uint16_t port;
    bool host_is_addr;
    struct sl_addr addr;                                             /* when host_is_addr */
    char name[PARENT_NAME_MAX + 1];                                  /* "default" when the entry has none */
    char host[PARENT_HOST_MAX + 1];                                  /* lower case; IPv6 without brackets */
    char user[PARENT_LOGIN_MAX + 1], password[PARENT_LOGIN_MAX + 1]; /* decoded; user "": none */
};

#define PARENT_DEFAULT "default" /* parents that every request goes through, unless a rule says otherwise */
#define PARENT_DIRECT "direct"   /* what a rule says to go through none */

/* Messages name the entry with its password masked. */
bool parent_parse(struct sl_str text, struct parent_spec *out, struct sl_err *err);
/* Overwrites the password of an entry, well-formed or not, with "***"; may shorten it. */
void parent_mask(char *text);

#endif
