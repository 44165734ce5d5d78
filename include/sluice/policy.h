/* policy.h - front door of policy/: documents, snapshots, decisions. Everything here is pure: no clock, no
 * I/O (the catalogue is a mapping that the caller opened; reading a document loads its time zones), no log. A
 * snapshot is immutable and shared by threads; a scratch belongs to one thread. */
#ifndef SLUICE_POLICY_H
#define SLUICE_POLICY_H

#include <jansson.h>

#include "sluice/facts.h"
#include "sluice/verdict.h"

struct snapshot;
struct policy_scratch;

/* ---- faults: everything wrong with a document, each with a JSON pointer (RFC 6901) ---- */
struct policy_faults {
    struct policy_fault {
        char *pointer; /* "/rules/3/if/category/0" */
        char *message; /* names the value and the remedy */
    } * items;
    size_t count, cap;
};
void policy_faults_add(struct policy_faults *f, const char *pointer, const char *fmt, ...) SL_PRINTF(3, 4);
void policy_faults_fini(struct policy_faults *f);
json_t *policy_faults_json(const struct policy_faults *f); /* [{"pointer","message"}], new reference */

/* ---- what the lists say of a host: policy knows the question, policy/lists the answer (arrows go down) ----
 */
enum { LIST_MATCHES_MAX = 64 };
struct list_match {
    uint16_t list;   /* index of the list in the provider */
    uint16_t labels; /* how many labels of the host the entry covers: the most specific has most */
    uint16_t pieces; /* of the path (a port counts as one) that it covers; 0 without one */
    bool path;       /* a host/path entry */
};
/* The part of the URL's host that the entry covers: the entry itself, but for its path. A view into url. */
struct sl_str list_match_name(const struct sl_url *url, const struct list_match *m);
/* Turns what lists say into the caller's own bits. Names are in sets of lists, of which there are far fewer
 * than names: a row says for one of them which bits to set, and then, for a list with exceptions, which of
 * the last `except_words` to clear again. */
struct list_table {
    size_t words, except_words;
    uint64_t *rows; /* of words + except_words each, as many as provider.rows */
};
/* One version of all compiled lists; immutable, reference counted, any thread. policy/lists/catalogue.c
 * implements it. */
struct list_provider {
    void (*ref)(struct list_provider *p);
    void (*unref)(struct list_provider *p);
    /* Index of a list by name, -1 when there is none. */
    int (*find)(const struct list_provider *p, struct sl_str name);
    size_t count; /* number of lists */
    const char *(*name)(const struct list_provider *p, int list);
    /* Adds to bits[] (count bits, caller-zeroed) each list that holds the host (or a parent, where the list
     * means subdomains), the address, or a prefix of host/path. path is "" for tunnels. Regular expressions
     * of lists come through `expressions`. */
    void (*lookup)(const struct list_provider *p, const struct sl_url *url, uint64_t *bits);
    /* The same in the caller's bits, which are t->words and zeroed: what decisions ask. True when an entry
     * with a path had a say, so that the host alone might be in other lists. */
    bool (*gather)(const struct list_provider *p, const struct sl_url *url, const struct list_table *t,
                   uint64_t *out);
    size_t rows;
    /* Adds to holds[] the lists of a row, to excepts[] those that it takes back (count bits each). */
    void (*row)(const struct list_provider *p, size_t row, uint64_t *holds, uint64_t *excepts);
    /* The same with what matched, most specific first, for explain; returns how many (at most max). */
    size_t (*matches)(const struct list_provider *p, const struct sl_url *url, struct list_match *out,
                      size_t max);
    /* Regexes that lists carry (UT1 `expressions`): index from 0; false at the end. Subject is the URL
     * without scheme. */
    bool (*expression)(const struct list_provider *p, size_t index, int *out_list,
                       struct sl_str *out_pattern);
    /* Changes whenever the content does; for tests and status. */
    uint64_t generation;
};

/* ---- documents ---- */
/* Checks shape, values and references (lists against provider, which may be NULL: then list names are not
 * checked). Every fault found is added; true when there was none. doc is borrowed. */
bool policy_validate(const json_t *doc, const struct list_provider *lists, struct policy_faults *faults);
/* The JSON Schema of documents, new reference. */
json_t *policy_schema(void);
/* What changed, in terms of rules, categories and so on, each with the fewest moves; new reference:
 * [{"op":"add|remove|change|move","path":"/rules/social","kind":"rule","id","title","before","after",
 *   "fields":[{"name","before","after"}],"from","to","text":SENTENCE}] */
