/* escape.c - see escape.h. */
#include "proxy/http/escape.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Length of the well-formed UTF-8 character at p (n > 0 bytes), 0 if there is none: no overlong forms,
 * surrogates or code points beyond U+10FFFF (Unicode table 3-7). */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t need = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < need)
        return 0;
    unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return need;
}

/* Calls special(c) for each ASCII character: NULL means as it is. Runs that need nothing are added at once.
 */
static void escape(struct sl_text *out, struct sl_str s, const char *(*special)(unsigned char c))
{
    size_t from = 0, i = 0;
    while (i < s.n) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        size_t n = utf8_length(p, s.n - i);
        const char *instead = n == 0 ? REPLACEMENT : n == 1 ? special(*p) : NULL;
        if (instead) {
            sl_text_add(out, sl_str(s.p + from, i - from));
            sl_text_add(out, sl_cstr(instead));
            from = i + 1;
        }
        i += n ? n : 1;
    }
    sl_text_add(out, sl_str(s.p + from, s.n - from));
}

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

static const char *html_special(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return is_control(c) ? REPLACEMENT : NULL;
    }
}

static const char *json_special(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\t':
        return "\\t";
    case '<':
        return "\\u003c";
    default:
        return is_control(c) ? REPLACEMENT : NULL;
    }
}

static const char *plain_special(unsigned char c)
{
    return is_control(c) ? REPLACEMENT : NULL;
}

void escape_html(struct sl_text *out, struct sl_str s)
{
    escape(out, s, html_special);
}

void escape_json(struct sl_text *out, struct sl_str s)
{
    sl_text_addc(out, '"');
    escape(out, s, json_special);
    sl_text_addc(out, '"');
}

void escape_plain(struct sl_text *out, struct sl_str s)
{
    escape(out, s, plain_special);
}

void escape_sf_string(struct sl_text *out, struct sl_str s)
{
    sl_text_addc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            sl_text_addc(out, '\\');
        sl_text_addc(out, s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?');
    }
    sl_text_addc(out, '"');
}

void escape_field(struct sl_text *out, struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_control((unsigned char)s.p[i]))
            sl_text_addc(out, s.p[i]);
}

void escape_html_short(struct sl_text *out, struct sl_str s, size_t most)
{
    if (s.n <= most)
        return escape_html(out, s);
    size_t begin = most * 2 / 3, end = s.n - most / 3;
    while (begin > 0 && ((unsigned char)s.p[begin] & 0xc0) == 0x80)
        begin--;
    while (end < s.n && ((unsigned char)s.p[end] & 0xc0) == 0x80)
        end++;
    escape_html(out, sl_str(s.p, begin));
    sl_text_add(out, SL_STR("\xe2\x80\xa6"));
    escape_html(out, sl_str(s.p + end, s.n - end));
}
