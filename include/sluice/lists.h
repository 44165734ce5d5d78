/* lists.h - front door of policy/lists/: list files in, one compiled catalogue out.
 * The catalogue is one immutable file over ALL list sources (DESIGN section 8): host or host/path -> set of
 * lists. Categories are made of lists by the policy snapshot, so a policy change never rebuilds it and "which
 * list said so" is free. */
#ifndef SLUICE_LISTS_H
#define SLUICE_LISTS_H

#include "sluice/policy.h"

/* ---- import: raw bytes of a source -> a normalised list file ---- */
struct list_report {
    uint64_t lines, hosts, urls, expressions, addresses, exceptions, skipped, errors, warnings;
    struct list_fault {
        uint64_t line;
        char *text; /* "line 12: 'foo..bar': empty label" */
    } * faults;     /* and warnings; the first 100 */
    size_t fault_count;
};
void list_report_fini(struct list_report *r);

/* What its publisher says of a list. */
enum list_kind { LIST_KIND_UNKNOWN, LIST_BLACK, LIST_WHITE };
struct list_about {
    enum list_kind kind;       /* meant to be blocked, or to be allowed */
    char *title, *description; /* as published, NULL: none */
};
void list_about_fini(struct list_about *a);

/* What an import yields: one list, or many from an archive or folder with categories (UT1). */
struct list_part {
    char *name;         /* "" for the single list, else the category folder: "social_networks" */
    char *file;         /* normalised file that was written, in out_dir */
    uint8_t sha256[32]; /* of the normalised file */
    struct list_about about;
    struct list_report report;
};
struct list_import {
    char format[24]; /* detected or given: plain, hosts, ut1, ...; "mixed" when files differ. Good for the
                        next import too */
    struct list_part *parts;
    size_t count;
    struct list_report
        left_out; /* files of an archive or folder that are no lists: skipped counts them, faults say why */
};
/* Reads path (a file - plain, gzip, xz, zstd, bzip2 - a tar archive of those, or a folder), detects its
 * format unless format is given, writes each part as a normalised list file into out_dir (mode 0600).
 * Archives never write outside out_dir and never follow links out of themselves. Unusable input (no entry at
 * all, mostly errors, over max_bytes unpacked) is SL_BAD_INPUT / SL_LIMIT and leaves nothing behind. progress
 * may be NULL; called from this thread. */
bool list_import(const char *path, const char *format, const char *out_dir, uint64_t max_bytes,
                 void (*progress)(void *arg, uint64_t bytes_done, uint64_t bytes_total), void *progress_arg,
                 struct list_import *out, struct sl_err *err);
void list_import_fini(struct list_import *imp);
const char *const *list_formats(void); /* NULL-terminated names for help and errors */

/* ---- compare: what a new copy changes ---- */
enum { LIST_EXAMPLES = 10 };
struct list_delta {
    uint64_t added, removed; /* entries, each once */
    char *added_examples[LIST_EXAMPLES], *removed_examples[LIST_EXAMPLES];
    size_t added_shown, removed_shown;
};
/* Adds to *delta what is in one normalised file and not in the other; NULL is a file without entries. Takes
 * 11 to 22 bytes of memory for each entry while it runs. On failure *delta is good for list_delta_fini alone.
 */
bool list_compare(const char *old_file, const char *new_file, struct list_delta *delta, struct sl_err *err);
void list_delta_fini(struct list_delta *delta);

/* ---- build and open ---- */
struct catalogue_source {
    const char *name; /* "ut1/social_networks" */
    const char *file; /* normalised list file */
    uint8_t sha256[32];
};
/* Compiles all sources into one file at path: temporary file, verified, fsync, rename. Deterministic: the
 * same sources and seed give the same bytes. secret is the installation's key for the hash. At most 8,000
 * lists and 16,383 distinct sets of lists (SL_LIMIT says so). */
bool catalogue_build(const struct catalogue_source *sources, size_t count, const uint8_t secret[32],
                     const char *path, void (*progress)(void *arg, uint64_t done, uint64_t total),
                     void *progress_arg, struct sl_err *err);
/* Names the file that these sources give: hex of a hash of (name, sha256) pairs and the secret's id. out has
 * 65 bytes. */
void catalogue_key(const struct catalogue_source *sources, size_t count, const uint8_t secret[32],
                   char out[65]);
/* Maps a compiled file read-only and checks it: a bad file is SL_BAD_INPUT. One that nobody has written to
 * since it was built is not read in full for that, so opening takes a millisecond; and a lookup in whatever
 * file was opened never leaves it. The provider starts with one reference; the last unref unmaps. */
bool catalogue_open(const char *path, struct list_provider **out, struct sl_err *err);
/* Reads all of it, and so finds what a disk did to the file since it was built. */
bool catalogue_verify(const struct list_provider *p, struct sl_err *err);
/* Which line of which file of its source put a match into a list. */
struct list_origin {
    char *entry;   /* as it is in the list, canonical */
    char *file;    /* inside an archive or folder; "" for a source that is one file */
    uint64_t line; /* 0: not known */
};
/* Searches the list's normalised file, about a millisecond for a megabyte; *budget bounds the bytes that all
 * searches of one question read. False when the record is not there (the list is another by now), or there is
 * no budget left. */
bool list_origin_find(const char *file, const struct sl_url *url, const struct list_match *match,
                      uint64_t *budget, struct list_origin *out);
void list_origin_fini(struct list_origin *o);
/* A provider without lists, for a gateway that has none yet. */
struct list_provider *catalogue_empty(void);
struct catalogue_stats {
    uint64_t hosts, paths, addresses, expressions, sets, file_bytes;
};
void catalogue_stats(const struct list_provider *p, struct catalogue_stats *out);

#endif
