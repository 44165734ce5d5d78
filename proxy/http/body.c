/* body.c - see body.h. Framing bytes go one at a time through a table of states, payload in runs.
 *
 *     SIZE -> [EXT ..] -> SIZE_LF -> DATA -> DATA_CR -> DATA_LF -> SIZE      chunk of n > 0
 *                                 -> TRAILER -> (TRAILER_LINE ..) -> END_LF -> DONE   chunk of 0 */
#include "proxy/http/body.h"

#include <stdlib.h>

#include "proxy/http/fields.h"
#include "proxy/http/scan.h"

enum state {
    S_SIZE,     /* hex digits */
    S_EXT_WAIT, /* spaces behind the size: only an extension may follow */
    S_EXT,
    S_QUOTED,
    S_ESCAPED,
    S_SIZE_LF,
    S_DATA,
    S_DATA_CR,
    S_DATA_LF,
    S_TRAILER, /* at the begin of a trailer line; from here on bytes are withheld */
    S_TRAILER_LINE,
    S_TRAILER_LF,
    S_END_LF,
    S_DONE,
    S_DONE_RELAYED /* the same, and the relayed bytes had the end in them: no tail */
};

/* Allowed trailer lines one after another, then the line that is being read. */
struct body_trailer {
    uint32_t seen; /* bytes of the section, dropped fields too */
    uint32_t kept; /* bytes of `text` that are kept */
    uint32_t n;    /* kept and the current line */
    char text[BODY_TRAILER_MAX + sizeof "\r\n"];
};

const char *body_fault_word(enum body_fault f)
{
    static const char *const words[] = {
        [BODY_OK] = "ok",
        [BODY_BAD_SIZE] = "chunk-size",
        [BODY_BAD_EXTENSION] = "chunk-extension",
        [BODY_BAD_LINE_END] = "chunk-line-end",
        [BODY_BAD_TRAILER] = "trailer",
        [BODY_TOO_LARGE] = "too-large",
        [BODY_CUT] = "cut",
    };
    sl_assert((unsigned)f < SL_COUNT(words));
    return words[f];
}

void body_init(struct body *b, enum body_kind kind, uint64_t length)
{
    *b = (struct body){.kind = kind, .left = kind == BODY_LENGTH ? length : 0};
    if (kind == BODY_NONE || (kind == BODY_LENGTH && length == 0))
        b->state = S_DONE;
    else
        b->state = kind == BODY_CHUNKED ? S_SIZE : S_DATA;
}

void body_fini(struct body *b)
{
    free(b->trailer);
    b->trailer = NULL;
}

bool body_ended(const struct body *b)
{
    return b->state >= S_DONE;
}

