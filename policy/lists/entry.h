/* entry.h - what does this text name: a host, an address, a network, or a URL? One word of a list in
 * canonical form. Lists have millions of lines, so lower-case ASCII goes a short way of its own; everything
 * else goes through url.h, and both give what sl_url gives requests, or entries would not match them. */
#ifndef POLICY_LISTS_ENTRY_H
#define POLICY_LISTS_ENTRY_H

#include "sluice/url.h"

enum entry_type {
    ENTRY_HOST,    /* a */
    ENTRY_NETWORK, /* a: an address, or address/bits */
    ENTRY_URL,     /* a: host[:port], b: path[?query]; "www." dropped, since both twins are meant */
    ENTRY_WILDCARD /* understood, but only a pattern can say it: "foo.com/ * /bar", "ads.*" */
};
enum entry_flags {
    ENTRY_NETWORKS = 1, /* "10.0.0.0/8" is a network, not a path */
    ENTRY_TLD = 2       /* a single label needs no dot before it */
};
enum { ENTRY_MAX = 4096 }; /* bytes of an entry */

struct entry {
    enum entry_type type;
    struct sl_str a, b; /* views of the reader or of the text, until the next entry_read */
    bool dotted; /* "." or "*." stood before it: what is below the host is meant, whatever the format says */
};
struct entry_reader {
    struct sl_arena arena; /* of the long way; reset for each entry that takes it */
    struct sl_err err;
    char host[256 + 8];
};

void entry_reader_init(struct entry_reader *r);
void entry_reader_fini(struct entry_reader *r);
/* NULL, or why the text is none of these, in words for "line 12: 'TEXT': WHY". */
const char *entry_read(struct entry_reader *r, struct sl_str text, unsigned flags, struct entry *out);
/* host without a "www." that leaves at least two labels. */
struct sl_str entry_without_www(struct sl_str host);

#endif
