/* pattern_cost.h - what does a regex cost? For pattern*.c and regexes.c; the figures are in sluice/policy.h.
 */
#ifndef POLICY_PATTERN_COST_H
#define POLICY_PATTERN_COST_H

#include "policy/pattern_code.h"
#include "sluice/policy.h"

/* Sample URLs and what it takes to match; of one thread. Without a clock it only counts, and leaves run_ns 0.
 */
struct pattern_gauge;
struct pattern_gauge *pattern_gauge_new(policy_clock now_ns);
void pattern_gauge_free(struct pattern_gauge **gauge);
struct pattern_cost pattern_gauge_measure(struct pattern_gauge *gauge, const struct pattern_code *code);

const struct pattern_code *pattern_probe_code(const struct pattern_probe *probe);

/* pattern_sample.c: the URL number i of the sample, canonical; bytes of out used. */
enum { PATTERN_SAMPLE_URLS = 256, PATTERN_SAMPLE_BYTES = 256 };
size_t pattern_sample_url(size_t i, char out[PATTERN_SAMPLE_BYTES]);

#endif