json_t *policy_diff(const json_t *before, const json_t *after);
/* Does to `theirs` what `mine` changed in base, by named thing; new reference, whose parts are shared with
 * the three. NULL when both changed the same thing differently: out_conflicts is the list of paths then. */
json_t *policy_merge(const json_t *base, const json_t *mine, const json_t *theirs, json_t **out_conflicts);

/* ---- lint: what a policy may say, but was probably not meant ---- */
/* What only the caller knows; whatever is NULL is not known. Borrowed. */
struct lint_hints {
    int64_t now_s; /* for rules that have ended */
    const json_t
        *hits; /* {"rule id": N}: decided in the last `days` days, of rules that were there all the time */
    unsigned days;
    const json_t *lists;           /* {"list name": entries} */
    const json_t *overlaps;        /* [{"list","within","percent"}]: so much of one list is in another */
    const json_t *missing_parents; /* policy_missing_parents */
    size_t always_run;             /* how many regexes may run on every URL before it is odd; 0: any number */
};
/* [{"code","severity":"warning|info","pointer","rule","message"}], in the order of the checks, at most 1,000;
 * new reference. A rule that is called shadowed, contradictory, duplicate or redundant, or one that never
 * holds, decides no request at all (property tested). */
json_t *policy_lint(const struct snapshot *s, const struct lint_hints *hints);

/* ---- trying a regex before it goes into a policy ----
 * The same rules, limits and case-blindness as in a policy. A probe belongs to one thread. */
struct pattern_probe;
struct pattern_probe_fault {
    char message[200];
    size_t position; /* byte */
};
enum pattern_probe_result { PROBE_NO, PROBE_YES, PROBE_LIMIT }; /* LIMIT: it backtracked too much */
struct pattern_probe *pattern_probe_new(struct sl_str regex,
                                        struct pattern_probe_fault *out); /* NULL: a fault */
void pattern_probe_free(struct pattern_probe **probe);
/* out_start and out_end are bytes of text, set for PROBE_YES. */
enum pattern_probe_result pattern_probe_match(struct pattern_probe *probe, struct sl_str text,
                                              size_t *out_start, size_t *out_end);
/* A text without which nothing matches, lower case; "": there is none, so that it has to run on every URL. */
struct sl_str pattern_probe_literal(const struct pattern_probe *probe);
/* Nanoseconds from anywhere on: time used by this thread is the steadiest. */
typedef int64_t (*policy_clock)(void);
/* What a regex costs on a built-in sample of URLs. Counts are always the same, times are not. */
struct pattern_cost {
    unsigned urls;     /* in the sample */
    unsigned runs;     /* of them, on which it has to run: the others lack a text that it requires */
    unsigned matches;  /* of them */
    unsigned given_up; /* of them, on which it backtracked up to its limit */
    unsigned run_ns;   /* of one run */
    bool always;       /* requires no text, so that it runs on nearly every URL there is */
    bool heavy;        /* given up, on these or on texts made for it to backtrack on */
};
static inline unsigned pattern_cost_url_ns(const struct pattern_cost *cost) /* of a URL, on average */
{
    return (unsigned)((uint64_t)cost->run_ns * cost->runs / cost->urls);
}
/* {"ns","url_ns","urls","runs","matches","class":"cheap|always-run|heavy"}, new reference. */
json_t *pattern_cost_json(const struct pattern_cost *cost);
void pattern_probe_cost(const struct pattern_probe *probe, policy_clock now_ns, struct pattern_cost *out);
/* What people often mean otherwise, as sentences; new reference. */
json_t *pattern_probe_warnings(const struct pattern_probe *probe);

/* ---- the regexes of a policy ----
 * Of a document that compiles. Rules that are switched off do not count. */
/* Adds a fault for each regex that `before` (may be NULL) has not and that is given up on many usual URLs,
 * and one when too many have to run on every request. True when there was none. */
bool policy_refuse_regexes(const json_t *doc, const json_t *before, struct policy_faults *faults);

/* ---- parent proxies ----
 * Rules name them, the settings have them. */
/* Adds a fault for each rule, switched off or not, whose parent is not among names. True when there was none.
 */
bool policy_refuse_parents(const json_t *doc, const char *const *names, size_t count,
                           struct policy_faults *faults);
/* The rules in force with such a parent, whose requests are refused: [{"index","rule","parent"}], new
 * reference. */
