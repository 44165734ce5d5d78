/* pattern_literal.c - see pattern_literal.h: the syntax of PCRE2, as far as it takes to know what a match
 * needs.
 *
 * The pattern is walked once, by recursive descent; pattern_part.c knows what follows from what is met.
 * Zero-width items count as nothing, which is right for them all: they only forbid. What could add text in a
 * way this walk does not follow (recursion, conditions, quoting, extended syntax, odd escapes) makes it give
 * up on the whole pattern. */
#include "policy/pattern_literal.h"

#include "policy/pattern_part.h"
#include "policy/url_parts.h"

enum { DEPTH_MAX = 250 };

struct walk {
    const char *p, *end;
    struct pattern_budget budget;
    unsigned depth;
    bool multiline; /* '$' may mean the end of a line */
    bool lost;      /* something was met that this walk does not understand */
};

static struct pattern_part walk_alternation(struct walk *w);

static struct pattern_part give_up(struct walk *w)
{
    w->lost = true;
    return pattern_part_any();
}

static bool at(const struct walk *w, char c)
{
    return w->p < w->end && *w->p == c;
}

/* A number of up to 5 digits. */
static bool take_number(struct walk *w, size_t *out)
{
    const char *from = w->p;
    size_t n = 0;
    while (w->p < w->end && *w->p >= '0' && *w->p <= '9' && w->p - from < 5)
        n = n * 10 + (size_t)(*w->p++ - '0');
    *out = n;
    return w->p > from;
}

/* "{n}", "{n,}" or "{n,m}" behind an item; another brace is a literal byte, and what some versions of PCRE2
 * would read as a repetition loses us. */
static bool take_braces(struct walk *w, size_t *min, size_t *max)
{
    const char *from = w->p++;
    if (take_number(w, min)) {
        *max = *min;
        if (at(w, ',')) {
            w->p++;
            if (!take_number(w, max))
                *max = SIZE_MAX;
        }
        if (at(w, '}') && *min <= *max) {
            w->p++;
            return true;
        }
        w->lost = true;
    } else if (at(w, ',') || at(w, ' ') || at(w, '\t')) {
        w->lost = true;
    }
    w->p = from;
    return false;
}

/* The repetition behind an item, 1 to 1 when there is none. */
static void take_quantifier(struct walk *w, size_t *min, size_t *max)
{
    *min = *max = 1;
    if (w->p == w->end)
        return;
    char c = *w->p;
    if (c == '{') {
        if (!take_braces(w, min, max)) {
            *min = *max = 1;
            return;
        }
    } else if (c == '*' || c == '+' || c == '?') {
        *min = c == '+';
        *max = c == '?' ? 1 : SIZE_MAX;
        w->p++;
    } else {
        return;
    }
    if (at(w, '?') || at(w, '+')) /* lazy or possessive */
        w->p++;
}

/* "\xHH" with both digits; the shorter and the braced forms lose us. */
static bool take_hex(struct walk *w, char *out)
{
    if (w->end - w->p < 2 || url_hex(w->p[0]) < 0 || url_hex(w->p[1]) < 0)
        return false;
    *out = (char)(url_hex(w->p[0]) << 4 | url_hex(w->p[1]));
    w->p += 2;
    return true;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (sl_lower(c) >= 'a' && sl_lower(c) <= 'z');
}

/* What \d \D \w \W \s \S stand for, in or outside of a class. False for another letter. */
static bool escape_set(char c, struct byte_set *set)
{
    static const struct {
        char letter, ranges[9]; /* pairs of first and last */
    } sets[] = {{'d', "09"}, {'w', "09AZ__az"}, {'s', "\t\r  "}};
    for (size_t i = 0; i < SL_COUNT(sets); i++) {
        if (sl_lower(c) != sets[i].letter)
            continue;
        struct byte_set found = {{0}};
        for (const char *r = sets[i].ranges; *r; r += 2)
            byte_set_add(&found, (unsigned char)r[0], (unsigned char)r[1]);
        if (c != sets[i].letter)
            byte_set_invert(&found);
        for (int k = 0; k < 4; k++)
            set->w[k] |= found.w[k];
        return true;
    }
    return false;
}

