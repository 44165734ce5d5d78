/* schema.c - see schema.h. Times are microseconds since 1970; hashes are SHA-256; texts that are not known
 * are ''. */
#include "policy/store/schema.h"

static const char first[] =
    "CREATE TABLE policy_versions ("
    "  version INTEGER PRIMARY KEY,"
    "  time_us INTEGER NOT NULL,"
    "  author TEXT NOT NULL,"
    "  comment TEXT NOT NULL,"
    "  document TEXT NOT NULL" /* JSON as it was given; the highest version is the active one */
    ") STRICT;"

    "CREATE TABLE list_sources ("
    "  name TEXT PRIMARY KEY,"
    "  kind TEXT NOT NULL CHECK (kind IN ('file', 'url')),"
    "  location TEXT NOT NULL,"
    "  format TEXT NOT NULL,"        /* asked for; '': detect */
    "  detected TEXT NOT NULL,"      /* what the last import found */
    "  every_ms INTEGER NOT NULL,"   /* 0: only by hand */
    "  generation INTEGER NOT NULL," /* names the folder of its normalised files */
    "  content BLOB,"                /* hash of the raw content; NULL for a folder */
    "  etag TEXT NOT NULL,"
    "  last_modified TEXT NOT NULL,"
    "  entries INTEGER NOT NULL,"
    "  updated_us INTEGER NOT NULL," /* the content changed */
    "  checked_us INTEGER NOT NULL," /* last attempt, good or bad */
    "  next_us INTEGER NOT NULL,"    /* when it is due; 0: never by itself */
    "  failures INTEGER NOT NULL,"   /* in a row */
    "  last_error TEXT NOT NULL,"
    "  error_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE list_parts ("
    "  source TEXT NOT NULL REFERENCES list_sources (name) ON DELETE CASCADE,"
    "  name TEXT NOT NULL UNIQUE," /* as policies name it: the source, or source/part */
    "  file TEXT NOT NULL,"        /* normalised, relative to the state directory */
    "  sha256 BLOB NOT NULL,"
    "  report TEXT NOT NULL," /* JSON: counts of the import and its first faults */
    "  PRIMARY KEY (source, name)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE users ("
    "  name TEXT PRIMARY KEY,"
    "  password TEXT NOT NULL," /* argon2id */
    "  created_us INTEGER NOT NULL,"
    "  changed_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE admins ("
    "  name TEXT PRIMARY KEY,"
    "  password TEXT NOT NULL,"
    "  role TEXT NOT NULL CHECK (role IN ('viewer', 'auditor', 'operator', 'admin')),"
    "  created_us INTEGER NOT NULL,"
    "  changed_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE tokens ("
    "  id TEXT PRIMARY KEY,"
    "  name TEXT NOT NULL,"
    "  admin TEXT NOT NULL REFERENCES admins (name) ON DELETE CASCADE,"
    "  role TEXT NOT NULL CHECK (role IN ('viewer', 'auditor', 'operator', 'admin')),"
    "  sha256 BLOB NOT NULL UNIQUE," /* of the token; the token itself is kept nowhere */
    "  created_us INTEGER NOT NULL,"
    "  expires_us INTEGER NOT NULL," /* 0: never */
    "  UNIQUE (admin, name)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE changes ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  time_us INTEGER NOT NULL,"
    "  actor TEXT NOT NULL,"
    "  source TEXT NOT NULL,"
    "  action TEXT NOT NULL,"
    "  object TEXT NOT NULL,"
    "  before TEXT,"
    "  after TEXT"
    ") STRICT;";

/* The console shows why something was changed, and looks for it by who, what and on what. */
static const char change_comments[] =
    "ALTER TABLE changes RENAME COLUMN object TO subject;"
    "ALTER TABLE changes ADD COLUMN comment TEXT NOT NULL DEFAULT '';"
    "UPDATE changes SET comment = coalesce(json_extract(after, '$.comment'), ''),"
    "  after = json_remove(after, '$.comment') WHERE action IN ('policy.apply', 'policy.rollback');";

