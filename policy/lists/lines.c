/* lines.c - see lines.h. */
#include "policy/lists/lines.h"

void lines_begin(struct lines *l, struct intake *in, const struct list_format *format)
{
    *l = (struct lines){.in = in, .format = format};
}

static void one_line(struct lines *l, struct sl_str line)
{
    l->in->line++;
    l->in->report->lines++;
    if (!l->begun && sl_str_starts(line, SL_STR("\xef\xbb\xbf")))
        line = sl_str_sub(line, 3, line.n);
    l->begun = true;
    if (l->overlong || line.n > LINES_MAX)
        intake_fault(l->in, line, "line over 65,536 bytes");
    else if (line.n > 0 && memchr(line.p, '\0', line.n) != NULL)
        intake_fault(l->in, line, "a NUL byte: this is no text in ASCII or UTF-8");
    else if ((line = sl_str_trim(line)).n > 0)
        l->format->line(l->in, line);
    l->overlong = false;
}

/* Keeps the beginning of a line; of a line that is too long only what a report shows. */
static void carry(struct lines *l, const char *data, size_t n)
{
    if (l->overlong)
        return;
    sl_text_add(&l->carry, sl_str(data, SL_MIN(n, (size_t)LINES_MAX + 1)));
    l->overlong = l->carry.n > LINES_MAX;
}

static void stream(struct lines *l, const char *data, size_t n)
{
    while (n > 0) {
        const char *stop = memchr(data, '\n', n);
        struct sl_str part = sl_str(data, stop != NULL ? (size_t)(stop - data) : n);
        if (!l->in_line) {
            l->in->line++;
            l->in->report->lines++;
        }
        if (!l->begun && sl_str_starts(part, SL_STR("\xef\xbb\xbf")))
            part = sl_str_sub(part, 3, part.n);
        l->begun = true;
        l->in_line = stop == NULL;
        l->format->line(l->in, part);
        n -= (size_t)(part.p + part.n - data) + (stop != NULL);
        data = part.p + part.n + 1;
    }
}

void lines_feed(struct lines *l, const char *data, size_t n)
{
    if (l->format->streams) {
        stream(l, data, n);
        return;
    }
    while (n > 0) {
        const char *stop = memchr(data, '\n', n);
        if (stop == NULL) {
            carry(l, data, n);
            return;
        }
        size_t part = (size_t)(stop - data);
        if (l->carry.n == 0) {
            one_line(l, sl_str(data, part));
        } else {
            carry(l, data, part);
            one_line(l, sl_text_str(&l->carry));
            sl_text_clear(&l->carry);
        }
        data += part + 1;
        n -= part + 1;
    }
}

void lines_end(struct lines *l)
{
    if (l->carry.n > 0)
        one_line(l, sl_text_str(&l->carry));
    sl_text_fini(&l->carry);
}
