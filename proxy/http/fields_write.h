/* fields_write.h - what both builders of heads share: the table of fates, what takes a field away, and a pen.
 * Private to proxy/http. */
#ifndef PROXY_HTTP_FIELDS_WRITE_H
#define PROXY_HTTP_FIELDS_WRITE_H

#include "proxy/http/fields.h"

/* What becomes of a known field on its way. FIELD_OTHER and what is not here pass. */
enum fate {
    FATE_PASS,
    FATE_HOP,      /* hop-by-hop: never passes */
    FATE_MADE,     /* written anew by the builders, from what was parsed */
    FATE_FORWARD,  /* tells the client's address: as forwarded_for says */
    FATE_TRAILERS, /* makes sense only while chunks stay chunks */
    FATE_LOOP,     /* our marker: towards parents only */
    FATE_ELSEWHERE /* where else an origin is: of an answer only what leads through us */
};
extern const uint8_t fields_fates[FIELD_ID_COUNT];

/* A rule changes the field, or Connection names it: it does not pass. */
bool fields_taken_away(const struct head *h, const struct head_field *f, const struct fields_edit *edits,
                       size_t edit_count);
static inline bool fields_stays(const struct head *h, const struct head_field *f,
                                const struct fields_edit *edits, size_t edit_count)
{
    bool plain = edit_count == 0 && !(h->connection & CONN_OPT_OTHER); /* nearly always */
    return SL_LIKELY(plain) || !fields_taken_away(h, f, edits, edit_count);
}
/* Bytes that suffice for what rules set. */
size_t fields_edits_bound(const struct fields_edit *edits, size_t count);

/* ---- writing ---- */

struct out {
    char *p;
};

static inline void add(struct out *o, struct sl_str s)
{
    memcpy(o->p, s.p, s.n);
    o->p += s.n;
}

#define ADD(o, literal) add(o, SL_STR(literal))

static inline void add_u64(struct out *o, uint64_t v)
{
    char digits[20];
    size_t n = 0;
    do
        digits[sizeof digits - ++n] = (char)('0' + v % 10);
    while (v /= 10);
    add(o, sl_str(digits + sizeof digits - n, n));
}

static inline void add_field(struct out *o, struct sl_str name, struct sl_str value)
{
    add(o, name);
    ADD(o, ": ");
    add(o, value);
    ADD(o, "\r\n");
}

/* As it came where it came tidily, which is nearly always: one copy. */
static inline void copy_field(struct out *o, const struct head *h, const struct head_field *f)
{
    const char *name = h->base + f->name;
    if (f->value == f->name + f->name_n + 2u && name[f->name_n + 1] == ' ') {
        add(o, sl_str(name, f->name_n + 2u + f->value_n));
        ADD(o, "\r\n");
    } else {
        add_field(o, head_name(h, f), head_value(h, f));
    }
}

static inline void add_via(struct out *o, const struct fields_self *self, uint8_t minor)
{
    if (self->via)
        add(o, sl_str(self->via_line[minor], sizeof self->via_line[minor] - 1));
}

/* What rules set. */
void fields_add_edits(struct out *o, const struct fields_edit *edits, size_t count);

#endif