static struct pattern_part any_byte(struct walk *w)
{
    struct byte_set set = {{0}};
    byte_set_add(&set, 0, 255);
    return pattern_part_set(&w->budget, set);
}

/* Behind a backslash. */
static struct pattern_part walk_escape(struct walk *w)
{
    char byte;
    struct byte_set set = {{0}};
    if (w->p == w->end)
        return give_up(w);
    char c = *w->p++;
    if (!is_alnum(c))
        return pattern_part_byte(&w->budget, c);
    if (escape_set(c, &set))
        return pattern_part_set(&w->budget, set);
    if (strchr("hHvVRXaefnrt", c))
        return any_byte(w);
    if (strchr("bBAGK", c))
        return pattern_part_nothing(&w->budget);
    if (c == 'z' || c == 'Z')
        return pattern_part_end(&w->budget);
    if (c == 'x' && take_hex(w, &byte))
        return pattern_part_byte(&w->budget, byte);
    if (c >= '0' && c <= '9') {
        /* A reference or an octal number: either way no more than these digits. */
        while (w->p < w->end && *w->p >= '0' && *w->p <= '9')
            w->p++;
        return pattern_part_any();
    }
    return give_up(w);
}

/* "[:alpha:]" inside a class. */
static bool take_posix(struct walk *w)
{
    const char *p = w->p + 2;
    while (p < w->end && (*p == '^' || (*p >= 'a' && *p <= 'z')))
        p++;
    if (w->end - p < 2 || p[0] != ':' || p[1] != ']')
        return false;
    w->p = p + 2;
    return true;
}

struct members {
    struct byte_set set;
    bool vague; /* there are members beside those of set */
};

/* Takes one member of a class. True when it is the single byte *out, which may begin a range; other members
 * are added. */
static bool take_member(struct walk *w, struct members *m, char *out)
{
    *out = *w->p;
    if (*out == '[' && w->end - w->p > 1 && (w->p[1] == ':' || w->p[1] == '.' || w->p[1] == '=')) {
        w->lost |= !take_posix(w);
        m->vague = true;
        return false;
    }
    w->p++;
    if (*out != '\\')
        return true;
    *out = w->p < w->end ? *w->p++ : '\0';
    if (!is_alnum(*out) || (*out == 'x' && take_hex(w, out)))
        return true;
    if (!escape_set(*out, &m->set)) {
        m->vague = true;
        w->lost |= !strchr("hHvVaefnrtb", *out);
    }
    return false;
}

/* A member or a range. */
static void take_range(struct walk *w, struct members *m)
{
    char from, to;
    bool single = take_member(w, m, &from);
    to = from;
    if (at(w, '-') && w->end - w->p > 1 && w->p[1] != ']') {
        w->p++;
        /* In "[\d-z]" the '-' is a member. */
        m->vague |= !take_member(w, m, &to) || !single;
    }
    if (single)
        byte_set_add(&m->set, (unsigned char)from, (unsigned char)to);
}

/* Behind '['. */
static struct pattern_part walk_class(struct walk *w)
{
    struct members m = {.vague = false};
    bool negated = at(w, '^');
    w->p += negated;
    for (const char *from = w->p; w->p < w->end && (*w->p != ']' || w->p == from) && !w->lost;)
        take_range(w, &m);
    if (!at(w, ']'))
        return give_up(w);
    w->p++;
    if (m.vague)
        return any_byte(w);
    /* Where case counts, "[^a]" matches 'A': the complement is taken before both cases are added. */
    if (negated)
        byte_set_invert(&m.set);
    return pattern_part_set(&w->budget, m.set);
}

/* Up to and with the end of a group's name. */
static bool take_name(struct walk *w, char end)
{
    while (w->p < w->end && *w->p != end)
        w->p++;
    return w->p++ < w->end;
}

/* "i", "-s", "^m" ... behind "(?"; then ')' makes it an item of its own and ':' a group. x changes what a
 * pattern's bytes mean. */
