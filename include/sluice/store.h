/* store.h - front door of policy/store/: what an administrator owns. Policy versions, list sources, proxy
 * users, console accounts, tokens, change log, quota ledger, accepted warnings. One state directory, one
 * process at a time (state/lock). Any thread. */
#ifndef SLUICE_STORE_H
#define SLUICE_STORE_H

#include "sluice/lists.h"
#include "sluice/policy.h"

struct store;
struct ledger;
struct consents;

/* Who makes a change, for the change log. */
struct actor {
    struct sl_str name;    /* "admin", "cli:root", "token:deploy" */
    struct sl_str source;  /* address or "local" */
    struct sl_str account; /* of a token: whose it is; "": name is the account */
};

/* Takes the lock (SL_BUSY when a gateway or command has it), creates and migrates the files, opens or
 * rebuilds the catalogue, compiles the active policy into `live`. A first start has the empty policy
 * {"schema":1,"default":{"then":"allow"}} as version 1 only when no starter document is given. */
bool store_open(const char *directory, struct store **out, struct sl_err *err);

/* ---- one process after another: the old one still serves what it began, the new one writes ----
 * The old one stops changing anything, calls store_share, and passes its lock; the new one takes over while
 * the counters of quotas and accepted warnings are one for both. */
bool store_take_over(const char *directory, int lock_fd, struct store **out, struct sl_err *err);
int store_lock(const struct store *s); /* still the store's */
void store_share(struct store *s);
/* The other process is gone. */
void store_own(struct store *s);
/* In the old one: takes in what the new one has changed (policy, lists, users). Cheap when nothing was. One
 * thread. */
bool store_follow(struct store *s, struct sl_err *err);

/* Networks from which lists may be fetched although they are not public (loopback, RFC 1918, ...); copied.
 * None by default. Any thread, as the next one. */
void store_allow_private(struct store *s, const struct sl_cidr *nets, size_t count);
/* The gateway's own host for pages, which no list may begin to hold. */
void store_set_page_host(struct store *s, struct sl_str host);
/* The names of parent proxies that rules may say; copied. Any thread, also while others use the store. */
void store_set_parents(struct store *s, const char *const *names, size_t count);
/* The rules of the active policy, or of doc, whose parent is none of them, as policy_missing_parents has it;
 * new reference. */
json_t *store_missing_parents(struct store *s, const json_t *doc);
/* On the way to store_close: downloads that run end at once with SL_BUSY and no new one begins, so that
 * threads which wait for one (jobs of the API) can be joined. Any thread. */
void store_interrupt(struct store *s);
void store_resume(struct store *s); /* it does not close after all */
void store_close(struct store **s);
const char *store_directory(const struct store *s);
struct policy_live *store_live(struct store *s);
const uint8_t *store_secret(
    const struct store *s); /* 32 bytes, of this installation, for HMACs (continue links) */

/* ---- policy versions ---- */
/* Validates, compiles, runs the tests, stores and swaps, all or nothing. Nothing changed and SL_BAD_INPUT
 * when there are faults. out_version is the new number; an unchanged document gives the current number and no
 * new version. expected_version >= 0: SL_CONFLICT unless that one is active. */
bool store_policy_apply(struct store *s, const json_t *doc, struct sl_str comment, const struct actor *by,
                        int64_t expected_version, int64_t *out_version, struct policy_faults *faults,
                        struct sl_err *err);
/* The checks alone, tests included, on the current lists; out_passed may be NULL. */
bool store_policy_check(struct store *s, const json_t *doc, struct policy_faults *faults, size_t *out_passed,
                        struct sl_err *err);
/* Compiles a candidate without making it active (explain --policy, tests). Caller unrefs. */
struct snapshot *store_policy_compile(struct store *s, const json_t *doc, struct policy_faults *faults);
/* How a version comes into force. */
struct policy_commit {
    struct sl_str comment;
    const struct actor *by;
    int64_t confirm_ms; /* 0: it stays. Else the gateway goes back by itself unless it is confirmed in time */
    bool override;      /* a second person should have approved it; for the change log */
};
enum { CONFIRM_LEAST_MS = 1000, CONFIRM_MOST_MS = 24 * 3600 * 1000 };
/* store_policy_apply with all that can be said about a commit. */
bool store_policy_commit(struct store *s, const json_t *doc, const struct policy_commit *c,
                         int64_t expected_version, int64_t *out_version, struct policy_faults *faults,
                         struct sl_err *err);
