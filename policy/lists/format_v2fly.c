/* format_v2fly.c - v2fly's domain lists: "domain:d", "full:d", "keyword:word", "regexp:r", "include:list",
 * each with "@attributes" behind it. */
#include "policy/lists/formats.h"

/* A word that may stand anywhere in the host becomes an expression: the URL up to its first slash holds it.
 */
static void take_keyword(struct intake *in, struct sl_str word)
{
    struct sl_text regex = {0};
    sl_text_add(&regex, SL_STR("^[^/]*"));
    for (size_t i = 0; i < word.n; i++) {
        bool plain = (word.p[i] | 32) >= 'a' && (word.p[i] | 32) <= 'z';
        if (!plain && !(word.p[i] >= '0' && word.p[i] <= '9') && word.p[i] != '-' && word.p[i] != '_')
            sl_text_addc(&regex, '\\');
        sl_text_addc(&regex, word.p[i]);
    }
    intake_expression(in, sl_text_str(&regex));
    sl_text_fini(&regex);
}

enum rule { RULE_DOMAIN, RULE_FULL, RULE_KEYWORD, RULE_REGEXP, RULE_INCLUDE };
static enum rule take_rule(struct sl_str *word)
{
    static const struct {
        struct sl_str prefix;
        enum rule rule;
    } rules[] = {{{"domain:", 7}, RULE_DOMAIN},
                 {{"full:", 5}, RULE_FULL},
                 {{"keyword:", 8}, RULE_KEYWORD},
                 {{"regexp:", 7}, RULE_REGEXP},
                 {{"include:", 8}, RULE_INCLUDE}};
    for (size_t i = 0; i < SL_COUNT(rules); i++)
        if (sl_str_starts(*word, rules[i].prefix)) {
            *word = sl_str_sub(*word, rules[i].prefix.n, word->n);
            return rules[i].rule;
        }
    return RULE_DOMAIN;
}

static void take_rule_line(struct intake *in, struct sl_str word, struct sl_str attributes)
{
    switch (take_rule(&word)) {
    case RULE_DOMAIN:
        intake_entry(in, word, RECORD_BELOW, ENTRY_TLD);
        return;
    case RULE_FULL:
        intake_entry(in, word, RECORD_EXACT, ENTRY_TLD);
        return;
    case RULE_KEYWORD:
        take_keyword(in, word);
        return;
    case RULE_REGEXP:
        intake_expression(in, word);
        return;
    case RULE_INCLUDE:
        intake_include(in, word, attributes);
        return;
    }
}

void v2fly_line(struct intake *in, struct sl_str line)
{
    struct sl_str rest = intake_content(line, '#'), word, attribute;
    if (!intake_word(&rest, &word))
        return;
    struct sl_str attributes = sl_str_trim(rest);
    uint64_t before = in->records;
    while (intake_word(&rest, &attribute))
        if (attribute.p[0] != '@' && attribute.p[0] != '&') {
            intake_fault(in, line, "more than one word");
            return;
        }
    take_rule_line(in, word, attributes);
    intake_attributes(in, before, attributes);
}

bool v2fly_has_rule(struct sl_str word)
{
    return sl_str_starts(word, SL_STR("domain:")) || take_rule(&word) != RULE_DOMAIN;
}

/* Plain lists fit too, and as the more general format they come first; one rule or attribute more and it is
 * this one. */
bool v2fly_fits(struct sl_str line)
{
    struct sl_str rest = intake_content(line, '#'), word, attribute;
    if (!intake_word(&rest, &word))
        return false;
    while (intake_word(&rest, &attribute))
        if (attribute.p[0] != '@')
            return false;
    return v2fly_has_rule(word) || sl_str_find(word, '.') + 1 < word.n;
}
