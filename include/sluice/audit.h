/* audit.h - front door of audit/: one record per request, from journal to SQLite, exactly once; queries over
 * what is kept. */
#ifndef SLUICE_AUDIT_H
#define SLUICE_AUDIT_H

#include <jansson.h>

#include "sluice/arena.h"
#include "sluice/err.h"
#include "sluice/record.h"

struct audit;
struct journal;

/* What a gateway that is replaced tells the one that takes over: see audit_hand_over. */
struct audit_handover {
    int lock_fd; /* of the journals' lock, shared by both */
    uint64_t *streams;
    size_t stream_count;
};
struct audit_config {
    const char *directory; /* state directory: journal/ and audit/ below it are ours */
    uint64_t segment_bytes;
    int64_t batch_ms, retention_ms;
    const struct audit_handover *from; /* NULL: nobody else is there; lock_fd is taken */
};
/* Recovers journals of an earlier life into SQLite (blocks until done), then starts the writer thread. */
bool audit_start(const struct audit_config *cfg, struct audit **out, struct sl_err *err);
/* Other figures, from now on. Any thread. */
void audit_configure(struct audit *a, int64_t batch_ms, int64_t retention_ms);
/* Moves everything appended so far into SQLite, ends the writer. Journals must be closed before. */
void audit_stop(struct audit **a);
/* Another process is about to take over: this one stores nothing any more. Its journals go on, and the other
 * one stores what they get, exactly once, until it is told that we are gone. out->streams is on the heap,
 * out->lock_fd stays ours. */
void audit_hand_over(struct audit *a, struct audit_handover *out);
int audit_lock(const struct audit *a);
/* The other one is gone, without having taken over for good: this one stores again, what that one left, too.
 */
void audit_take_back(struct audit *a);
/* The process that handed over to this one is gone: its journals are all they will be. */
void audit_others_gone(struct audit *a);
/* Recovery alone, without a writer: for the CLI when no gateway runs. SL_BUSY when one does: its writer
 * stores everything itself. */
bool audit_recover(const struct audit_config *cfg, struct sl_err *err);
/* The highest request id kept anywhere (journals too); ids go on from there after a restart. */
uint64_t audit_last_id(const struct audit *a);

/* ---- one journal per worker ---- */
/* Opens a new stream for this worker. The journal belongs to one thread. */
bool journal_open(struct audit *a, unsigned worker, struct journal **out, struct sl_err *err);
void journal_close(struct journal **j); /* what was appended stays for the writer */
/* Sets aside room for a record of at most `bytes` before a request is let in, so that its record can't fail
 * later. False: no room now (disk full): settings' on_failure decides. Released by journal_append or
 * journal_release. */
bool journal_reserve(struct journal *j, size_t bytes);
void journal_release(struct journal *j, size_t bytes);
size_t record_bound(
    size_t variable_text_bytes); /* what journal_reserve needs for texts of that many bytes in all */
/* Appends without a system call. reserved is what was reserved for it (0: none). False only when nothing was
 * reserved and there is no room. */
bool journal_append(struct journal *j, const struct record *r, size_t reserved);
/* Makes sure a spare segment is ready, hands full ones to the writer; call once per loop turn or when
 * journal_reserve fails. */
void journal_tend(struct journal *j);

struct audit_status {
    uint64_t appended, stored, failed; /* records since start; failed: writer errors (tried again) */
    uint64_t lag_records;
    int64_t lag_ms; /* age of the oldest record not yet stored */
    bool failing;   /* the writer can't write, or no segment can be made */
    char last_error[240];
    uint64_t journal_bytes, database_bytes;
};
void audit_status(const struct audit *a, struct audit_status *out);
/* {"rule id": how often it would have acted}, of report-only rules, since the start. New reference. */
json_t *audit_report_counts(struct audit *a);
/* Deletes day files past retention; called by the control thread now and then. Returns how many went. */
unsigned audit_enforce_retention(struct audit *a, int64_t now_us);

/* ---- queries: read-only, their own connections, any thread, bounded in time ---- */
enum audit_field {
    AUDIT_USER,          /* p NULL: nobody */
    AUDIT_CLIENT,        /* an address or a network */
    AUDIT_GROUP,         /* one of the groups at that time */
    AUDIT_HOST,          /* it or anything below it */
    AUDIT_METHOD,        /* exactly */
    AUDIT_CATEGORY,      /* one of the categories; p NULL: uncategorised */
    AUDIT_RULE,          /* p NULL: the default decided */
    AUDIT_ACTION,        /* min-max of enum action */
    AUDIT_STATUS,        /* min-max */
    AUDIT_VERSION,       /* of the policy, min-max */
    AUDIT_TLS_FAULT,     /* exactly; p NULL: none */
    AUDIT_TLS_VERSION,   /* with the client, exactly; p NULL: none is known */
    AUDIT_TLS_CIPHER,    /* likewise */
    AUDIT_TLS_EXCEPTION, /* the id of the exception; p NULL: none */
    AUDIT_INSPECTED,     /* min-max of 0 and 1 */
    AUDIT_Q,             /* part of host, path, user or rule, without regard to the case of ASCII letters */
    AUDIT_FIELDS
};
enum { AUDIT_TERMS_MOST = 64, AUDIT_PAGE_MOST = 10000 };
/* What to look for. Terms of one field are alternatives: any of them is enough. A term with `except` is none
 * that may hold. Fields and refusals must all be met. Texts are views. */
