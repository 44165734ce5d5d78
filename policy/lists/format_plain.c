/* format_plain.c - one entry a line: domains (with all below them), URLs, addresses and networks; what most
 * lists are, and the files of UT1 and squidGuard. "#" begins a comment at the start of a line and after the
 * entry. */
#include "policy/lists/formats.h"

/* The word of a line, if it is the only one. */
static bool only_word(struct intake *in, struct sl_str line, struct sl_str *out)
{
    struct sl_str rest = intake_content(line, '#'), more;
    if (rest.n > 0 && (rest.p[0] == ';' || rest.p[0] == '!' || sl_str_starts(rest, SL_STR("//"))))
        return false;
    struct sl_str whole = rest;
    if (!intake_word(&rest, out))
        return false;
    if (!intake_word(&rest, &more))
        return true;
    intake_fault(in, whole, "more than one word");
    return false;
}

void plain_line(struct intake *in, struct sl_str line)
{
    struct sl_str word;
    if (only_word(in, line, &word))
        intake_entry(in, word, RECORD_BELOW, ENTRY_NETWORKS);
}

/* A word with a dot inside. */
bool plain_fits(struct sl_str line)
{
    struct sl_str word, more;
    line = intake_content(line, '#');
    return intake_word(&line, &word) && !intake_word(&line, &more) && sl_str_find(word, '.') + 1 < word.n &&
           !v2fly_has_rule(word);
}

/* Hosts without what is below them, but ".example.com" means that too. */
void exact_line(struct intake *in, struct sl_str line)
{
    struct sl_str word;
    if (only_word(in, line, &word))
        intake_entry(in, word, RECORD_EXACT, ENTRY_NETWORKS);
}

/* As plain, but "192.0.2.1/24" is the path "/24". */
void urls_line(struct intake *in, struct sl_str line)
{
    struct sl_str word;
    if (only_word(in, line, &word))
        intake_entry(in, word, RECORD_BELOW, 0);
}

/* A regular expression a line, on the URL without its scheme. */
void expressions_line(struct intake *in, struct sl_str line)
{
    if (line.n > 0 && line.p[0] != '#')
        intake_expression(in, line);
}
