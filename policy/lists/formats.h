/* formats.h - the formats that lists come in: one row each, one source each. */
#ifndef POLICY_LISTS_FORMATS_H
#define POLICY_LISTS_FORMATS_H

#include "policy/lists/intake.h"

struct list_format {
    const char *name;
    /* Whether a line (trimmed, no comment, not empty) is typical of this format; NULL: never guessed, has to
     * be named. */
    bool (*fits)(struct sl_str line);
    /* One line without its end and without blanks around it. Hands on, skips or faults it; comments and
     * blanks it just drops. */
    void (*line)(struct intake *in, struct sl_str line);
    bool streams; /* takes lines in parts of any size */
};

extern const struct list_format
    formats[]; /* ends with a NULL name; the more special stand before the more general */
const struct list_format *format_named(struct sl_str name); /* NULL when there is none */
/* The format that most lines of the sample fit. */
const struct list_format *format_guess(struct sl_str sample);

void plain_line(struct intake *in, struct sl_str line);
bool plain_fits(struct sl_str line);
void exact_line(struct intake *in, struct sl_str line);
void urls_line(struct intake *in, struct sl_str line);
void expressions_line(struct intake *in, struct sl_str line);
void hosts_line(struct intake *in, struct sl_str line);
bool hosts_fits(struct sl_str line);
void adblock_line(struct intake *in, struct sl_str line);
bool adblock_fits(struct sl_str line);
void dnsmasq_line(struct intake *in, struct sl_str line);
bool dnsmasq_fits(struct sl_str line);
void unbound_line(struct intake *in, struct sl_str line);
bool unbound_fits(struct sl_str line);
void rpz_line(struct intake *in, struct sl_str line);
bool rpz_fits(struct sl_str line);
void csv_line(struct intake *in, struct sl_str line);
bool csv_fits(struct sl_str line);
void networks_line(struct intake *in, struct sl_str line);
bool networks_fits(struct sl_str line);
/* "192.0.2.1-192.0.2.9": false when the word is no range, and then nothing happened. */
bool networks_range(struct intake *in, struct sl_str word);
void json_line(struct intake *in, struct sl_str line);
bool json_fits(struct sl_str line);
void diff_line(struct intake *in, struct sl_str line);
void diff_urls_line(struct intake *in, struct sl_str line);
bool diff_fits(struct sl_str line);
void e2guardian_line(struct intake *in, struct sl_str line);
void e2guardian_regex_line(struct intake *in, struct sl_str line);
bool e2guardian_fits(struct sl_str line);
void v2fly_line(struct intake *in, struct sl_str line);
bool v2fly_fits(struct sl_str line);
bool v2fly_has_rule(struct sl_str word); /* "full:", "include:" and the like in front */

#endif