bool store_policy_rollback(struct store *s, int64_t version, const struct policy_commit *c,
                           int64_t *out_version, struct policy_faults *faults, struct sl_err *err);
/* ---- a version that waits to be confirmed ----
 * It is in force, and a new version with the document of the last one that stayed replaces it at `until`, in
 * the name of the gateway. Another commit meanwhile confirms it, unless that one waits too: then both go. */
bool store_policy_confirm(struct store *s, int64_t version, struct sl_str comment, const struct actor *by,
                          struct sl_err *err); /* SL_CONFLICT when this version does not wait */
/* {"version","restores","until","left_s","author","comment"}, or JSON null; new reference. */
json_t *store_policy_unconfirmed(struct store *s, int64_t now_us);
/* Goes back when the time has passed; called every second, costs a load when nothing waits. *out_version is
 * the version made, 0: none. False: it could not, and is tried again a minute later. */
bool store_policy_tick(struct store *s, int64_t now_us, int64_t *out_version, struct sl_err *err);
int64_t store_policy_version(struct store *s);
int64_t store_policy_version_at(struct store *s, int64_t time_us); /* the active one then; 0: none */
/* version 0: the active one. New reference. */
bool store_policy_get(struct store *s, int64_t version, json_t **out_doc, struct sl_err *err);
/* Newest first: [{"version","time","author","approved_by","comment","active"}], at most limit, below before
 * (0: from the newest). */
bool store_policy_versions(struct store *s, int64_t before, unsigned limit, json_t **out, struct sl_err *err);

/* ---- the draft: one document that administrators edit together, until it is published or discarded ----
 * What an administrator saw is a tag: an active version without draft (revision 0), or a revision of a draft
 * made from that version. Revision numbers grow and are never used again. A draft may have faults; a version
 * may not. */
struct draft_tag {
    int64_t version, revision;
};
static inline bool draft_tag_eq(struct draft_tag a, struct draft_tag b)
{
    return a.version == b.version && a.revision == b.revision;
}
struct draft {
    struct draft_tag tag; /* revision 0: there is none, and the rest tells of the active version */
    int64_t active;       /* other than tag.version when somebody applied a policy meanwhile */
    int64_t created_us, changed_us;
    char *author; /* of the last change */
    json_t *document;
    json_t
        *request; /* for approval: {"by","account","time","comment","confirm_within_s"}; NULL: none waits */
};
bool store_draft_get(struct store *s, struct draft *out, struct sl_err *err);
void draft_fini(struct draft *d);
/* What the document was at `tag`; SL_NOT_FOUND when it is forgotten (the latest 50 revisions are kept). */
bool store_draft_document(struct store *s, struct draft_tag tag, json_t **out, struct sl_err *err);
/* Who changed the draft after `tag`, in order, each once; new reference. */
bool store_draft_authors(struct store *s, struct draft_tag tag, json_t **out, struct sl_err *err);
/* Makes doc the draft, provided that all is as in *d (else SL_CONFLICT), and brings *d up to date. base: the
 * version that the new document is made from, d->tag.version unless it was rebased. An equal document changes
 * nothing. */
bool store_draft_put(struct store *s, struct draft *d, int64_t base, json_t *doc, const struct actor *by,
                     struct sl_err *err);
bool store_draft_discard(struct store *s, struct draft_tag seen, const struct actor *by, struct sl_err *err);
/* Checks, tests and stores the draft as a version, removes it and swaps, all or nothing. SL_CONFLICT when it
 * is not the one seen, or was made from another version than the active one. */
bool store_draft_commit(struct store *s, struct draft_tag seen, const struct policy_commit *c,
                        int64_t *out_version, struct policy_faults *faults, struct sl_err *err);
/* ---- four eyes: a draft that somebody else has to approve ----
 * Checks and tests the draft and freezes it with a request to publish it. */
bool store_draft_request(struct store *s, struct draft_tag seen, const struct policy_commit *c,
                         struct policy_faults *faults, struct sl_err *err);
/* Publishes what was asked for, in the name of who asked. SL_DENIED for the account that asked, SL_NOT_FOUND
 * when nothing waits. */
bool store_draft_approve(struct store *s, struct draft_tag seen, struct sl_str comment,
                         const struct actor *by, int64_t *out_version, struct policy_faults *faults,
                         struct sl_err *err);
