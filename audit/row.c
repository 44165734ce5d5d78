/* row.c - see audit/row.h. */
#include "audit/row.h"

#include "audit/json.h"
#include "audit/pack.h"
#include "audit/record.h"

enum column {
    ID,
    TIME,
    DURATION,
    TIMING,
    CLIENT,
    USER,
    GROUPS,
    CLIENT_PORT,
    METHOD,
    SCHEME,
    HOST,
    PORT,
    PATH,
    QUERY,
    ACTION,
    RULE,
    REASON,
    QUOTA,
    ERROR,
    PARENT,
    STATUS,
    POLICY_VERSION,
    CATEGORIES,
    REPORT_ONLY,
    TLS_INSPECTED,
    TLS_FIRST,
    BYTES_IN = TLS_FIRST + TLS_TEXTS,
    BYTES_OUT,
    UPSTREAM,
    FLAGS,
    CONTENT_TYPE,
    REFERRER,
    USER_AGENT
};

/* Left joins, so that the walk over ids stays the outer loop. */
const char row_select[] =
    "SELECT r.id, r.time, r.duration, r.timing,"
    " w.client, w.user, w.groups, r.client_port,"
    " t.method, t.scheme, t.host, t.port, r.path, r.query,"
    " o.action, o.rule, o.reason, o.quota, o.error, o.parent, o.status, o.policy_version, o.categories,"
    " o.report_only,"
    " x.inspected, x.version, x.cipher, x.sni, x.fault, x.issuer, x.exception, x.origin_version,"
    " x.origin_cipher,"
    " r.bytes_in, r.bytes_out, r.upstream, r.flags,"
    " c.text, r.referrer, a.text"
    " FROM requests r LEFT JOIN whos w ON w.id = r.who LEFT JOIN targets t ON t.id = r.target"
    " LEFT JOIN outcomes o ON o.id = r.outcome LEFT JOIN tls x ON x.id = r.tls"
    " LEFT JOIN texts c ON c.id = r.content_type LEFT JOIN texts a ON a.id = r.user_agent";

static void read_request(struct db_stmt *s, struct record *r)
{
    r->id = (uint64_t)db_column_int(s, ID);
    r->time_us = db_column_int(s, TIME);
    r->duration_us = (uint64_t)db_column_int(s, DURATION);
    timing_unpack(db_column_blob(s, TIMING), &r->timing);
    r->client = unpack_addr(db_column_blob(s, CLIENT));
    r->client_port = (uint16_t)db_column_int(s, CLIENT_PORT);
    r->user = db_column_text(s, USER);
    r->method = db_column_text(s, METHOD);
    r->scheme = db_column_text(s, SCHEME);
    r->host = db_column_text(s, HOST);
    r->port = (uint16_t)db_column_int(s, PORT);
    r->path = db_column_text(s, PATH);
    r->query = db_column_text(s, QUERY);
}

static void read_outcome(struct db_stmt *s, struct record *r)
{
    int64_t action = db_column_int(s, ACTION);
    r->action = action >= ACTION_ALLOW && action <= ACTION_ERROR ? (enum action)action : ACTION_ERROR;
    r->rule = db_column_text(s, RULE);
    r->reason = db_column_text(s, REASON);
    r->quota = db_column_text(s, QUOTA);
    r->error = db_column_text(s, ERROR);
    r->parent = db_column_text(s, PARENT);
    r->status = (uint16_t)db_column_int(s, STATUS);
    r->policy_version = db_column_int(s, POLICY_VERSION);
}

static void read_transfer(struct db_stmt *s, struct record *r)
{
    int64_t flags = db_column_int(s, FLAGS);
    r->tls.inspected = db_column_int(s, TLS_INSPECTED);
    for (int i = 0; i < TLS_TEXTS; i++)
        tls_set_text(&r->tls, (size_t)i, db_column_text(s, TLS_FIRST + i));
    r->bytes_in = (uint64_t)db_column_int(s, BYTES_IN);
    r->bytes_out = (uint64_t)db_column_int(s, BYTES_OUT);
    r->upstream = unpack_endpoint(db_column_blob(s, UPSTREAM));
    r->reused = flags & ROW_REUSED;
    r->truncated = flags & ROW_TRUNCATED;
    r->http = (enum record_http)(flags >> ROW_HTTP_SHIFT & ROW_HTTP_MASK);
    r->content_type = db_column_text(s, CONTENT_TYPE);
    r->referrer = db_column_text(s, REFERRER);
    r->user_agent = db_column_text(s, USER_AGENT);
}

void row_read(struct db_stmt *s, struct row *out)
{
    out->r = (struct record){0};
    read_request(s, &out->r);
    read_outcome(s, &out->r);
    read_transfer(s, &out->r);
    out->groups = db_column_text(s, GROUPS);
    out->categories = db_column_text(s, CATEGORIES);
    out->report_only = db_column_text(s, REPORT_ONLY);
}

/* An array of names, or NULL. */
static json_t *read_names(struct sl_str text)
{
    return text.p ? json_loadb(text.p, text.n, 0, NULL) : NULL;
}

json_t *row_to_json(struct db_stmt *s)
{
    struct row row;
    row_read(s, &row);
    json_t *groups = read_names(row.groups), *categories = read_names(row.categories),
           *reports = read_names(row.report_only);
    json_t *item = record_to_json_with(&row.r, groups, categories, reports);
    json_decref(groups);
    json_decref(categories);
    json_decref(reports);
    return item;
}