static bool take_options(struct walk *w)
{
    for (; w->p < w->end && *w->p && strchr("imnsJU^-", *w->p); w->p++)
        w->multiline |= *w->p == 'm';
    return at(w, ')') || at(w, ':');
}

/* Behind "(?". True when a group follows; out_zero when it is an assertion, whose text is not part of a
 * match. */
static bool take_group_head(struct walk *w, bool *out_zero)
{
    static const struct {
        const char *head;
        char name_end; /* a name follows, up to this byte */
        bool zero;
    } heads[] = {{":", 0, false}, {"|", 0, false}, {">", 0, false},    {"=", 0, true},     {"!", 0, true},
                 {"<=", 0, true}, {"<!", 0, true}, {"P<", '>', false}, {"'", '\'', false}, {"<", '>', false}};
    for (size_t i = 0; i < SL_COUNT(heads); i++) {
        size_t n = strlen(heads[i].head);
        if ((size_t)(w->end - w->p) < n || memcmp(w->p, heads[i].head, n) != 0)
            continue;
        w->p += n;
        *out_zero = heads[i].zero;
        /* "(?<*" is an assertion of its own kind, and no name begins so. */
        return !heads[i].name_end || (!at(w, '*') && take_name(w, heads[i].name_end));
    }
    return false;
}

/* Behind '('. */
static struct pattern_part walk_group(struct walk *w)
{
    bool zero = false;
    if (at(w, '*') || w->depth == DEPTH_MAX)
        return give_up(w);
    if (at(w, '?')) {
        w->p++;
        if (!take_group_head(w, &zero)) {
            if (!take_options(w))
                return give_up(w);
            if (*w->p++ == ')')
                return pattern_part_nothing(&w->budget);
        }
    }
    w->depth++;
    struct pattern_part part = walk_alternation(w);
    w->depth--;
    if (!at(w, ')'))
        return give_up(w);
    w->p++;
    return zero ? pattern_part_nothing(&w->budget) : part;
}

static struct pattern_part walk_item(struct walk *w)
{
    char c = *w->p++;
    switch (c) {
    case '\\':
        return walk_escape(w);
    case '[':
        return walk_class(w);
    case '(':
        return walk_group(w);
    case '.':
        return any_byte(w);
    case '^':
        return pattern_part_nothing(&w->budget);
    case '$':
        return pattern_part_end(&w->budget);
    case '*':
    case '+':
    case '?':
        return give_up(w);
    case '{':
        if (w->p < w->end && strchr("0123456789, \t", *w->p) && *w->p)
            return give_up(w);
        return pattern_part_byte(&w->budget, c);
    default:
        return pattern_part_byte(&w->budget, c);
    }
}

static struct pattern_part walk_sequence(struct walk *w)
{
    struct pattern_sequence s;
    pattern_sequence_init(&s, &w->budget);
    while (w->p < w->end && *w->p != '|' && *w->p != ')' && !w->lost && !w->budget.spent) {
        size_t min, max;
        struct pattern_part part = walk_item(w);
        take_quantifier(w, &min, &max);
        pattern_sequence_add(&s, &w->budget, &part, min, max);
    }
    return pattern_sequence_end(&s, &w->budget);
}

static struct pattern_part walk_alternation(struct walk *w)
{
    struct pattern_part all = walk_sequence(w);
    while (at(w, '|') && !w->lost) {
        w->p++;
        all = pattern_part_or(&w->budget, all, walk_sequence(w));
    }
    return all;
}

struct pattern_requirement pattern_requirement(struct sl_str regex, struct sl_arena *arena)
{
    struct walk w = {.p = regex.p, .end = regex.p + regex.n, .budget = {.arena = arena}};
    struct pattern_part part = walk_alternation(&w);
    struct pattern_requirement found = {.first = pattern_part_need(&part).texts};
    if (w.lost || w.budget.spent || w.p != w.end)
        return (struct pattern_requirement){0};
    if (!part.exact)
        found.second = part.second.texts;
    found.has_last = part.anchored && !part.maybe_empty && !w.multiline;
    found.last = part.last;
    return found;
}
