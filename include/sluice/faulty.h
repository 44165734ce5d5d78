/* faulty.h - the newest of what was wrong with each host's TLS, and its certificates: for people who ask why
 * a site does not work. In memory and bounded: the host that failed the longest ago is forgotten first. The
 * data plane notes, adminapi asks; any thread. */
#ifndef SLUICE_FAULTY_H
#define SLUICE_FAULTY_H

#include "sluice/str.h"
#include "sluice/tls_fault.h"

struct certificate;
struct faulty_hosts;

enum { FAULTY_HOSTS_MOST = 500 };

struct faulty_hosts *faulty_hosts_new(size_t most);
void faulty_hosts_free(struct faulty_hosts **f); /* NULL is fine */

/* host: canonical, at most 253 bytes count. certificate: NULL when it did not come to one; a reference is
 * taken. */
void faulty_note(struct faulty_hosts *f, struct sl_str host, uint16_t port, enum tls_fault fault,
                 const struct certificate *certificate, int64_t now_us);

struct faulty_host {
    uint16_t port;
    enum tls_fault fault;
    const struct certificate *certificate; /* a reference of the caller's, or NULL */
    int64_t seen_us;
};
bool faulty_find(struct faulty_hosts *f, struct sl_str host, struct faulty_host *out);
bool faulty_known(struct faulty_hosts *f, struct sl_str host);

#endif
