/* fields.c - see fields.h. Which fields pass is one table; fields_request.c and fields_response.c walk a head
 * once and copy what does. */
#include "proxy/http/fields.h"

#include <stdio.h>

#include "base/crypto.h"
#include "proxy/http/fields_write.h"
#include "proxy/http/scan.h"

const uint8_t fields_fates[FIELD_ID_COUNT] = {
    [FIELD_CONNECTION] = FATE_HOP,
    [FIELD_KEEP_ALIVE] = FATE_HOP,
    [FIELD_PROXY_CONNECTION] = FATE_HOP,
    [FIELD_PROXY_AUTHENTICATE] = FATE_HOP,
    [FIELD_PROXY_AUTHENTICATION_INFO] = FATE_HOP,
    [FIELD_PROXY_AUTHORIZATION] = FATE_HOP,
    [FIELD_HTTP2_SETTINGS] = FATE_HOP,
    [FIELD_TE] = FATE_HOP,
    [FIELD_UPGRADE] = FATE_HOP,
    [FIELD_LOOKALIKE] = FATE_HOP,
    [FIELD_EXPECT] = FATE_MADE,
    [FIELD_TRANSFER_ENCODING] = FATE_MADE,
    [FIELD_CONTENT_LENGTH] = FATE_MADE,
    [FIELD_HOST] = FATE_MADE,
    [FIELD_FORWARDED] = FATE_FORWARD,
    [FIELD_X_FORWARDED_FOR] = FATE_FORWARD,
    [FIELD_X_REAL_IP] = FATE_FORWARD,
    [FIELD_TRAILER] = FATE_TRAILERS,
    [FIELD_X_SLUICE_LOOP] = FATE_LOOP,
    [FIELD_ALT_SVC] = FATE_ELSEWHERE,
    [FIELD_ALTERNATE_PROTOCOL] = FATE_ELSEWHERE,
};

bool field_hop_by_hop(enum field_id id)
{
    return fields_fates[id] == FATE_HOP || id == FIELD_TRANSFER_ENCODING;
}

bool field_trailer_allowed(enum field_id id, struct sl_str name)
{
    static const struct sl_str denied[] = {{"Pragma", 6},
                                           {"Age", 3},
                                           {"Expires", 7},
                                           {"Vary", 4},
                                           {"Warning", 7},
                                           {"If-Match", 8},
                                           {"If-None-Match", 13},
                                           {"If-Range", 8},
                                           {"If-Unmodified-Since", 19},
                                           {"X-Forwarded-Host", 16},
                                           {"X-Forwarded-Proto", 17}};
    /* Of the names that we know none is of use in a trailer: they frame, route, authenticate, or describe the
     * content. */
    if (id != FIELD_OTHER)
        return false;
    for (size_t i = 0; i < SL_COUNT(denied); i++)
        if (sl_str_ieq(name, denied[i]))
            return false;
    return true;
}

void fields_self_init(struct fields_self *self, const uint8_t secret[32], bool via, enum forwarded_for mode)
{
    uint8_t digest[32];
    uint64_t random;
    *self = (struct fields_self){.via = via, .forwarded_for = mode};
    crypto_hmac_sha256(sl_str((const char *)secret, 32), SL_STR("via pseudonym"), digest);
    snprintf(self->pseudonym, sizeof self->pseudonym, "sluice-%02x%02x%02x%02x", digest[0], digest[1],
             digest[2], digest[3]);
    static const char *const begins[] = {"Via: 1.0 ", "Via: 1.1 ", "Via: 2.0 "};
    for (size_t minor = 0; minor < SL_COUNT(begins); minor++) {
        memcpy(self->via_line[minor], begins[minor], 9);
        memcpy(self->via_line[minor] + 9, self->pseudonym, FIELDS_PSEUDONYM);
        memcpy(self->via_line[minor] + 9 + FIELDS_PSEUDONYM, "\r\n", 3);
    }
    crypto_random(&random, sizeof random);
    snprintf(self->marker, sizeof self->marker, "%016llx", (unsigned long long)random);
}