/* Ends the request, and the draft can be edited again; by the account that asked it is a withdrawal. */
bool store_draft_reject(struct store *s, struct draft_tag seen, struct sl_str comment, const struct actor *by,
                        struct sl_err *err);
struct sl_str actor_account(const struct actor *by);
/* The document's faults, and the results of its tests (policy_test_results; an empty array when there are
 * faults); true when all holds. */
bool store_policy_try(struct store *s, const json_t *doc, struct policy_faults *faults, json_t **out_tests);
/* The faults of a document on the current lists, without its tests; true when there are none. */
bool store_policy_faults(struct store *s, const json_t *doc, struct policy_faults *faults);

/* ---- list sources ---- */
struct list_source_spec {
    struct sl_str name;      /* [a-z0-9][a-z0-9._-]*, one '/' allowed for parts */
    struct sl_str path, url; /* one of them, or: */
    struct sl_str upload; /* a file that becomes the store's (moved), on the file system of its directory */
    struct sl_str label;  /* what people call an uploaded file; "": upload */
    struct sl_str format; /* "": detect */
    int64_t every_ms;     /* update interval for URLs, 0: only by hand */
};
/* phases: fetch import compare build swap. False: nobody wants it any more, and it ends with SL_BUSY at the
 * next place where nothing is half. */
typedef bool store_progress(void *arg, const char *phase, uint64_t done, uint64_t total);
/* Adds the source and loads it at once: fetch, import, rebuild the catalogue, swap the snapshot. A failure
 * leaves everything as it was. out: the source object. */
bool store_list_add(struct store *s, const struct list_source_spec *spec, const struct actor *by,
                    store_progress *progress, void *arg, json_t **out, struct sl_err *err);
/* Changes where an existing list comes from (location, format, interval) and loads that at once, or changes
 * nothing. The administrator asked for exactly this copy, so no check of updates keeps it back. Ends a pin.
 */
bool store_list_replace(struct store *s, const struct list_source_spec *spec, const struct actor *by,
                        store_progress *progress, void *arg, json_t **out, struct sl_err *err);
bool store_list_exists(struct store *s, struct sl_str name);
/* The checks of add and replace that need no loading: name, format, location, whether it exists. */
bool store_list_check(struct store *s, const struct list_source_spec *spec, bool replace, struct sl_err *err);
/* Loads it again. A bad new copy is refused and the old one stays; the fault is kept with the source. A copy
 * that looks wrong (struct list_checks) is held for approval: true, and "held" of the source tells. Unchanged
 * content does not rebuild. SL_CONFLICT for a list that is pinned. */
bool store_list_update(struct store *s, struct sl_str name, const struct actor *by, store_progress *progress,
                       void *arg, json_t **out, struct sl_err *err);
/* ---- copies of a list ---- */
/* Puts the held copy in use, which is `version` (0: whichever waits). out (may not be NULL): the source. */
bool store_list_approve(struct store *s, struct sl_str name, int64_t version, const struct actor *by,
                        store_progress *progress, void *arg, json_t **out, struct sl_err *err);
/* The held copy goes. What the source offers is not asked about again until it changes. SL_NOT_FOUND. */
bool store_list_discard(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err);
/* Newest first, those in use and used before:
 * [{"version","time","author","action":"add|update|replace|approve|rollback","restores","location","entries",
 *   "added","removed","bytes","sha256","serving"}] */
bool store_list_versions(struct store *s, struct sl_str name, json_t **out, struct sl_err *err);
/* Puts an earlier copy in use, as a new version, and pins the list: updates would undo it. */
bool store_list_rollback(struct store *s, struct sl_str name, int64_t version, const struct actor *by,
                         store_progress *progress, void *arg, json_t **out, struct sl_err *err);
/* Ends the pin: the list is due at once. SL_NOT_FOUND when there is none. */
bool store_list_resume(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err);
struct list_checks {
    int64_t keep;         /* versions, the one in use included: 1 to 50 */
    int64_t shrink, grow; /* percent of entries lost or won from which an update is held; 0: any may */
    json_t *never;        /* hosts that no update may begin to hold, besides the well-known ones */
};
/* out->never is a new reference. */
bool store_list_checks(struct store *s, struct sl_str name, struct list_checks *out, struct sl_err *err);
bool store_list_set_checks(struct store *s, struct sl_str name, const struct list_checks *checks,
                           const struct actor *by, struct sl_err *err);

