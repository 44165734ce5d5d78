/* schema.c - what does a day file look like?
 *
 * One slim row for each request; what repeats from request to request stands in a table of its own and is
 * named by number. There is no index on `requests` but its id: each would cost the writer five times the row.
 * The view `log` is for people with sqlite3. */
#include "audit/schema.h"

static const char first[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    /* How far each journal has come in this file; written in the same transaction as its rows, so each record
       lands once. */
    "CREATE TABLE cursor (stream INTEGER PRIMARY KEY, seq INTEGER NOT NULL);"

    "CREATE TABLE whos (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, client BLOB, user TEXT, groups TEXT);"
    "CREATE INDEX whos_hash ON whos (hash);"
    "CREATE TABLE targets (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, method TEXT, scheme TEXT, host "
    "TEXT, port INTEGER);"
    "CREATE INDEX targets_hash ON targets (hash);"
    "CREATE TABLE outcomes (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, action INTEGER NOT NULL, rule "
    "TEXT, reason TEXT,"
    " quota TEXT, error TEXT, status INTEGER, policy_version INTEGER, categories TEXT, report_only TEXT);"
    "CREATE INDEX outcomes_hash ON outcomes (hash);"
    "CREATE TABLE tls (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, version TEXT, cipher TEXT, sni TEXT, "
    "fault TEXT,"
    " inspected INTEGER NOT NULL);"
    "CREATE INDEX tls_hash ON tls (hash);"
    "CREATE TABLE texts (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT);"
    "CREATE INDEX texts_hash ON texts (hash);"

    "CREATE TABLE requests (id INTEGER PRIMARY KEY,"
    " time INTEGER NOT NULL,"     /* microseconds since 1970 */
    " duration INTEGER NOT NULL," /* microseconds */
    " timing BLOB,"               /* see pack.h, and so are client and upstream */
    " who INTEGER NOT NULL, target INTEGER NOT NULL, outcome INTEGER NOT NULL, tls INTEGER,"
    " client_port INTEGER, path TEXT, query TEXT, bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,"
    " upstream BLOB, flags INTEGER NOT NULL," /* 1 reused, 2 truncated, 4 upstream is a parent */
    " content_type INTEGER, referrer TEXT, user_agent INTEGER);"

    "CREATE VIEW log AS SELECT r.id, datetime(r.time / 1000000, 'unixepoch') AS time, r.duration / 1000 AS "
    "duration_ms,"
    " hex(w.client) AS client, w.user, t.method, t.scheme, t.host, t.port, r.path, r.query,"
    " CASE o.action WHEN 0 THEN 'allow' WHEN 1 THEN 'block' WHEN 2 THEN 'warn' WHEN 3 THEN 'quota' ELSE "
    "'error' END AS action,"
    " o.rule, o.reason, o.categories, o.status, o.error, r.bytes_in, r.bytes_out, hex(r.upstream) AS upstream"
    " FROM requests r LEFT JOIN whos w ON w.id = r.who LEFT JOIN targets t ON t.id = r.target"
    " LEFT JOIN outcomes o ON o.id = r.outcome;";

/* Figures: see rollup.h. What stands in the blobs is no SQL, so that a day's figures are read in a
 * millisecond. */
static const char rollups[] = "CREATE TABLE rollup_deltas (id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
                              "CREATE TABLE rollups (id INTEGER PRIMARY KEY, data BLOB NOT NULL);";

/* Columns for filters: see blocks.h. */
static const char blocks[] =
    "CREATE TABLE blocks (id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL);"
    "CREATE TABLE block_columns (id INTEGER PRIMARY KEY, data BLOB NOT NULL);";

static const char parents[] = "ALTER TABLE outcomes ADD COLUMN parent TEXT;";

static const char tls_sides[] =
    "ALTER TABLE tls ADD COLUMN issuer TEXT; ALTER TABLE tls ADD COLUMN exception TEXT;"
    "ALTER TABLE tls ADD COLUMN origin_version TEXT; ALTER TABLE tls ADD COLUMN origin_cipher TEXT;";

static const char *const migrations[] = {first, rollups, blocks, parents, tls_sides};

/* What stands in for tables that lacked columns before a version. Names are looked for in temp first. */
static const struct {
    int64_t version;
    const char *view;
} added[] = {
    {4, "CREATE TEMP VIEW outcomes AS SELECT *, CAST(NULL AS TEXT) AS parent FROM main.outcomes"},
    {5, "CREATE TEMP VIEW tls AS SELECT *, CAST(NULL AS TEXT) AS issuer, CAST(NULL AS TEXT) AS exception,"
        " CAST(NULL AS TEXT) AS origin_version, CAST(NULL AS TEXT) AS origin_cipher FROM main.tls"},
};

const struct db_schema audit_day_schema = {
    .application_id = 0x534c4155, /* "SLAU" */
    .migrations = migrations,
    .count = SL_COUNT(migrations),
    .oldest_read = 1, /* see audit_day_read; figures look whether they are there */
};

static bool add_missing_columns(struct db *db, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "PRAGMA user_version");
    enum db_step step = db_step(s, err);
    int64_t version = step == DB_ROW ? db_column_int(s, 0) : 0;
    db_reset(s);
    if (step != DB_ROW || version >= (int64_t)SL_COUNT(migrations))
        return step == DB_ROW;
    /* Where temp lies is said first, as filter_prepare will say again: changing it empties temp. */
    bool ok = db_exec(db, "PRAGMA temp_store = MEMORY", err);
    for (size_t i = 0; i < SL_COUNT(added) && ok; i++)
        if (version < added[i].version)
            ok = db_exec(db, added[i].view, err);
    return ok;
}

bool audit_day_read(const char *path, struct db **out, struct sl_err *err)
{
    if (!db_open(path, DB_READ_ONLY, &audit_day_schema, out, err))
        return false;
    if (!add_missing_columns(*out, err))
        db_close(out);
    return *out != NULL;
}
