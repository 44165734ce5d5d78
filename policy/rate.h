/* rate.h - how fast bytes may flow: rates as people write them ("2Mbit/s", "250kB/s"), and what `throttle`
 * says of a rule. Bits count by thousands, as networks are sold; bytes by what their unit says. */
#ifndef POLICY_RATE_H
#define POLICY_RATE_H

#include "policy/read.h"

#define RATE_UNITS "bit/s, kbit/s, Mbit/s, Gbit/s, kB/s, KiB/s, MB/s or MiB/s"
/* For the schema. */
#define SCHEMA_RATE                                                                           \
    "{\"type\":\"string\",\"pattern\":\"^[0-9]+(\\\\.[0-9]{1,3})?(bit|kbit|Mbit|Gbit|kB|KiB|" \
    "MB|MiB)/s$\",\"examples\":[\"2Mbit/s\"]}"

/* Bytes in a second, rounded down. False: it is not written so. Case counts: a "kb" may mean either. */
bool rate_parse(struct sl_str text, uint64_t *out_bytes_per_s);

/* A text such as "256kbit/s", with the usual burst; out->per stays. False after a fault. */
bool rate_read(struct reader *r, const json_t *v, struct rate_def *out);
/* The same, or {"rate", "per", "burst"}. */
void rate_read_throttle(struct reader *r, const json_t *v, struct rate_def *out);
extern const struct read_shape rate_shape; /* of the long form */

#endif
