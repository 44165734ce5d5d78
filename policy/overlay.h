/* overlay.h - the policy's own entries (hosts, addresses, url prefixes), matched like list entries but tiny
 * and rebuilt with each snapshot. Ids are the caller's: a category, an exception, a rule's condition.
 * Immutable after overlay_seal; any thread. */
#ifndef POLICY_OVERLAY_H
#define POLICY_OVERLAY_H

#include "sluice/url.h"

struct overlay;

struct overlay *overlay_new(size_t id_count); /* ids are 0 .. id_count - 1 */
void overlay_free(struct overlay **o);
/* The host or anything below it; an address literal means itself; "host:port" and globs are errors. */
bool overlay_add_host(struct overlay *o, struct sl_str host, size_t id, struct sl_err *err);
/* host[:port]/path-prefix at a path-segment boundary ('/', '?' or the end); a scheme is accepted and means
 * nothing. The host means itself and what is below it, without port any port; no path, or '/' alone, is the
 * host as a whole. Host case is folded, path case kept; doubled slashes and one at the end are ignored in
 * entries and requests alike. */
bool overlay_add_url(struct overlay *o, struct sl_str url, size_t id, struct sl_err *err);
void overlay_seal(struct overlay *o);
/* Sets bit id in bits[] for each entry that matches; true when any did. Cost does not grow with the number of
 * entries. No allocation. tunnel: path entries can't match (the path is hidden). */
bool overlay_lookup(const struct overlay *o, const struct sl_url *url, bool tunnel, uint64_t *bits);
/* The most specific entry that gave id for this url, as it was written, for explain; "" when none. */
struct sl_str overlay_matched(const struct overlay *o, const struct sl_url *url, bool tunnel, size_t id);

#endif
