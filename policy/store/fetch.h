/* fetch.h - one HTTP(S) URL into one new file, politely: conditional, bounded in size and time. The one door
 * to libcurl. Blocks; any thread. Nothing of the environment is asked (no proxy, no .netrc), certificates are
 * verified. */
#ifndef POLICY_STORE_FETCH_H
#define POLICY_STORE_FETCH_H

#include "sluice/addr.h"
#include "sluice/err.h"
#include "sluice/str.h"

struct fetch_request {
    const char *url;
    const char *etag, *last_modified; /* of the copy we have; "" or NULL: none */
    const char *path;                 /* where to write; must not exist, mode 0600 */
    uint64_t max_bytes;
    int64_t connect_ms, stall_ms, total_ms; /* to connect; with under 1 KB/s; in all */
    /* Asked about every second, and more often while something comes; false ends it with SL_BUSY. May be
     * NULL. */
    bool (*progress)(void *arg, uint64_t done, uint64_t total);
    void *progress_arg;
    /* Networks that may be dialled although they are not public. Every address that is about to be dialled is
     * looked at, those of redirects too: a URL must not make the gateway ask its own network. */
    const struct sl_cidr *private_nets;
    size_t private_count;
};
struct fetch_answer {
    bool unchanged;             /* 304: there is no file */
    char *etag, *last_modified; /* "" when not sent */
    uint64_t bytes;
};

/* http:// or https://, a host, no control bytes or spaces, at most 2,048 bytes. */
bool fetch_check_url(struct sl_str url, struct sl_err *err);
/* The URL for people and logs: without user and password, and without the values of its query, where
 * providers want their keys. On the heap. */
char *fetch_public_url(const char *url);
/* On failure no file is left. */
bool fetch_url(const struct fetch_request *r, struct fetch_answer *out, struct sl_err *err);
void fetch_answer_fini(struct fetch_answer *a);

#endif