struct audit_filter {
    int64_t from_us, to_us; /* 0: open; to_us excluded */
    struct audit_term {
        enum audit_field field;
        bool except;
        struct sl_str text;
        int64_t min, max; /* of the fields that are numbers */
    } terms[AUDIT_TERMS_MOST];
    unsigned term_count;
    uint64_t before_id; /* keyset cursor: ids below (newest first) or above (oldest first); 0: none */
    bool oldest_first;
    unsigned limit; /* 1-AUDIT_PAGE_MOST */
};
void audit_filter_init(struct audit_filter *f); /* matches everything, limit 100 */
/* Adds a term for the caller to fill. NULL when there are AUDIT_TERMS_MOST. */
struct audit_term *audit_filter_add(struct audit_filter *f, enum audit_field field, bool except);
/* The same filter with texts of its own in the arena. */
void audit_filter_copy(struct audit_filter *out, const struct audit_filter *f, struct sl_arena *arena);

/* How much a query may cost. All zero: whatever it takes. */
struct audit_bounds {
    int64_t deadline_ms;
    bool (*gone)(void *arg); /* nobody waits any more: ends as if time were over; may be NULL */
    void *arg;
};
struct audit_page {
    json_t *items;    /* array of the objects of INTERFACE section 7 */
    uint64_t next_id; /* cursor for the next page, 0: that was all */
    bool partial;     /* the deadline came first: next_id says where to go on, and how far the search came */
    uint64_t skipped; /* audit_tail alone: records that are known to be passed over */
};
/* directory is the state directory, so this works without a running gateway too. Each call gets somewhere,
 * however short its time: who follows next_id comes to the end. */
bool audit_query(const char *directory, const struct audit_filter *f, const struct audit_bounds *bounds,
                 struct audit_page *out, struct sl_err *err);
bool audit_get(const char *directory, uint64_t id, json_t **out, struct sl_err *err); /* SL_NOT_FOUND */

enum audit_format { AUDIT_NDJSON, AUDIT_CSV };
/* Streams matching records, oldest first, in pieces of some 64 KiB and constant memory; sink(arg, piece)
 * borrows the piece; false stops. An empty piece only asks whether to go on. Ignores limit and order of the
 * filter. CSV: RFC 4180 with a header row, and no cell that a spreadsheet would take for a formula. */
bool audit_export(const char *directory, const struct audit_filter *f, enum audit_format format,
                  bool (*sink)(void *arg, struct sl_str piece), void *arg, struct sl_err *err);

/* ---- the log as facts, to judge recorded requests again ---- */
struct audit_scan {
    int64_t from_us, to_us; /* requests that began then; 0: open; to_us excluded */
    /* What a decision can ask of a request, and what was decided: id, time, client, user, groups, method,
     * parts of the URL, action, rule, reason, quota, error, status, policy version, upstream, content type,
     * user agent, truncated; the rest is empty. Texts are views until the next call. Damaged rows give odd
     * values, never a crash. False stops. */
    bool (*each)(void *arg, const struct record *r);
    /* Asked every few rows with how many were seen, of about how many; false stops. May be NULL. */
    bool (*go_on)(void *arg, uint64_t seen, uint64_t about);
    void *arg;
};
/* Oldest first, in constant memory, in short transactions that hold up no checkpoint. One that was stopped
 * succeeds. */
bool audit_scan(const char *directory, const struct audit_scan *scan, struct sl_err *err);

/* ---- the live tail of a running gateway ----
 * In the order in which requests were stored, which is that of their ends. Ids go by begins: a tail that asks
 * audit_query for ids above the last one seen would never show a request that took longer than those around
 * it. */
uint64_t audit_tail_position(struct audit *a); /* behind the newest record that is stored */
/* Waits up to wait_ms for matching records stored after *position, moves *position behind what was looked at,
 * and gives at most f->limit of them (1-1,000; before_id and oldest_first do not count). partial: some
 * records were stored in between that are no longer remembered (skipped says how many), or *position is of
 * an earlier life. next_id is 0. bounds: only `gone` counts, asked a few times a second. Any thread. */
bool audit_tail(struct audit *a, const struct audit_filter *f, uint64_t *position, int64_t wait_ms,
                const struct audit_bounds *bounds, struct audit_page *out, struct sl_err *err);

#endif
