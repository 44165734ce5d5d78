/* plan.h - which lists do the files of an archive or folder make? Decided from their names before anything is
 * read. With files named like UT1's and squidGuard's (CATEGORY/domains, urls, expressions) every folder that
 * has some is a list; otherwise every file is one. A link to a category's folder is the same list under a
 * second name. */
#ifndef POLICY_LISTS_PLAN_H
#define POLICY_LISTS_PLAN_H

#include "policy/lists/formats.h"

enum { PLAN_MAX_LISTS = 4096, PLAN_NONE = -1 };
struct plan {
    struct plan_file {
        char *path, *target;
        const struct list_format *format; /* by its name, else NULL: to be guessed */
        int list;                         /* index in lists; PLAN_NONE: no list */
        const char *left_out;             /* why not, if that is worth telling */
    } * files;
    size_t file_count, file_cap;
    struct plan_list {
        char *folder; /* of its files, or the path of its only file */
        char *name;
        size_t last_file; /* after this one it is complete */
        int same_as;      /* index of the list that a link leads to, else PLAN_NONE */
    } * lists;
    size_t list_count, list_cap;
    bool ut1, e2guardian;
};

/* The format that a file's name tells ("domains.2.gz"), NULL when none; *out_known: it is one of UT1's files,
 * if only to be passed over. */
const struct list_format *plan_format_of(const char *path, bool *out_known);
void plan_add(struct plan *p, const char *path, const char *target); /* in the order of reading */
/* Fills formats, lists and names. */
bool plan_make(struct plan *p, struct sl_err *err);
/* The list that an include in list `from` means, by a name beside it or by the end of a path; PLAN_NONE: it
 * is not in this tree. */
int plan_find_included(const struct plan *p, size_t from, struct sl_str target);
void plan_fini(struct plan *p);

#endif