/* The draft, and what it looked like before its latest changes: see drafts.c. Revision numbers are never used
 * again, so that an old entity tag never means a new draft. */
static const char drafts[] = "CREATE TABLE draft_revisions ("
                             "  revision INTEGER PRIMARY KEY AUTOINCREMENT,"
                             "  base INTEGER NOT NULL," /* the policy version it would replace */
                             "  time_us INTEGER NOT NULL,"
                             "  author TEXT NOT NULL,"
                             "  bytes INTEGER NOT NULL," /* of the document */
                             "  document TEXT NOT NULL"
                             ") STRICT;"

                             "CREATE TABLE draft (" /* one row while there is a draft */
                             "  one INTEGER PRIMARY KEY CHECK (one = 1),"
                             "  revision INTEGER NOT NULL REFERENCES draft_revisions (revision),"
                             "  created_us INTEGER NOT NULL"
                             ") STRICT;";

/* Lists may be uploaded: we keep the file, so that they can be loaded again. */
static const char list_uploads[] =
    "ALTER TABLE list_sources ADD COLUMN upload TEXT NOT NULL DEFAULT '';" /* kept file, relative; '': none */
    "ALTER TABLE list_sources ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;"; /* raw; 0: a folder, not known */

/* Who is signed in to the console survives a restart; a session ends with its account. */
static const char sessions[] =
    "ALTER TABLE admins ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0;" /* password, before anything else
                                                                             */
    "ALTER TABLE admins ADD COLUMN login_us INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tokens ADD COLUMN used_us INTEGER NOT NULL DEFAULT 0;" /* to the minute */
    "CREATE TABLE sessions ("
    "  id TEXT PRIMARY KEY,"         /* names it in lists; proves nothing */
    "  sha256 BLOB NOT NULL UNIQUE," /* of the secret in the cookie, which is kept nowhere */
    "  admin TEXT NOT NULL REFERENCES admins (name) ON DELETE CASCADE,"
    "  created_us INTEGER NOT NULL,"
    "  seen_us INTEGER NOT NULL,"
    "  source TEXT NOT NULL,"
    "  user_agent TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX sessions_of_admin ON sessions (admin, seen_us);";

/* A version that waits to be confirmed, and a draft that waits for a second person; one row while it does. */
static const char commits[] = "CREATE TABLE policy_unconfirmed ("
                              "  one INTEGER PRIMARY KEY CHECK (one = 1),"
                              "  version INTEGER NOT NULL REFERENCES policy_versions (version),"
                              "  restores INTEGER NOT NULL REFERENCES policy_versions (version),"
                              "  until_us INTEGER NOT NULL"
                              ") STRICT;"

                              "CREATE TABLE draft_request ("
                              "  one INTEGER PRIMARY KEY CHECK (one = 1),"
                              "  revision INTEGER NOT NULL," /* of the draft; it does not change meanwhile */
                              "  time_us INTEGER NOT NULL,"
                              "  author TEXT NOT NULL,"
                              "  account TEXT NOT NULL," /* who may not approve it */
                              "  comment TEXT NOT NULL,"
                              "  confirm_ms INTEGER NOT NULL" /* 0: it will stay */
                              ") STRICT;"

                              "ALTER TABLE policy_versions ADD COLUMN approved_by TEXT NOT NULL DEFAULT '';";

/* Every copy of a list that was used, and the one that waits for approval, with its normalised files (which
 * copies share where their content is the same); see history.c. The folder of a generation that an older
 * program wrote goes on serving. */
