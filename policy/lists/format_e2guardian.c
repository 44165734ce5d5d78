/* format_e2guardian.c - e2guardian's lists of sites, URLs, addresses and regexes. " #" ends an entry;
 * ".Include<path>" is another file of the tree, "#listcategory" a title, "#time" a schedule that belongs in
 * the policy. What its other lists hold (phrases, types, extensions, headers) is nothing that a catalogue
 * has: plan.c leaves those files out by their names. */
#include "policy/lists/formats.h"

/* Content without its comment; false when nothing is left, or it was a directive and is dealt with. */
static bool take_content(struct intake *in, struct sl_str line, struct sl_str *out)
{
    if (sl_str_istarts(line, SL_STR("#listcategory:")) || sl_str_istarts(line, SL_STR("#time:"))) {
        intake_skip(in);
        return false;
    }
    *out = intake_content(line, '#');
    if (!sl_str_istarts(*out, SL_STR(".Include<")))
        return out->n > 0;
    size_t end = sl_str_find(*out, '>');
    if (end == out->n)
        intake_fault(in, *out, "'>' is missing");
    else
        intake_include(in, sl_str_sub(*out, 9, end - 9), (struct sl_str){0});
    return false;
}

void e2guardian_line(struct intake *in, struct sl_str line)
{
    struct sl_str content, word;
    if (!take_content(in, line, &content))
        return;
    struct sl_str rest = content;
    if (intake_word(&rest, &word) && sl_str_trim(rest).n > 0)
        intake_fault(in, content, "more than one word");
    else
        intake_entry(in, word, RECORD_BELOW, ENTRY_NETWORKS);
}

/* A regex a line; "regex"->"text" replaces parts of URLs, which is not a list's business. */
void e2guardian_regex_line(struct intake *in, struct sl_str line)
{
    struct sl_str content;
    if (!take_content(in, line, &content))
        return;
    for (size_t i = 0; i + 4 < content.n; i++)
        if (memcmp(content.p + i, "\"->\"", 4) == 0) {
            intake_skip(in);
            return;
        }
    intake_expression(in, content);
}

bool e2guardian_fits(struct sl_str line)
{
    return sl_str_istarts(line, SL_STR(".Include<"));
}
