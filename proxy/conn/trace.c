/* trace.c - see trace.h. */
#include "proxy/conn/trace.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proxy/conn/txn.h"
#include "sluice/clock.h"

enum { LINES = 2048, LINE_BYTES = 480 };

struct line {
    int64_t wall_us;
    uint64_t connection;
    unsigned worker;
    char request[REQUEST_ID_TEXT]; /* "": none */
    char text[LINE_BYTES];
};

/* The lines [next - LINES, next) of one client; number n stands at (n - 1) % LINES. */
struct ring {
    bool used;
    struct sl_addr client;
    int64_t began_us, ends_us; /* wall; monotonic */
    uint64_t next;             /* number of the next line; the first is 1 */
    struct line *lines;
};

struct tracer_inside {
    pthread_mutex_t lock;
    struct ring rings[TRACE_CLIENTS];
};

void tracer_init(struct tracer *t)
{
    t->inside = sl_calloc(1, sizeof *t->inside);
    pthread_mutex_init(&t->inside->lock, NULL);
    atomic_init(&t->count, 0);
}

static void ring_end(struct tracer *t, struct ring *r)
{
    free(r->lines);
    *r = (struct ring){0};
    atomic_fetch_sub_explicit(&t->count, 1, memory_order_relaxed);
}

void tracer_fini(struct tracer *t)
{
    if (!t->inside)
        return;
    for (size_t i = 0; i < TRACE_CLIENTS; i++)
        if (t->inside->rings[i].used)
            ring_end(t, &t->inside->rings[i]);
    pthread_mutex_destroy(&t->inside->lock);
    sl_freep(&t->inside);
}

/* Under the lock. Those whose time is over end here, whoever asks. */
static struct ring *find(struct tracer *t, struct sl_addr client)
{
    struct ring *found = NULL;
    int64_t now_us = sl_monotonic_us();
    for (size_t i = 0; i < TRACE_CLIENTS; i++) {
        struct ring *r = &t->inside->rings[i];
        if (r->used && now_us >= r->ends_us)
            ring_end(t, r);
        else if (r->used && sl_addr_eq(r->client, client))
            found = r;
    }
    return found;
}

bool tracer_wants(struct tracer *t, struct sl_addr client)
{
    pthread_mutex_lock(&t->inside->lock);
    bool wants = find(t, client) != NULL;
    pthread_mutex_unlock(&t->inside->lock);
    return wants;
}

static struct ring *begin(struct tracer *t, struct sl_addr client)
{
    for (size_t i = 0; i < TRACE_CLIENTS; i++) {
        struct ring *r = &t->inside->rings[i];
        if (r->used)
            continue;
        *r = (struct ring){.used = true, .client = client, .began_us = sl_wall_us(), .next = 1};
        r->lines = sl_calloc(LINES, sizeof *r->lines);
        atomic_fetch_add_explicit(&t->count, 1, memory_order_relaxed);
        return r;
    }
    return NULL;
}

static json_t *line_json(const struct line *l, uint64_t number)
{
    char time[SL_RFC3339_TEXT];
    return json_pack("{s:I,s:s,s:I,s:I,s:s?,s:s}", "number", (json_int_t)number, "time",
                     sl_rfc3339(l->wall_us, time), "worker", (json_int_t)l->worker, "connection",
                     (json_int_t)l->connection, "request", l->request[0] ? l->request : NULL, "text",
                     l->text);
}

static json_t *read_ring(const struct ring *r, uint64_t after, const char *client)
{
    json_t *lines = json_array();
    uint64_t oldest = r->next > LINES ? r->next - LINES : 1, from = SL_MAX(oldest, after + 1);
    uint64_t to = SL_MIN(r->next, from + TRACE_READ_MOST);
    for (uint64_t n = from; n < to; n++)
        json_array_append_new(lines, line_json(&r->lines[(n - 1) % LINES], n));
    return json_pack("{s:s,s:o,s:I,s:I}", "client", client, "lines", lines, "next",
                     (json_int_t)(SL_MAX(to, from) - 1), "lost", (json_int_t)(from - after - 1));
}

json_t *tracer_answer(struct tracer *t, const struct trace_query *q)
{
    char client[SL_ADDR_TEXT], began[SL_RFC3339_TEXT];
    json_t *answer = NULL;
    sl_addr_text(q->client, client);
    pthread_mutex_lock(&t->inside->lock);
    struct ring *r = find(t, q->client);
    if (!r && q->what == TRACE_BEGIN)
        r = begin(t, q->client);
    if (r)
        r->ends_us = sl_monotonic_us() + (int64_t)TRACE_LASTS_S * 1000000;
    if (r && q->what == TRACE_READ)
        answer = read_ring(r, SL_MIN(q->after, r->next - 1), client);
    else if (r)
        answer = json_pack("{s:s,s:s,s:i}", "client", client, "began", sl_rfc3339(r->began_us, began),
                           "lasts_s", (int)TRACE_LASTS_S);
    if (r && q->what == TRACE_END)
        ring_end(t, r);
    pthread_mutex_unlock(&t->inside->lock);
    return answer;
}

/* What comes from the network may hold anything: a line is one line of printable text. */
static void clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            *text = '?';
}

void conn_trace_line(const struct conn *c, const char *fmt, ...)
{
    struct tracer *t = c->plane->tracer;
    struct line l = {.wall_us = sl_wall_us(), .connection = c->number, .worker = c->plane->worker};
    va_list args;
    va_start(args, fmt);
    vsnprintf(l.text, sizeof l.text, fmt, args);
    va_end(args);
    clean(l.text);
    if (c->txn)
        request_id_text(c->txn->id, l.request);
    pthread_mutex_lock(&t->inside->lock);
    struct ring *r = find(t, c->client.addr);
    if (r)
        r->lines[(r->next++ - 1) % LINES] = l;
    pthread_mutex_unlock(&t->inside->lock);
}