static const char list_history[] =
    "CREATE TABLE list_versions ("
    "  source TEXT NOT NULL REFERENCES list_sources (name) ON DELETE CASCADE,"
    "  version INTEGER NOT NULL,"
    "  time_us INTEGER NOT NULL," /* since when it serves, or waits */
    "  author TEXT NOT NULL,"
    "  action TEXT NOT NULL,"      /* how it came: add, update, replace, approve, rollback */
    "  restores INTEGER NOT NULL," /* of a roll-back or approval: the version whose copy it is; else 0 */
    "  location TEXT NOT NULL,"
    "  content BLOB," /* hash of the raw content; NULL for a folder */
    "  bytes INTEGER NOT NULL,"
    "  entries INTEGER NOT NULL,"
    "  added INTEGER NOT NULL," /* against the copy that served before it */
    "  removed INTEGER NOT NULL,"
    "  held TEXT NOT NULL," /* JSON: why it waits, with examples; '': it does not */
    "  PRIMARY KEY (source, version)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO list_versions SELECT name, generation, updated_us, '', 'add', 0, location, content, bytes,"
    "  entries, 0, 0, '' FROM list_sources;"
    "CREATE TABLE list_files ("
    "  source TEXT NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  name TEXT NOT NULL," /* as policies name it: the source, or source/part */
    "  file TEXT NOT NULL," /* normalised, relative to the state directory */
    "  sha256 BLOB NOT NULL,"
    "  report TEXT NOT NULL," /* JSON: counts of the import and its first faults */
    "  PRIMARY KEY (source, version, name),"
    "  FOREIGN KEY (source, version) REFERENCES list_versions (source, version) ON DELETE CASCADE"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO list_files SELECT p.source, s.generation, p.name, p.file, p.sha256, p.report"
    "  FROM list_parts p JOIN list_sources s ON s.name = p.source;"
    "DROP TABLE list_parts;"
    "ALTER TABLE list_sources ADD COLUMN serving INTEGER NOT NULL DEFAULT 0;" /* version */
    "UPDATE list_sources SET serving = generation;"
    "ALTER TABLE list_sources ADD COLUMN keep INTEGER NOT NULL DEFAULT 5;"    /* versions */
    "ALTER TABLE list_sources ADD COLUMN shrink INTEGER NOT NULL DEFAULT 30;" /* percent; see checks.c */
    "ALTER TABLE list_sources ADD COLUMN grow INTEGER NOT NULL DEFAULT 200;"
    "ALTER TABLE list_sources ADD COLUMN never TEXT NOT NULL DEFAULT '[]';"     /* JSON: hosts */
    "ALTER TABLE list_sources ADD COLUMN pinned_us INTEGER NOT NULL DEFAULT 0;" /* not updated since; 0: it is
                                                                                 */
    "ALTER TABLE list_sources ADD COLUMN pinned_by TEXT NOT NULL DEFAULT '';"
    "CREATE VIEW list_parts AS SELECT f.* FROM list_files f"
    "  JOIN list_sources s ON s.name = f.source AND s.serving = f.version;";

/* Hosts that can't be inspected; see learned_rows.c. */
static const char learned[] = "CREATE TABLE learned_hosts ("
                              "  host TEXT PRIMARY KEY,"
                              "  kind TEXT NOT NULL," /* pinned, client-certificate */
                              "  state TEXT NOT NULL,"
                              "  failures INTEGER NOT NULL,"
                              "  clients INTEGER NOT NULL,"
                              "  first_us INTEGER NOT NULL,"
                              "  last_us INTEGER NOT NULL,"
                              "  until_us INTEGER NOT NULL,"   /* of active ones; 0: without end */
                              "  decided_by TEXT NOT NULL,"    /* '': nobody, the gateway itself */
                              "  decided_us INTEGER NOT NULL," /* 0: not yet */
                              "  note TEXT NOT NULL"           /* why it is not active by itself */
                              ") STRICT, WITHOUT ROWID;";

static const char *const migrations[] = {first,    change_comments, drafts,       list_uploads,
                                         sessions, commits,         list_history, learned};

const struct db_schema store_schema = {
    .application_id = 0x534c5354, /* "SLST" */
    .migrations = migrations,
    .count = SL_COUNT(migrations),
};