/* SL_CONFLICT when the active policy names it (or one of its parts). */
bool store_list_remove(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err);
/* [{"name","kind":"file|url|upload","location","format","every","state":"ok|stale|failed|pinned|held","version",
 *   "held":null|{"version","since","entries","bytes","sha256","added","removed","reason","reasons":[{"check",
 *   "text"}],"added_examples","removed_examples"},"pinned":null|{"since","by"},"checks":{"keep","shrink",
 *   "grow","never"},"parts":[{"name",
 *   "hosts","urls",...}],"entries","bytes","sha256","age_s","updated","checked","next","last_error","error_time",
 *   "errors","faults":[{"list","text"}],"used_by":[categories]}] */
bool store_list_show(struct store *s, struct sl_str name, json_t **out, struct sl_err *err); /* p NULL: all */
/* Reads the catalogue in use in full, and builds it again when its disk damaged it; behind a start and now
 * and then. May take minutes. */
void store_lists_verify(struct store *s);
/* The list whose update is due the longest, on the heap; false: none is. Pinned ones never are. */
bool store_lists_due(struct store *s, int64_t now_us, char **out_name);
/* Which lists hold this host and what categories follow:
 * {"host","categories":[],"lists":[{"list","entry","path"}],"entries":[{"category","entry","pointer"}]} */
bool store_categories_lookup(struct store *s, struct sl_str host_or_url, json_t **out, struct sl_err *err);
/* [{"list","within","percent"}]: lists of a category of this document that are mostly in another one of it,
 * by a sample of their entries; new reference. */
json_t *store_lists_overlaps(struct store *s, const json_t *policy);
json_t *store_lists_status(struct store *s); /* catalogue counts, generation, ages */

/* ---- people ---- */
enum role {
    ROLE_NONE,
    ROLE_VIEWER,
    ROLE_AUDITOR,
    ROLE_OPERATOR,
    ROLE_ADMIN
}; /* words: viewer auditor operator admin */
const char *role_word(enum role r);
bool role_parse(struct sl_str word, enum role *out);

bool store_user_put(struct store *s, struct sl_str name, struct sl_str password, bool must_be_new,
                    const struct actor *by, struct sl_err *err);
bool store_user_remove(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err);
/* [{"name","created","changed"}]; name p NULL: all, else that one or none. */
bool store_user_list(struct store *s, struct sl_str name, json_t **out, struct sl_err *err);
/* Slow (argon2): never on a worker. Unknown users take as long as known ones. */
bool store_user_verify(struct store *s, struct sl_str name, struct sl_str password);
/* Grows with every change of a proxy user: cached verifications of an older epoch are void. Lock-free. */
uint64_t store_users_epoch(const struct store *s);
/* That of this user's last change since the store was opened, 0: none. Who was verified under an older one
 * has to prove himself again. Waits for no disk. */
uint64_t store_user_epoch(struct store *s, struct sl_str name);

/* What a change of a console account sets; the rest stays. Whoever gets a new password or role is signed out
 * everywhere. */
struct admin_edit {
    struct sl_str password;            /* p NULL: keep */
    enum role role;                    /* ROLE_NONE: keep */
    bool must_be_new;                  /* SL_CONFLICT when the account exists */
    bool set_must_change, must_change; /* the password has to be changed at the next sign-in */
};
/* Is it long enough for a console account, whoever sets it? store_admin_put asks this too. */
bool store_admin_password_good(struct sl_str password, struct sl_err *err);
bool store_admin_put(struct store *s, struct sl_str name, const struct admin_edit *edit,
                     const struct actor *by, struct sl_err *err);
/* Also removes its tokens. SL_CONFLICT for the last account with role admin. */
bool store_admin_remove(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err);
bool store_admin_role(struct store *s, struct sl_str name, enum role *out_role); /* false: no such account */
/* [{"name","role","created","changed","last_login","must_change_password"}] */
bool store_admin_list(struct store *s, json_t **out, struct sl_err *err);
bool store_admin_verify(struct store *s, struct sl_str name, struct sl_str password,
                        enum role *out_role); /* slow */
size_t store_admin_count(struct store *s);
/* A bearer token "slc_..." shown once; only its SHA-256 is kept. expires_us 0: never. */
bool store_token_add(struct store *s, struct sl_str admin, struct sl_str name, enum role role,
                     int64_t expires_us, const struct actor *by, char out_token[64], struct sl_err *err);