/* "1.1 name (comment)" or "HTTP/1.1 name": the second word. */
static struct sl_str received_by(struct sl_str hop)
{
    size_t space = sl_str_find(hop, ' ');
    struct sl_str rest = scan_trim(sl_str_sub(hop, space, hop.n));
    return sl_str(rest.p, sl_str_find(rest, ' '));
}

static bool loop_in_via(const struct fields_self *self, struct sl_str value, unsigned *hops)
{
    struct sl_str hop, own = sl_cstr(self->pseudonym);
    while (scan_element(&value, &hop))
        if (++*hops > FIELDS_VIA_HOPS_MAX || sl_str_ieq(received_by(hop), own))
            return true;
    return false;
}

bool fields_loop(const struct fields_self *self, const struct head *h)
{
    unsigned hops = 0;
    if (!head_has(h, FIELD_VIA) && !head_has(h, FIELD_X_SLUICE_LOOP))
        return false;
    for (unsigned i = 0; i < h->field_count; i++)
        if (h->fields[i].id == FIELD_VIA && loop_in_via(self, head_value(h, &h->fields[i]), &hops))
            return true;
    return head_has_token(h, FIELD_X_SLUICE_LOOP, sl_cstr(self->marker));
}

int fields_max_forwards(const struct head *h)
{
    uint64_t hops;
    if ((h->method != METHOD_TRACE && h->method != METHOD_OPTIONS) || !head_has(h, FIELD_MAX_FORWARDS))
        return -1;
    bool fits = sl_str_u64(head_get(h, FIELD_MAX_FORWARDS), FIELDS_MAX_FORWARDS, &hops);
    return fits ? (int)hops : FIELDS_MAX_FORWARDS;
}

/* ---- what takes a field away ---- */

/* The Connection field of this message names the field, so it ends here. Fields that frame, route or guard a
 * message can't be nominated away: they are written by ourselves, or a client could strip what the next hop
 * relies on. */
static bool nominated(const struct head *h, const struct head_field *f)
{
    if (f->id == FIELD_VIA || f->id == FIELD_X_SLUICE_LOOP || f->id == FIELD_CACHE_CONTROL ||
        fields_fates[f->id] == FATE_MADE || fields_fates[f->id] == FATE_FORWARD)
        return false;
    return head_has_token(h, FIELD_CONNECTION, head_name(h, f));
}

/* The same name to whom '_' and '-' are one: what a rule takes away must not come back spelled otherwise. */
static bool reads_as(struct sl_str a, struct sl_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        char x = a.p[i] == '_' ? '-' : sl_lower(a.p[i]), y = b.p[i] == '_' ? '-' : sl_lower(b.p[i]);
        if (x != y)
            return false;
    }
    return true;
}

static bool edited(const struct fields_edit *edits, size_t count, struct sl_str name)
{
    for (size_t i = 0; i < count; i++)
        if (reads_as(edits[i].name, name))
            return true;
    return false;
}

/* Rules may set or remove anything but what the next hop reads the message by, and how far it goes. */
static bool editable(enum field_id id)
{
    return fields_fates[id] != FATE_HOP && fields_fates[id] != FATE_MADE && id != FIELD_VIA &&
           id != FIELD_X_SLUICE_LOOP && id != FIELD_MAX_FORWARDS && id != FIELD_TRAILER;
}

bool fields_taken_away(const struct head *h, const struct head_field *f, const struct fields_edit *edits,
                       size_t edit_count)
{
    bool by_rule = editable(f->id) && edited(edits, edit_count, head_name(h, f));
    return by_rule || ((h->connection & CONN_OPT_OTHER) && nominated(h, f));
}

void fields_add_edits(struct out *o, const struct fields_edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (edits[i].value.p && editable(field_id_of(edits[i].name)))
            add_field(o, edits[i].name, edits[i].value);
}

size_t fields_edits_bound(const struct fields_edit *edits, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += edits[i].name.n + edits[i].value.n + sizeof ": \r\n";
    return n;
}