static void fail(struct body *b, enum body_fault f)
{
    b->fault = f;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = sl_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Sizes beyond 2^60 are nonsense; keeping below leaves no room for wrap-around here or at a peer. */
static void size_byte(struct body *b, char c)
{
    int digit = hex_digit(c);
    if (digit >= 0) {
        if (b->left >> 56 || b->digits == 16)
            return fail(b, BODY_BAD_SIZE);
        b->left = b->left << 4 | (unsigned)digit;
        b->digits++;
        return;
    }
    if (b->digits == 0)
        return fail(b, BODY_BAD_SIZE);
    if (c == '\r')
        b->state = S_SIZE_LF;
    else if (c == ';')
        b->state = S_EXT;
    else if (c == ' ' || c == '\t')
        b->state = S_EXT_WAIT;
    else
        fail(b, BODY_BAD_SIZE);
}

/* Extensions are read over, not understood. Bytes that someone could take for the end of the line are
 * refused. */
static void extension_byte(struct body *b, char c)
{
    bool control = ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
    if (++b->extensions > BODY_EXTENSIONS_MAX)
        return fail(b, BODY_TOO_LARGE);
    if (b->state == S_EXT_WAIT) {
        if (c == ';')
            b->state = S_EXT;
        else if (c != ' ' && c != '\t')
            fail(b, BODY_BAD_EXTENSION);
    } else if (b->state == S_EXT) {
        if (c == '\r')
            b->state = S_SIZE_LF;
        else if (c == '"')
            b->state = S_QUOTED;
        else if (!scan_token[(unsigned char)c] && c != ';' && c != '=' && c != ' ' && c != '\t')
            fail(b, BODY_BAD_EXTENSION);
    } else if (control) {
        fail(b, BODY_BAD_EXTENSION);
    } else if (b->state == S_ESCAPED) {
        b->state = S_QUOTED;
    } else if (c == '\\') {
        b->state = S_ESCAPED;
    } else if (c == '"') {
        b->state = S_EXT;
    }
}

static void size_line_ends(struct body *b, char c)
{
    if (c != '\n')
        return fail(b, BODY_BAD_LINE_END);
    b->state = b->left > 0 ? S_DATA : S_TRAILER;
    b->line = 0;
    b->digits = 0;
}

static void trailer_keep(struct body *b, char c)
{
    if (!b->trailer)
        b->trailer = sl_calloc(1, sizeof *b->trailer);
    if (++b->trailer->seen > BODY_TRAILER_MAX)
        return fail(b, BODY_TOO_LARGE);
    b->trailer->text[b->trailer->n++] = c;
}

/* The current line is whole: keep it if it is an allowed field. */
static void trailer_line_ends(struct body *b)
{
    struct body_trailer *t = b->trailer;
    struct sl_str line = sl_str(t->text + t->kept, t->n - t->kept);
    struct sl_str name = sl_str(line.p, sl_str_find(line, ':'));
    if (name.n == line.n || !scan_is_token(name))
        return fail(b, BODY_BAD_TRAILER);
    if (!b->no_trailers && field_trailer_allowed(field_id_of(name), name)) {
        memcpy(t->text + t->n, "\r\n", 2);
        t->n += 2;
        t->seen += 2; /* so that `text` has room for what is kept: seen >= n */
        if (t->seen > BODY_TRAILER_MAX)
            return fail(b, BODY_TOO_LARGE);
        t->kept = t->n;
    } else {
        t->n = t->kept;
    }
    b->state = S_TRAILER;
}

static void trailer_byte(struct body *b, char c)
{
    bool control = ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
    if (c == '\r')
        b->state = b->state == S_TRAILER ? S_END_LF : S_TRAILER_LF;
    else if (control)
        fail(b, BODY_BAD_TRAILER);
    else {
        b->state = S_TRAILER_LINE;
        trailer_keep(b, c);
    }
}

static void end_byte(struct body *b, char c)
{
    if (c != '\n')
        return fail(b, BODY_BAD_LINE_END);
    if (b->trailer) {
        memcpy(b->trailer->text + b->trailer->kept, "\r\n", 2);
        b->trailer->n = b->trailer->kept + 2;
    }
    b->state = S_DONE;
}

static void expect(struct body *b, char c, char wanted, enum state next)
{
    if (c == wanted)
        b->state = next;
    else
        fail(b, BODY_BAD_LINE_END);
}

/* One byte of chunked framing. */
static void frame_byte(struct body *b, char c)
{
    if (b->state <= S_ESCAPED && ++b->line > BODY_CHUNK_LINE_MAX)
        return fail(b, BODY_TOO_LARGE);
    switch ((enum state)b->state) {
    case S_SIZE:
        return size_byte(b, c);
    case S_EXT_WAIT:
    case S_EXT:
    case S_QUOTED:
    case S_ESCAPED:
        return extension_byte(b, c);
    case S_SIZE_LF:
        return size_line_ends(b, c);
    case S_DATA_CR:
        return expect(b, c, '\r', S_DATA_LF);
    case S_DATA_LF:
        return expect(b, c, '\n', S_SIZE);
    case S_TRAILER:
    case S_TRAILER_LINE:
        return trailer_byte(b, c);
    case S_TRAILER_LF:
        return c == '\n' ? trailer_line_ends(b) : fail(b, BODY_BAD_LINE_END);
    case S_END_LF:
        return end_byte(b, c);
    case S_DATA:
    case S_DONE:
    case S_DONE_RELAYED:
        break;
    }
    sl_assert(!"payload is no framing");
}

/* Takes at most n bytes of the current run of payload; returns how many. */
static size_t take_payload(struct body *b, size_t n)
{
    if (b->kind == BODY_CLOSE) {
        b->payload += n;
        return n;
    }
    size_t take = n < b->left ? n : (size_t)b->left;
    b->left -= take;
    b->payload += take;
    if (b->left == 0)
        b->state = b->kind == BODY_LENGTH ? S_DONE : S_DATA_CR;
    return take;
}

static enum body_result result_of(const struct body *b)
{
    return b->fault != BODY_OK ? BODY_BAD : body_ended(b) ? BODY_END : BODY_MORE;
}

enum body_result body_step(struct body *b, const char *p, size_t n, size_t *used, struct sl_str *data)
{
    size_t i = 0;
    *data = sl_str(p, 0);
    while (i < n && b->state != S_DATA && !body_ended(b) && b->fault == BODY_OK)
        frame_byte(b, p[i++]);
    if (i < n && b->state == S_DATA && b->fault == BODY_OK) {
        *data = sl_str(p + i, take_payload(b, n - i));
        i += data->n;
    }
    *used = i;
    return result_of(b);
}

static bool in_extension(const struct body *b)
{
    return b->state >= S_EXT_WAIT && b->state <= S_ESCAPED;
}

/* The usual end, an empty trailer section whole in one span: its two bytes go with what is before them. */
static size_t relay_end(struct body *b, char *to, size_t trailer_n)
{
    if (b->state != S_DONE || b->trailer || trailer_n != 2)
        return 0;
    b->state = S_DONE_RELAYED;
    memcpy(to, "\r\n", 2);
    return 2;
}

enum body_result body_scan(struct body *b, char *p, size_t n, size_t *used, size_t *relay)
{
    size_t i = 0, out = 0, trailer_n = 0;
    while (i < n && !body_ended(b) && b->fault == BODY_OK) {
        size_t from = i;
        bool trailer = b->state >= S_TRAILER;
        if (b->state == S_DATA)
            i += take_payload(b, n - i);
        else
            frame_byte(b, p[i++]);
        trailer_n += trailer;
        if (trailer || SL_UNLIKELY(in_extension(b)))
            continue;
        if (SL_UNLIKELY(out != from))
            memmove(p + out, p + from, i - from);
        out += i - from;
    }
    *used = i;
    *relay = out + relay_end(b, p + out, trailer_n);
    return result_of(b);
}

void body_drop_trailers(struct body *b)
{
    b->no_trailers = true;
}

struct sl_str body_tail(const struct body *b)
{
    if (b->kind != BODY_CHUNKED || b->state != S_DONE)
        return SL_STR("");
    return b->trailer && !b->no_trailers ? sl_str(b->trailer->text, b->trailer->n) : SL_STR("\r\n");
}

enum body_result body_dechunk(struct body *b, char *p, size_t n, size_t *used, size_t *out_n)
{
    enum body_result r = result_of(b);
    size_t at = 0, out = 0;
    while (at < n && r == BODY_MORE) {
        size_t step;
        struct sl_str data;
        r = body_step(b, p + at, n - at, &step, &data);
        memmove(p + out, data.p, data.n);
        out += data.n;
        at += step;
    }
    *used = at;
    *out_n = out;
    return r;
}

uint64_t body_run(const struct body *b)
{
    if (b->state != S_DATA || b->fault != BODY_OK)
        return 0;
    return b->kind == BODY_CLOSE ? UINT64_MAX : b->left;
}

void body_skip(struct body *b, uint64_t n)
{
    sl_assert(n <= body_run(b));
    if (n > 0)
        sl_assert(take_payload(b, n) == n);
}

enum body_result body_eof(struct body *b)
{
    if (b->kind == BODY_CLOSE && b->fault == BODY_OK)
        b->state = S_DONE;
    else if (!body_ended(b) && b->fault == BODY_OK)
        fail(b, BODY_CUT);
    return result_of(b);
}

size_t body_chunk_head(uint64_t n, char out[BODY_CHUNK_HEAD])
{
    sl_assert(n > 0);
    unsigned digits = (64 - (unsigned)__builtin_clzll(n) + 3) / 4;
    for (unsigned i = 0; i < digits; i++)
        out[i] = "0123456789abcdef"[n >> (digits - 1 - i) * 4 & 15];
    memcpy(out + digits, "\r\n", 2);
    return digits + 2;
}
