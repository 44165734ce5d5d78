/* intake.h - where the lines of a list end up: as a record in the normalised file, or counted as skipped, or
 * reported. No line disappears: what a format does not hand on, it skips or faults. */
#ifndef POLICY_LISTS_INTAKE_H
#define POLICY_LISTS_INTAKE_H

#include "policy/lists/amend.h"
#include "policy/lists/entry.h"
#include "policy/lists/normal.h"
#include "sluice/lists.h"

struct pattern_set;
enum { INTAKE_MAX_FAULTS = 100 };
enum intake_change { INTAKE_NO_CHANGE, INTAKE_PUT, INTAKE_TAKE }; /* what a diff says of the next entry */
struct intake_json {
    bool in_string, in_value;
    unsigned escape, hex, hex_n, objects; /* objects: how deep in them */
    struct sl_text word;
};
/* Other files whose records this list takes in, when all files of the tree were read: include.c. */
struct intake_include {
    char *target, *filter; /* as written; filter: attributes with blanks between */
    uint64_t line;
};
/* Attributes of a record, by the number of the record: few have some. */
struct intake_attribute {
    uint64_t record;
    char *names; /* "@ads @cn" */
};
struct intake {
    struct normal_writer *writer; /* borrowed */
    struct list_report *report;   /* borrowed; lines counts the lines so far, of all files of the list */
    uint64_t line;                /* of the current file, from 1 */
    const char *file;             /* named in faults when not "" */
    struct entry_reader reader;
    struct pattern_set *patterns; /* made for the first expression; checks them */
    bool begun;                   /* csv: the first line of the file, perhaps a head, is behind us */
    size_t column;                /* csv: where the values are */
    size_t type_column;           /* csv: where their types are, plus one; 0: nowhere */
    struct sl_text origin;        /* rpz */
    bool in_parentheses;          /* rpz: an SOA over several lines */
    bool except;                  /* what comes is an exception of the list */
    bool important;               /* adblock: or one that no exception touches */
    bool exceptions_win;          /* adblock: also over more specific entries */
    enum intake_change change;
    struct amend *amend; /* made when something has to be taken back */
    struct intake_json json;
    bool in_tree; /* other files are there to be included */
    struct intake_include *includes;
    size_t include_count, include_cap;
    struct intake_attribute *attributes;
    size_t attribute_count, attribute_cap;
    uint64_t records; /* so far */
};

void intake_init(struct intake *in, struct normal_writer *writer, struct list_report *report);
void intake_fini(struct intake *in);
void intake_file(struct intake *in, const char *file); /* a new file begins; borrowed until the next */

/* One word. kind is what the format makes of a host; a dot before the host makes RECORD_EXACT and RECORD_TWIN
 * RECORD_BELOW. flags as for entry_read. */
void intake_entry(struct intake *in, struct sl_str word, enum record kind, unsigned flags);
void intake_expression(struct intake *in, struct sl_str pattern);
void intake_network(struct intake *in, struct sl_cidr net);
void intake_skip(struct intake *in); /* understood, and not for us */
void intake_include(struct intake *in, struct sl_str target, struct sl_str filter);
/* Of the records since there were `before`. */
void intake_attributes(struct intake *in, uint64_t before, struct sl_str names);
/* Understood and taken, but somebody should look at it. */
void intake_warn(struct intake *in, struct sl_str text, const char *what);
void intake_fault(struct intake *in, struct sl_str text, const char *why);

/* ---- helpers that formats share ---- */
/* The next word of *rest at blanks; false at the end. */
bool intake_word(struct sl_str *rest, struct sl_str *out_word);
/* Without blanks around it, and without a comment: from mark on, when mark is the first byte or stands after
 * a blank. */
struct sl_str intake_content(struct sl_str line, char mark);

#endif