/* out_role: the lower one of the token and its account. out_name: the token's name, "deploy"; out_account
 * (NULL: not wanted): whose it is. */
bool store_token_verify(struct store *s, struct sl_str token, enum role *out_role, char out_name[128],
                        char out_account[128]);
bool store_token_list(struct store *s, json_t **out, struct sl_err *err);
bool store_token_remove(struct store *s, struct sl_str id, const struct actor *by, struct sl_err *err);

/* ---- sessions of the console ---- */
enum {
    SESSION_IDLE_S = 30 * 60,
    SESSION_LIFE_S = 12 * 3600,
    SESSION_SECRET = 44, /* 256 random bits as base64url, with the NUL */
    SESSION_ID = 13,
    SESSION_NAME = 65
};
struct store_session {
    char id[SESSION_ID]; /* names it; proves nothing */
    char admin[SESSION_NAME];
    enum role role; /* the account's */
    bool must_change;
    int64_t created_us, seen_us;
};
/* Begins one for an account that proved itself. Only a hash of out_secret is kept. sign_in: it is one, and
 * the change log says so; false: an existing one gets a new secret. An account has at most 32, the oldest go.
 */
bool store_session_open(struct store *s, const struct actor *by, struct sl_str user_agent, bool sign_in,
                        int64_t now_us, char out_secret[SESSION_SECRET], struct store_session *out,
                        struct sl_err *err);
/* False when there is none, or it is over by SESSION_IDLE_S or SESSION_LIFE_S. touch: the use counts against
 * idleness (written to the nearest half minute). */
bool store_session_find(struct store *s, struct sl_str secret, int64_t now_us, bool touch,
                        struct store_session *out);
/* Live ones, newest use first: [{"id","name","role","created","last_seen","source","user_agent"}]; admin p
 * NULL: everybody's. */
bool store_session_list(struct store *s, struct sl_str admin, int64_t now_us, json_t **out,
                        struct sl_err *err);
/* admin p NULL: whosever it is. SL_NOT_FOUND. */
bool store_session_end(struct store *s, struct sl_str id, struct sl_str admin, const struct actor *by,
                       struct sl_err *err);

/* ---- change log ---- */
/* Every mutating function above writes its own entry, in its own transaction. */
struct change_filter {
    int64_t before;         /* entries with a smaller id; 0: from the newest */
    struct sl_str actor;    /* exactly; "": any, here and below */
    struct sl_str action;   /* "list.add", or an area of them: "list" */
    struct sl_str subject;  /* exactly */
    int64_t from_us, to_us; /* to excluded; 0: open */
    unsigned limit;         /* at most 1,000 */
};
/* Newest first: [{"id","time","actor","source","action","subject","comment","before","after"}]. */
bool store_changes(struct store *s, const struct change_filter *f, json_t **out, struct sl_err *err);
/* An entry for what happened outside the store's tables: a quota reset, a tunnel cut. Takes before and after
 * (NULL: none); no secrets in them. */
bool store_change_note(struct store *s, const struct actor *by, const char *action, struct sl_str subject,
                       json_t *before, json_t *after, struct sl_err *err);

/* ---- quota ledger: a memory-mapped table (quota, subject) -> counters of the current window; survives kill
 * -9 as it is ---- */
struct ledger *store_ledger(struct store *s);
struct ledger_entry; /* safe to use until the ledger is closed; means nothing once it was swept (not asked for
                        in 24 h) */
struct quota_use {
    uint64_t bytes, requests, minutes;
    unsigned extensions; /* taken by the user in this window */
    /* Of a rolling window the end is when the use falls below the limits again, or, while it is below, when
     * the first of it leaves. */
    int64_t window_start_s, window_end_s;
};
/* The entry for this quota, subject and time, made when missing; NULL when the table is full (counted; the
 * caller fails closed). */
struct ledger_entry *ledger_find(struct ledger *l, const struct snapshot *s, int quota, struct sl_str subject,
                                 int64_t now_s);
/* The entry when there is one, else NULL; makes none. ledger_use takes NULL for nothing used. */
struct ledger_entry *ledger_peek(struct ledger *l, const struct snapshot *s, int quota, struct sl_str subject,
                                 int64_t now_s);
