/* format_diff.c - squidGuard's diffs: "+entry" comes in, "-entry" goes out of the list that the files beside
 * make. */
#include "policy/lists/formats.h"

static void take_change(struct intake *in, struct sl_str line, unsigned flags)
{
    struct sl_str rest = line, word, more;
    if (line.n == 0 || line.p[0] == '#' || !intake_word(&rest, &word))
        return;
    if (intake_word(&rest, &more) || word.n < 2 || (word.p[0] != '+' && word.p[0] != '-')) {
        intake_fault(in, line, "no entry behind '+' or '-'");
        return;
    }
    in->change = word.p[0] == '+' ? INTAKE_PUT : INTAKE_TAKE;
    intake_entry(in, sl_str_sub(word, 1, word.n), RECORD_BELOW, flags);
    in->change = INTAKE_NO_CHANGE;
}

void diff_line(struct intake *in, struct sl_str line)
{
    take_change(in, line, ENTRY_NETWORKS);
}

/* As urls beside domains: "192.0.2.1/24" is a path. */
void diff_urls_line(struct intake *in, struct sl_str line)
{
    take_change(in, line, 0);
}

bool diff_fits(struct sl_str line)
{
    return line.n > 2 && (line.p[0] == '+' || line.p[0] == '-') && sl_str_find(line, '.') < line.n &&
           sl_str_find(line, ' ') == line.n;
}
