/* scan.c - recorded requests as facts, one after the other. See audit_scan in sluice/audit.h.
 *
 * Rows are read without joins. What they share is looked up by its number when it first comes and remembered,
 * in tables of a fixed size in which the newer pushes out the older; so memory is the same for an hour and a
 * year. */
#include "sluice/audit.h"

#include <stdlib.h>

#include "audit/days.h"
#include "audit/pack.h"
#include "audit/row.h"
#include "audit/schema.h"
#include "audit/walk.h"

enum { PART_TEXTS = 4, PART_NUMBERS = 3, ASK_ROWS = 8 };

/* What rows name by number. Bytes are views into `bytes`. */
struct part {
    int64_t id; /* 0: empty */
    char *bytes;
    struct sl_str texts[PART_TEXTS];
    int64_t numbers[PART_NUMBERS];
    json_t *names; /* of WHO: the groups */
};

enum kind { WHO, TARGET, OUTCOME, CONTENT_TYPE, USER_AGENT, KINDS };
static const struct {
    const char *sql; /* texts first */
    unsigned texts, numbers;
    size_t remembered; /* a power of two */
} kinds[KINDS] = {
    [WHO] = {"SELECT client, user, groups FROM whos WHERE id = ?", 3, 0, 16384},
    [TARGET] = {"SELECT method, scheme, host, port FROM targets WHERE id = ?", 3, 1, 65536},
    [OUTCOME] = {"SELECT rule, reason, quota, error, action, status, policy_version FROM outcomes"
                 " WHERE id = ?",
                 4, 3, 1024},
    [CONTENT_TYPE] = {"SELECT text FROM texts WHERE id = ?", 1, 0, 1024},
    [USER_AGENT] = {"SELECT text FROM texts WHERE id = ?", 1, 0, 1024},
};

static const char columns[] = "SELECT r.id, r.time, r.who, r.target, r.outcome, r.content_type, r.user_agent,"
                              " r.path, r.query, r.upstream, r.flags FROM requests r";
enum { ID, TIME, PARTS, PATH = PARTS + KINDS, QUERY, UPSTREAM, FLAGS };

struct scan {
    const struct audit_scan *ask;
    struct db *db;
    struct part *parts[KINDS];
    uint64_t seen, about;
    struct sl_err err; /* code SL_OK: nothing failed */
};

/* ---- what rows share ---- */

static void part_clear(struct part *p)
{
    json_decref(p->names);
    free(p->bytes);
    *p = (struct part){0};
}

/* The bytes of a column, which in a damaged file may be of any type. */
static size_t column_bytes(struct db_stmt *s, unsigned column)
{
    return db_column_blob(s, (int)column).n;
}

static void part_fill(enum kind kind, struct part *p, struct db_stmt *s)
{
    size_t n = 0, at = 0;
    for (unsigned i = 0; i < kinds[kind].texts; i++)
        n += column_bytes(s, i);
    p->bytes = sl_calloc(n + 1, 1);
    for (unsigned i = 0; i < kinds[kind].texts; i++) {
        struct sl_str text = db_column_blob(s, (int)i);
        if (text.n)
            memcpy(p->bytes + at, text.p, text.n);
        p->texts[i] = sl_str(p->bytes + at, text.n);
        at += text.n;
    }
    for (unsigned i = 0; i < kinds[kind].numbers; i++)
        p->numbers[i] = db_column_int(s, (int)(kinds[kind].texts + i));
    if (kind == WHO && p->texts[2].n)
        p->names = json_loadb(p->texts[2].p, p->texts[2].n, 0, NULL);
}

/* Good until the next call for this kind. A number that the file does not know is an empty part. */
static const struct part *part_of(struct scan *scan, enum kind kind, int64_t id)
{
    struct part *p = &scan->parts[kind][(uint64_t)id & (kinds[kind].remembered - 1)];
    if (p->id == id && id != 0)
        return p;
    part_clear(p);
    p->id = id;
    struct db_stmt *s = db_prepare(scan->db, kinds[kind].sql);
    db_bind_int(s, 1, id);
    if (db_step(s, &scan->err) == DB_ROW)
        part_fill(kind, p, s);
    db_reset(s);
    return p;
}

static void forget_parts(struct scan *scan)
{
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < kinds[kind].remembered; i++)
            part_clear(&scan->parts[kind][i]);
}

/* ---- a row ---- */

static void add_who(const struct part *who, struct record *r)
{
    size_t i;
    json_t *name;
    r->client = unpack_addr(who->texts[0]);
    r->user = who->texts[1];
    json_array_foreach(who->names, i, name)
    {
        if (r->group_count < RECORD_MAX_NAMES && json_is_string(name))
            r->groups[r->group_count++] = sl_str(json_string_value(name), json_string_length(name));
    }
}