/* Adds to the counters (atomics) and rolls over to the window that holds now_s. The minute of now_s counts as
 * active, once, unless what it saw is background. */
void ledger_charge(struct ledger *l, struct ledger_entry *e, const struct snapshot *s, int quota,
                   int64_t now_s, uint64_t bytes, uint64_t requests);
/* One more extension for whoever saw `taken` of them: so that what is asked twice is given once. False: none
 * is left, or another was taken since. */
bool ledger_extend(struct ledger *l, struct ledger_entry *e, const struct snapshot *s, int quota,
                   int64_t now_s, unsigned taken);
void ledger_use(struct ledger *l, const struct ledger_entry *e, const struct snapshot *s, int quota,
                int64_t now_s, struct quota_use *out);
/* The limits with the extensions that were taken. */
struct quota_amounts quota_limit(const struct quota_def *q, const struct quota_use *use);
/* A limit of the quota is reached. */
bool quota_exhausted(const struct quota_def *q, const struct quota_use *use);
/* The highest percentage of any limit that is used, 0-100 and above. */
unsigned quota_percent(const struct quota_def *q, const struct quota_use *use);
/* [{"quota","title","per","window","subject","bytes","requests","minutes","limit":{...},"extension":{...},
 * "percent","exhausted","resets"}]; quota or subject p NULL: any. */
json_t *ledger_usage(struct ledger *l, const struct snapshot *s, struct sl_str quota, struct sl_str subject,
                     int64_t now_s);
unsigned ledger_reset(struct ledger *l, struct sl_str quota, struct sl_str subject, int64_t now_s);
/* Entries in use, and how often one found no room since the start. */
void ledger_counts(const struct ledger *l, uint64_t *out_entries, uint64_t *out_refused);
void ledger_sync(struct ledger *l);                 /* msync; control thread, every few seconds */
void ledger_sweep(struct ledger *l, int64_t now_s); /* frees entries whose window ended long ago and that
                                                       nobody asked for since; every few minutes */

/* ---- accepted warnings: (user or client, registrable domain, rule) until a time; bounded; survive restart
 * ---- */
struct consents *store_consents(struct store *s);
bool consents_accepted(struct consents *c, struct sl_str who, struct sl_str domain, struct sl_str rule,
                       int64_t now_s); /* lock-free enough for workers */
void consents_accept(struct consents *c, struct sl_str who, struct sl_str domain, struct sl_str rule,
                     int64_t until_s);

/* ---- the whole answer: policy_decide plus what only state knows (accepted warnings, used-up quotas) ---- */
/* Turns verdict->action: WARN that was accepted -> ALLOW/REASON_CONTINUED; ALLOW with an exhausted quota ->
 * QUOTA (or WARN, or only slow_quota, where the quota says so); ALLOW with a quota past `warn_at`, of which
 * this user was not warned in its window -> WARN/REASON_QUOTA_WARNING. Used by the proxy and by explain
 * alike. who: user, else client address as text. */
void judge_standing(struct ledger *l, struct consents *c, const struct snapshot *s, const struct facts *facts,
                    struct verdict *v);
/* Of two exhausted quotas the one that lets less through; -1 is none. */
int quota_slower(const struct snapshot *s, int a, int b);
/* Whether this user saw the warning of this quota in its window; that it was shown. */
bool quota_warned(struct consents *c, const struct facts *facts, const struct quota_def *q);
void quota_note_warned(struct consents *c, const struct snapshot *s, const struct facts *facts,
                       const struct quota_def *q);
/* Subjects under which a quota charges these facts: 1 for user, client and all; each group for group. Returns
 * how many (at most max). Texts live in buf or facts. */
size_t quota_subjects(const struct snapshot *s, int quota, const struct facts *facts, struct sl_str *out,
                      size_t max, char buf[SL_ADDR_TEXT]);

/* {"action","rule","categories","inspect","quota","policy_version","reason","report_only","title",
 * "message","fault","groups","text":SENTENCE,"trace"} for
 * `explain`, API and CLI alike. snapshot NULL: the live one. */
bool store_explain(struct store *s, struct snapshot *snapshot, const struct facts *facts, json_t **out,
                   struct sl_err *err);
/* The same without reasons, for many: {"action","rule","categories","inspect","quota","policy_version",
 * "reason"}. New reference. */
json_t *store_judge(struct store *s, struct snapshot *snapshot, const struct facts *facts);

#endif
