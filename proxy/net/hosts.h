/* hosts.h - the hosts file as an immutable table: name -> addresses, in the file's order.
 * Shared by workers by reference; a new file makes a new table. */
#ifndef PROXY_NET_HOSTS_H
#define PROXY_NET_HOSTS_H

#include "sluice/addr.h"

struct hosts;

/* Lines that are none are skipped, as every resolver does. Names are canonical: lower case, no trailing dot.
 */
struct hosts *hosts_parse(struct sl_str text);
/* Reads path; NULL when it can't be read (err). */
struct hosts *hosts_read(const char *path, struct sl_err *err);
struct hosts *hosts_ref(struct hosts *h);
void hosts_unref(struct hosts **h); /* NULL is fine */
/* At most max addresses of the name, which is canonical; returns how many. */
size_t hosts_find(const struct hosts *h, struct sl_str name, struct sl_addr *out, size_t max);
size_t hosts_count(const struct hosts *h); /* pairs of name and address */

#endif
