/* source.h - one list source as a row of the tables. Sources of lists are few (tens), so everything here
 * reads whole rows. */
#ifndef POLICY_STORE_SOURCE_H
#define POLICY_STORE_SOURCE_H

#include "sluice/store.h"

struct source {
    char *name, *location, *format, *detected, *etag, *last_modified, *last_error;
    char *upload;   /* the file we keep of an uploaded list, relative to the state directory; "": none */
    char *incoming; /* the same before it was taken in, absolute; in no row */
    bool is_url;
    int64_t every_ms, entries, bytes, updated_us, checked_us, next_us, failures, error_us;
    int64_t generation;  /* the highest number that a copy was given */
    int64_t serving;     /* the version in use */
    uint8_t content[32]; /* hash of what was fetched last: the copy in use, a held or a discarded one */
    bool has_content;
    int64_t keep, shrink, grow; /* see struct list_checks */
    char *never;                /* JSON: an array of hosts */
    int64_t pinned_us;          /* when an administrator rolled back; 0: updates go on */
    char *pinned_by;
};

enum { KEEP_DEFAULT = 5, SHRINK_DEFAULT = 30, GROW_DEFAULT = 200 };

/* [a-z0-9][a-z0-9._-]*, once more behind one '/'. what: "list" or "part" in the message. */
bool source_check_name(struct sl_str name, bool slash_allowed, const char *what, struct sl_err *err);
/* The name of a list for a part of an archive or folder, in the letters above: "Lists/AI" is "lists-ai". Of a
 * long one the end stays, which tells more. number: of those that come out alike, 1 for the first. On the
 * heap. */
char *source_part_name(struct sl_str part, unsigned number);
/* A row as the administrator asks for it: checks name, format, location and interval; a path becomes
 * absolute. */
bool source_from_spec(const struct list_source_spec *spec, struct source *out, struct sl_err *err);
void source_fini(struct source *src);

/* Takes `lock`. SL_NOT_FOUND. */
bool source_read(struct store *s, struct sl_str name, struct source *out, struct sl_err *err);
/* In the caller's transaction. */
bool source_write(struct store *s, const struct source *src, struct sl_err *err);
/* The object of store_list_show. Under `lock`. */
json_t *source_json(struct store *s, const struct source *src);
/* What the change log keeps of it. */
json_t *source_summary(const struct source *src);
/* held, pinned, failed, stale or ok. Takes `lock`. */
const char *source_state(struct store *s, const struct source *src, int64_t now_us);
json_t *source_checks_json(const struct source *src);
/* "2f0a..." or null; what has `n` bytes and is no hash is null too. */
json_t *source_hash_json(const void *hash, size_t n);
/* Reads every source; the count may be 0. Takes `lock`. */
bool sources_read(struct store *s, struct source **out, size_t *out_count, struct sl_err *err);
void sources_free(struct source **sources, size_t count);

#endif