static void add_outcome(const struct part *outcome, struct record *r)
{
    int64_t action = outcome->numbers[0];
    r->rule = outcome->texts[0];
    r->reason = outcome->texts[1];
    r->quota = outcome->texts[2];
    r->error = outcome->texts[3];
    r->action = action >= ACTION_ALLOW && action <= ACTION_ERROR ? (enum action)action : ACTION_ERROR;
    r->status = (uint16_t)outcome->numbers[1];
    r->policy_version = outcome->numbers[2];
}

static const struct part *part_in(struct scan *scan, struct db_stmt *s, enum kind kind)
{
    return part_of(scan, kind, db_column_int(s, PARTS + (int)kind));
}

static void read_row(struct scan *scan, struct db_stmt *s, struct record *r)
{
    const struct part *target = part_in(scan, s, TARGET);
    *r = (struct record){.id = (uint64_t)db_column_int(s, ID), .time_us = db_column_int(s, TIME)};
    add_who(part_in(scan, s, WHO), r);
    add_outcome(part_in(scan, s, OUTCOME), r);
    r->method = target->texts[0];
    r->scheme = target->texts[1];
    r->host = target->texts[2];
    r->port = (uint16_t)target->numbers[0];
    r->path = db_column_text(s, PATH);
    r->query = db_column_text(s, QUERY);
    r->content_type = part_in(scan, s, CONTENT_TYPE)->texts[0];
    r->user_agent = part_in(scan, s, USER_AGENT)->texts[0];
    int64_t flags = db_column_int(s, FLAGS);
    if (!(flags & ROW_PARENT)) /* whose address says nothing about the origin's */
        r->upstream = unpack_endpoint(db_column_blob(s, UPSTREAM));
    r->truncated = flags & ROW_TRUNCATED;
}

static bool take_row(void *arg, struct db_stmt *s)
{
    struct scan *scan = arg;
    const struct audit_scan *ask = scan->ask;
    struct record r;
    read_row(scan, s, &r);
    if (scan->err.code != SL_OK)
        return false;
    if (++scan->seen % ASK_ROWS == 0 && ask->go_on &&
        !ask->go_on(ask->arg, scan->seen, SL_MAX(scan->about, scan->seen)))
        return false;
    return ask->each(ask->arg, &r);
}

/* Numbers of another file mean something else. */
static void begin_day(void *arg, struct db *db)
{
    struct scan *scan = arg;
    scan->db = db;
    forget_parts(scan);
}

/* ---- about how many there will be ---- */

/* By the blocks that reach into the time; 0 for a file without them. */
static uint64_t rows_of_day(const char *path, int64_t from_us, int64_t to_us)
{
    struct db *db;
    uint64_t rows = 0;
    if (!db_open(path, DB_READ_ONLY, &audit_day_schema, &db, NULL))
        return 0;
    struct db_stmt *s =
        db_prepare_dynamic(db, "SELECT sum(rows) FROM blocks WHERE last >= ? AND first < ?", NULL);
    if (s) {
        db_bind_int(s, 1, from_us ? (int64_t)request_id_floor(from_us) : 0);
        db_bind_int(s, 2, to_us ? (int64_t)request_id_floor(to_us) : INT64_MAX);
        if (db_step(s, NULL) == DB_ROW)
            rows = (uint64_t)db_column_int(s, 0);
        db_done(&s);
    }
    db_close(&db);
    return rows;
}

static uint64_t estimate(const char *directory, const struct audit_scan *ask)
{
    struct days days;
    uint64_t rows = 0;
    if (!days_list(directory, &days, NULL))
        return 0;
    for (size_t i = 0; i < days.count; i++) {
        int64_t day = days.items[i];
        if ((ask->from_us && day < day_of_time(ask->from_us)) ||
            (ask->to_us && day > day_of_time(ask->to_us)))
            continue;
        SL_CLEANUP(sl_freep) char *path = day_path(directory, day);
        rows += rows_of_day(path, ask->from_us, ask->to_us);
    }
    days_fini(&days);
    return rows;
}

bool audit_scan(const char *directory, const struct audit_scan *ask, struct sl_err *err)
{
    struct scan scan = {.ask = ask};
    struct audit_filter filter;
    struct walk w;
    audit_filter_init(&filter);
    filter.from_us = ask->from_us;
    filter.to_us = ask->to_us;
    if (!walk_init(&w, directory, columns, &filter, true, err))
        return false;
    for (size_t kind = 0; kind < KINDS; kind++)
        scan.parts[kind] = sl_calloc(kinds[kind].remembered, sizeof *scan.parts[kind]);
    if (ask->go_on)
        scan.about = estimate(directory, ask);
    w.day = begin_day;
    w.each = take_row;
    w.arg = &scan;
    bool ok = walk_days(&w, err);
    if (ok && scan.err.code != SL_OK) {
        if (err)
            *err = scan.err;
        ok = false;
    }
    forget_parts(&scan);
    for (size_t kind = 0; kind < KINDS; kind++)
        free(scan.parts[kind]);
    walk_fini(&w);
    return ok;
}
