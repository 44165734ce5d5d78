/* format_json.c - JSON arrays of strings, however deep and however broken into lines: each string is an
 * entry. Read byte by byte, since a whole list often stands in one line. Other values are reported once each.
 */
#include "policy/lists/formats.h"

enum { JSON_ESCAPE_NONE, JSON_ESCAPE, JSON_ESCAPE_HEX };

/* In UTF-8. What no entry has gives what no host has: half a pair U+FFFD, a control byte a blank. */
static void add_unit(struct sl_text *word, unsigned unit)
{
    bool half = unit >= 0xd800 && unit <= 0xdfff, control = unit < ' ' || unit == 127;
    unsigned c = half ? 0xfffd : control ? ' ' : unit;
    if (c >= 0x800)
        sl_text_addc(word, (char)(0xe0 | c >> 12));
    if (c >= 0x80) {
        sl_text_addc(word, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 63) : 0xc0 | c >> 6));
        c = 0x80 | (c & 63);
    }
    sl_text_addc(word, (char)c);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind a backslash. */
static void take_escaped(struct intake *in, char c)
{
    struct intake_json *j = &in->json;
    if (j->escape == JSON_ESCAPE && c == 'u') {
        j->escape = JSON_ESCAPE_HEX;
        j->hex = j->hex_n = 0;
        return;
    }
    if (j->escape == JSON_ESCAPE) {
        sl_text_addc(&j->word, strchr("bfnrt", c) ? ' ' : c);
        j->escape = JSON_ESCAPE_NONE;
        return;
    }
    int digit = hex_digit(c);
    j->hex = digit >= 0 ? j->hex << 4 | (unsigned)digit : 0xfffd;
    if (digit >= 0 && ++j->hex_n < 4)
        return;
    add_unit(&j->word, j->hex);
    j->escape = JSON_ESCAPE_NONE;
}

static void end_string(struct intake *in)
{
    struct intake_json *j = &in->json;
    j->in_string = false;
    if (j->objects > 0)
        intake_skip(in); /* a name or value of an object says nothing that we know */
    else if (j->word.n > ENTRY_MAX)
        intake_fault(in, sl_text_str(&j->word), "longer than 4,096 bytes");
    else
        intake_entry(in, sl_str_trim(sl_text_str(&j->word)), RECORD_BELOW, ENTRY_NETWORKS);
    sl_text_clear(&j->word);
}

static void take_byte(struct intake *in, char c)
{
    struct intake_json *j = &in->json;
    if (j->in_string) {
        if (j->word.n > ENTRY_MAX && c != '"')
            return;
        if (j->escape != JSON_ESCAPE_NONE)
            take_escaped(in, c);
        else if (c == '\\')
            j->escape = JSON_ESCAPE;
        else if (c == '"')
            end_string(in);
        else
            sl_text_addc(&j->word, c);
        return;
    }
    if (c == '"')
        j->in_string = true;
    else if (c == '{')
        j->objects++;
    else if (c == '}' && j->objects > 0)
        j->objects--;
    else if (strchr("[],: \t\r}", c) == NULL && j->objects == 0 && !j->in_value)
        intake_fault(in, sl_str(&c, 1), "not a string of an array");
    j->in_value = strchr("[],: \t\r\"{}", c) == NULL;
}

/* Lines come without their ends, so a string may not run over one: JSON does not allow that either. */
void json_line(struct intake *in, struct sl_str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] != '\0')
            take_byte(in, line.p[i]);
}

bool json_fits(struct sl_str line)
{
    return line.p[0] == '[' ? line.n == 1 || memchr("\"] ", line.p[1], 3) != NULL
                            : line.p[0] == '"' && (line.p[line.n - 1] == ',' || line.p[line.n - 1] == '"');
}