json_t *policy_missing_parents(const json_t *doc, const char *const *names, size_t count);

/* ---- snapshots ---- */
/* Validates and compiles; takes its own reference to lists. version is the number that decisions will carry.
 * NULL when there is a fault. */
struct snapshot *snapshot_compile(const json_t *doc, struct list_provider *lists, int64_t version,
                                  struct policy_faults *faults);
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot **s); /* NULL is fine; clears */
int64_t snapshot_version(const struct snapshot *s);
const json_t *snapshot_document(const struct snapshot *s); /* borrowed */
size_t snapshot_category_count(const struct snapshot *s);
struct sl_str snapshot_category_name(const struct snapshot *s, size_t index);
struct sl_str snapshot_category_title(const struct snapshot *s, size_t index); /* the name when it has none */
/* The first second after now_s at which some schedule or the validity of some rule, quota, header rule or
 * inspection rule begins or ends, so that the same request may get another verdict; INT64_MAX: never. */
int64_t snapshot_next_change(const struct snapshot *s, int64_t now_s);
size_t snapshot_rule_count(const struct snapshot *s);
struct sl_str snapshot_rule_id(const struct snapshot *s, int rule);
/* Names of the policy's groups that this user is in; writes at most max, returns how many. */
size_t snapshot_groups_of(const struct snapshot *s, struct sl_str user, struct sl_str *out, size_t max);
bool snapshot_needs_user(
    const struct snapshot *s); /* some rule of any kind or quota asks for user or group */
/* How many regexes of lists could not be used (syntax that PCRE2 refuses); for status. */
size_t snapshot_skipped_expressions(const struct snapshot *s);
/* All regexes with their costs, those of lists too: {"count","always","heavy","url_ns","items":[{"pattern",
 * "subject":"url|schemeless","literal","cost","used_by":[{"kind","id"}]}]}, the dearest first and at most
 * limit of them; new reference. */
json_t *snapshot_regexes(const struct snapshot *s, policy_clock now_ns, size_t limit);

/* Whom a quota or a throttle counts together. */
enum quota_per { QUOTA_PER_USER, QUOTA_PER_CLIENT, QUOTA_PER_GROUP, QUOTA_PER_ALL };
/* How fast the bytes of one of them may flow, both directions together. */
struct rate_def {
    uint64_t bytes_per_s; /* 0: no throttle */
    uint64_t burst;       /* bytes that may pass at once after a rest; a 50th of a second at least */
    enum quota_per per;
};
enum { RATE_TEXT = 32 };
/* "2Mbit/s": the largest unit of bits that gives a whole number. */
const char *rate_text(uint64_t bytes_per_s, char buf[RATE_TEXT]);
enum quota_window { QUOTA_HOUR, QUOTA_DAY, QUOTA_WEEK, QUOTA_MONTH, QUOTA_ROLLING };
struct quota_amounts {
    uint64_t bytes, requests, minutes; /* 0 = none */
};
struct quota_def {
    struct sl_str id, title, message;
    enum quota_per per;
    enum quota_window window;
    int64_t rolling_s; /* length of QUOTA_ROLLING */
    struct quota_amounts limit;
    int64_t idle_gap_s;              /* a pause up to this long counts as minutes of activity */
    struct quota_amounts background; /* a minute with no more than this is not active; 0: has no say */
    unsigned warn_at;                /* percent, 0 = none */
    struct quota_extension {
        struct quota_amounts amounts; /* of one extension */
        uint64_t times;               /* in one window, 0 = none */
    } extension;
    enum action then; /* ACTION_BLOCK, ACTION_WARN, or ACTION_ALLOW with a throttle */
    struct rate_def throttle;
};
size_t snapshot_quota_count(const struct snapshot *s);
const struct quota_def *snapshot_quota(const struct snapshot *s, int quota);
/* The window that holds time_s, in the policy's time zone; out_end is excluded (DST-safe). Of a rolling one:
 * the step of it (quota.h). */
void snapshot_quota_window(const struct snapshot *s, const struct quota_def *q, int64_t time_s,
                           int64_t *out_start, int64_t *out_end);

/* The zone of these windows, and seconds to add to UTC in it. */
struct sl_str snapshot_zone_name(const struct snapshot *s);
int32_t snapshot_zone_offset(const struct snapshot *s, int64_t time_s);
/* Whether some request of this user from this client could be charged to the quota: its conditions on users,
 * groups and networks hold, whatever the rest asks for. */
