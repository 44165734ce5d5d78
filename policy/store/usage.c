/* usage.c - the ledger as a whole: who has used how much of which quota, and forgetting it. Walks all slots;
 * not for workers. */
#include <stdlib.h>

#include "policy/store/ledger_slot.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { USAGE_MOST = 10000 };

/* The file is checked when it is opened, but a length is looked at before it is believed. */
static struct sl_str quota_field(const struct ledger_slot *e)
{
    return sl_str(e->quota, SL_MIN(e->quota_n, (uint8_t)QUOTA_FIELD));
}

static struct sl_str subject_field(const struct ledger_slot *e)
{
    return sl_str(e->subject, SL_MIN(e->subject_n, (uint8_t)SUBJECT_FIELD));
}

/* Which slots a caller means: by the fields as they are stored, so that long texts compare too. */
struct choice {
    bool any_quota, any_subject;
    char quota[QUOTA_FIELD], subject[SUBJECT_FIELD];
    uint8_t quota_n, subject_n;
};

static struct choice choice_of(struct sl_str quota, struct sl_str subject)
{
    struct choice c = {.any_quota = !quota.p, .any_subject = !subject.p};
    c.quota_n = subject_store(quota, c.quota, QUOTA_FIELD);
    c.subject_n = subject_store(subject, c.subject, SUBJECT_FIELD);
    return c;
}

static bool chosen(const struct choice *c, const struct ledger_slot *e)
{
    struct sl_str quota = sl_str(c->quota, c->quota_n), subject = sl_str(c->subject, c->subject_n);
    return (c->any_quota || sl_str_eq(quota, quota_field(e))) &&
           (c->any_subject || sl_str_eq(subject, subject_field(e)));
}

/* The quota of the snapshot that a slot counts for, -1 when the policy has it no more (or with another
 * window). */
static int quota_of(const struct snapshot *s, const struct ledger_slot *e)
{
    for (size_t i = 0; i < snapshot_quota_count(s); i++) {
        const struct quota_def *q = snapshot_quota(s, (int)i);
        char field[QUOTA_FIELD];
        uint8_t n = subject_store(q->id, field, QUOTA_FIELD);
        if ((uint8_t)q->window == e->window && (uint32_t)q->rolling_s == e->rolling_s &&
            sl_str_eq(sl_str(field, n), quota_field(e)))
            return (int)i;
    }
    return -1;
}

struct usage_row {
    uint32_t index;
    int quota;
    unsigned percent;
    struct quota_use use;
    char subject[SUBJECT_FIELD];
    uint8_t subject_n;
};

static bool usage_row(struct ledger *l, const struct snapshot *s, uint32_t index, const struct choice *c,
                      int64_t now_s, struct usage_row *out)
{
    struct slot_ref ref;
    if (!slots_ref_at(l->slots, index, &ref))
        return false;
    const struct ledger_slot *e = slots_enter(l->slots, ref);
    if (!e)
        return false;
    out->quota = chosen(c, e) ? quota_of(s, e) : -1;
    if (out->quota >= 0 && !ledger_slot_read(e, snapshot_quota(s, out->quota), now_s, &out->use))
        out->quota = -1;
    memcpy(out->subject, e->subject, SUBJECT_FIELD);
    out->subject_n = (uint8_t)subject_field(e).n;
    slots_leave(l->slots, ref);
    if (out->quota < 0)
        return false;
    out->percent = quota_percent(snapshot_quota(s, out->quota), &out->use);
    return true;
}

/* Most used first, then by name. */
static int compare_rows(const void *a, const void *b)
{
    const struct usage_row *x = a, *y = b;
    if (x->percent != y->percent)
        return x->percent < y->percent ? 1 : -1;
    if (x->quota != y->quota)
        return x->quota - y->quota;
    return sl_str_cmp(sl_str(x->subject, x->subject_n), sl_str(y->subject, y->subject_n));
}

static json_t *amounts_json(const struct quota_amounts *a)
{
    json_t *amounts = json_object();
    if (a->bytes)
        json_object_set_new(amounts, "bytes", json_integer((json_int_t)a->bytes));
    if (a->requests)
        json_object_set_new(amounts, "requests", json_integer((json_int_t)a->requests));
    if (a->minutes)
        json_object_set_new(amounts, "minutes", json_integer((json_int_t)a->minutes));
    return amounts;
}

/* How much one extension gives, how often it may be taken and was; null when the policy grants none. */
static json_t *extension_json(const struct quota_def *q, const struct quota_use *use)
{
    if (!q->extension.times)
        return json_null();
    json_t *extension = amounts_json(&q->extension.amounts);
    json_object_set_new(extension, "times", json_integer((json_int_t)q->extension.times));
    json_object_set_new(extension, "taken", json_integer(use->extensions));
    return extension;
}

static json_t *window_json(const struct quota_def *q)
{
    char text[SL_RFC3339_TEXT];
    if (q->window == QUOTA_ROLLING)
        return json_pack("{s:s}", "rolling", sl_duration_text(q->rolling_s * 1000, text));
    return json_string(quota_window_words[q->window]);
}

static json_t *row_json(const struct snapshot *s, const struct usage_row *r)
{
    const struct quota_def *q = snapshot_quota(s, r->quota);
    struct quota_amounts limit = quota_limit(q, &r->use);
    char resets[SL_RFC3339_TEXT];
    return json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:i, s:b, s:s}", "quota", subject_json(q->id),
        "title", subject_json(q->title), "per", quota_per_words[q->per], "window", window_json(q), "subject",
        subject_json(sl_str(r->subject, r->subject_n)), "bytes", (json_int_t)r->use.bytes, "requests",
        (json_int_t)r->use.requests, "minutes", (json_int_t)r->use.minutes, "limit", amounts_json(&limit),
        "extension", extension_json(q, &r->use), "percent", (int)SL_MIN(r->percent, 1000000u), "exhausted",
        (int)quota_exhausted(q, &r->use), "resets", sl_rfc3339(r->use.window_end_s * 1000000, resets));
}

json_t *ledger_usage(struct ledger *l, const struct snapshot *s, struct sl_str quota, struct sl_str subject,
                     int64_t now_s)
{
    struct choice choice = choice_of(quota, subject);
    struct usage_row *rows = NULL, row;
    size_t count = 0, cap = 0;
    for (uint32_t i = 0; i < slots_count(l->slots); i++) {
        if (!usage_row(l, s, i, &choice, now_s, &row))
            continue;
        SL_GROW(rows, count, &cap);
        rows[count++] = row;
    }
    if (count)
        qsort(rows, count, sizeof *rows, compare_rows);
    json_t *out = json_array();
    for (size_t i = 0; i < count && i < USAGE_MOST; i++)
        json_array_append_new(out, row_json(s, &rows[i]));
    free(rows);
    return out;
}

unsigned ledger_reset(struct ledger *l, struct sl_str quota, struct sl_str subject, int64_t now_s)
{
    struct choice choice = choice_of(quota, subject);
    unsigned reset = 0;
    for (uint32_t i = 0; i < slots_count(l->slots); i++) {
        struct slot_ref ref;
        struct ledger_slot *e = slots_ref_at(l->slots, i, &ref) ? slots_enter_alone(l->slots, ref) : NULL;
        if (!e)
            continue;
        if (chosen(&choice, e) && !ledger_slot_over(e, now_s)) {
            ledger_slot_clear(e);
            reset++;
        }
        slots_leave_alone(l->slots, ref);
    }
    return reset;
}