bool policy_quota_concerns(const struct snapshot *s, struct policy_scratch *scratch,
                           const struct facts *facts, int quota);

/* What a header rule does to a request on its way to the origin: first the fields that `remove` and `set`
 * name go, then `set` is added. Names are tokens that no rule is forbidden to touch; values are printable
 * ASCII. The same for parameters of the URL: those that `query` names go, then its own are added. */
struct header_def {
    struct sl_str id, service; /* service: whose restrictions it uses; "": none's */
    const struct header_field {
        struct sl_str name, value;
    } * set;
    size_t set_count;
    const struct sl_str *remove;
    size_t remove_count;
    const struct header_field *query; /* name: as the origin reads it; value: "name=value", percent-encoded */
    size_t query_count;
    struct sl_str resolve_as; /* the name whose addresses are dialled, in tunnels too; "": the host's own */
};
/* The services that header rules can `use`, as policy/services/ has them: an array, new reference. */
json_t *policy_services(void);
size_t snapshot_header_count(const struct snapshot *s);
const struct header_def *snapshot_header_rule(const struct snapshot *s, int header);

/* The current snapshot of the process: one pointer, swapped by the control side. */
struct policy_live;
struct policy_live *policy_live_new(void);
void policy_live_free(struct policy_live **live);
struct snapshot *policy_live_get(
    struct policy_live *live); /* a new reference, NULL before the first swap; any thread */
void policy_live_swap(struct policy_live *live, struct snapshot *take); /* takes the reference; any thread */
/* Grows with each swap: a worker compares it once per loop turn instead of taking a reference per request.
 * Lock-free. */
uint64_t policy_live_epoch(const struct policy_live *live);

/* ---- decisions ---- */
struct policy_scratch *policy_scratch_new(void); /* match data, JIT stack, buffers of one thread */
void policy_scratch_free(struct policy_scratch **scratch);
/* How often a regex hit its match limit with this scratch, and so was in doubt. */
uint64_t policy_scratch_limits_hit(const struct policy_scratch *scratch);
/* The verdict on facts. Never fails, takes no memory in steady state. */
void policy_decide(const struct snapshot *s, struct policy_scratch *scratch, const struct facts *facts,
                   struct verdict *out);
/* The same walk in words. Returns an array of steps (new reference):
 * {"step":"categories|rule|quota|headers|inspection|exception","id","result":
 * "matched|not-matched|passed-over|report-only|excepted|switched-off","because":TEXT,...}; out is the
 * verdict. */
json_t *policy_explain(const struct snapshot *s, struct policy_scratch *scratch, const struct facts *facts,
                       struct verdict *out);
/* Categories of a URL alone. */
void policy_categories(const struct snapshot *s, struct policy_scratch *scratch, const struct sl_url *url,
                       bool tunnel, struct category_set *out);
/* The entries of the document's categories that hold a URL, excepted or not:
 * [{"category","entry","pointer":"/categories/social/hosts/0"}]. New reference. */
json_t *policy_own_entries(const struct snapshot *s, const struct sl_url *url);
/* Runs the document's tests; every failure becomes a fault "expected warn by social-work, got block by
 * malware". */
bool policy_run_tests(const struct snapshot *s, struct policy_scratch *scratch, int64_t now_s,
                      struct policy_faults *faults, size_t *out_passed);
/* The same, one object for each test:
 * {"index","title","url","user","at","expect","rule","ok","got","got_rule", "message"}; rule null: any or the
 * default, got_rule null: the default. New reference. */
json_t *policy_test_results(const struct snapshot *s, struct policy_scratch *scratch, int64_t now_s,
                            bool *out_passed);
/* Makes the head that a request would be sent with; see proxy_preview. */
typedef bool header_preview(const struct snapshot *s, const struct verdict *v, const struct sl_url *url,
                            struct sl_str request, struct sl_text *out);
/* Tries the header rule of this id ("": each) on requests to hosts that it names, 16 at most, and to
 * neighbours that it must leave alone: [{"rule","use","ok","hosts":HOW
 * MANY,"message","tests":[{"url","neighbour","ok",
 * "inspected","sent":{FIELD:VALUE},"request":LINE,"dialled","message"}]}]. New reference. */
json_t *policy_header_tests(const struct snapshot *s, struct policy_scratch *scratch, struct sl_str rule,
                            int64_t now_s, header_preview *preview);
static inline bool category_set_has(const struct category_set *set, size_t index)
{
    return set->w[index / 64] >> (index % 64) & 1;
}

#endif
