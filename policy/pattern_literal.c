/* pattern_literal.c - see pattern_literal.h.
 *
 * The pattern is walked once, by recursive descent. Each part of it yields a `part`: either the complete list
 * of texts it can match
 * (`exact`: "colou?r" gives color, colour), or, when that is unbounded or too long, the best list of texts
 * one of which each match must contain
 * (`need`). A sequence multiplies exact lists while they stay small; where that ends it remembers the list so
 * far as a candidate and begins anew. An alternation needs a list from every branch.
 *
 *     ^https?://(?:www\.)?(foo|bar)\.example/[a-z]+\.php      candidates: http:// https://..., foo.example/
 * bar.example/, .php
 *
 * Everything is lower-cased: patterns are caseless, and a part that is not matches less. Zero-width items
 * count as nothing, which is right for them all: they only forbid. What could add text in a way this walk
 * does not follow (recursion, conditions, quoting, extended syntax, odd escapes) makes it give up on the
 * whole pattern. */
#include "policy/pattern_literal.h"

#include "policy/url_parts.h"

enum { DEPTH_MAX = 250, CLASS_MAX = 8, REPEAT_MAX = 64, WORK_MAX = 32768 };

struct part {
    bool exact;            /* texts are all that the part can match */
    struct literals texts; /* exact: at least one; else what a match needs, perhaps none */
    uint64_t cost;         /* of texts as need: expected hits, lower is better */
};
struct walk {
    const char *p, *end;
    struct sl_arena *arena;
    unsigned depth;
    size_t work; /* texts made so far: bounds time and memory for patterns that multiply without end */
    bool lost;   /* something was met that this walk does not understand */
};

static struct part walk_alternation(struct walk *w);

/* ---- lists of texts ---- */

static struct literals list_of(struct sl_arena *arena, struct sl_str text)
{
    struct literals l = {sl_arena_alloc(arena, sizeof *l.items), 1};
    l.items[0] = text;
    return l;
}

static struct part exact_text(struct walk *w, struct sl_str text)
{
    return (struct part){.exact = true, .texts = list_of(w->arena, text)};
}

static struct part unknown(void)
{
    return (struct part){0};
}

static struct part give_up(struct walk *w)
{
    w->lost = true;
    return unknown();
}

static bool list_has(const struct literals *l, struct sl_str text)
{
    for (size_t i = 0; i < l->count; i++)
        if (sl_str_eq(l->items[i], text))
            return true;
    return false;
}

/* An empty list with room for count texts. */
static struct literals list_new(struct walk *w, size_t count)
{
    w->work += count;
    w->lost |= w->work > WORK_MAX;
    return (struct literals){sl_arena_alloc(w->arena, count * sizeof(struct sl_str)), 0};
}

/* a and b together, each text once. False when that is too many. */
static bool list_join(struct walk *w, struct literals a, struct literals b, struct literals *out)
{
    struct literals l = list_new(w, a.count + b.count);
    for (size_t i = 0; i < a.count + b.count; i++) {
        struct sl_str text = i < a.count ? a.items[i] : b.items[i - a.count];
        if (!list_has(&l, text))
            l.items[l.count++] = text;
    }
    *out = l;
    return l.count <= LITERAL_TEXTS;
}

/* Each text of a followed by each of b. False when that is too many or too long. */
static bool list_cross(struct walk *w, struct literals a, struct literals b, struct literals *out)
{
    size_t longest_a = 0, longest_b = 0;
    for (size_t i = 0; i < a.count; i++)
        longest_a = SL_MAX(longest_a, a.items[i].n);
    for (size_t i = 0; i < b.count; i++)
        longest_b = SL_MAX(longest_b, b.items[i].n);
    if (a.count * b.count > LITERAL_TEXTS || longest_a + longest_b > LITERAL_MAX)
        return false;
    struct literals l = list_new(w, a.count * b.count);
    for (size_t i = 0; i < a.count; i++)
        for (size_t k = 0; k < b.count; k++) {
            size_t n = a.items[i].n;
            char *text = sl_arena_bytes(w->arena, n + b.items[k].n + 1);
            memcpy(text, a.items[i].p, n);
            memcpy(text + n, b.items[k].p, b.items[k].n);
            struct sl_str both = sl_str(text, n + b.items[k].n);
            if (!list_has(&l, both))
                l.items[l.count++] = both;
        }
    *out = l;
    return true;
}

/* Expected hits of looking for these texts; UINT64_MAX when one is too short to be looked for. */
static uint64_t list_cost(struct literals l)
{
    uint64_t cost = 0;
    for (size_t i = 0; i < l.count; i++) {
        uint32_t frequency;
        if (l.items[i].n < LITERAL_MIN)
            return UINT64_MAX;
        gram_rarest(l.items[i], &frequency);
        cost += frequency;
    }
    return l.count ? cost : UINT64_MAX;
}

/* ---- a sequence: parts one behind the other ---- */

struct sequence {
    bool whole;          /* run covers the sequence from its beginning */
    struct literals run; /* what the parts since the last break can match */
    struct part best;    /* best need so far */
};

static void consider(struct sequence *s, struct literals texts, uint64_t cost)
{
    if (cost < s->best.cost)
        s->best = (struct part){.texts = texts, .cost = cost};
}

/* Ends the run: what follows is not known to stand right behind it. */
static void break_run(struct walk *w, struct sequence *s)
{
    consider(s, s->run, list_cost(s->run));
    s->run = list_of(w->arena, SL_STR(""));
    s->whole = false;
}

static void append(struct walk *w, struct sequence *s, const struct part *part)
{
    if (!part->exact) {
        if (part->texts.count)
            consider(s, part->texts, part->cost);
        break_run(w, s);
        return;
    }
    if (list_cross(w, s->run, part->texts, &s->run))
        return;
    break_run(w, s);
    s->run = part->texts;
}

/* The part min to max times (max SIZE_MAX: no bound). */
static void append_repeated(struct walk *w, struct sequence *s, const struct part *part, size_t min,
                            size_t max)
{
    struct part optional = {.exact = true};
    if (max == 0)
        return;
    if (min == 0) {
        bool once = max == 1 && part->exact;
        if (once && list_join(w, list_of(w->arena, SL_STR("")), part->texts, &optional.texts))
            append(w, s, &optional);
        else
            break_run(w, s);
        return;
    }
    for (size_t i = 0; i < min && i < REPEAT_MAX; i++)
        append(w, s, part);
    if (min == max && min <= REPEAT_MAX)
        return;
    break_run(w, s);
    /* What follows stands behind the last repetition. */
    if (part->exact)
        s->run = part->texts;
}

/* ---- items ---- */

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

static struct part literal_byte(struct walk *w, char c)
{
    char *text = sl_arena_bytes(w->arena, 1);
    *text = sl_lower(c);
    return exact_text(w, sl_str(text, 1));
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

/* Behind a backslash. */
static struct part walk_escape(struct walk *w)
{
    char byte;
    if (w->p == w->end)
        return give_up(w);
    char c = *w->p++;
    if (!is_alnum(c))
        return literal_byte(w, c);
    if (strchr("dDwWsShHvVRXaefnrt", c))
        return unknown();
    if (strchr("bBAzZGK", c))
        return exact_text(w, SL_STR(""));
    if (c == 'x' && take_hex(w, &byte))
        return literal_byte(w, byte);
    if (c >= '0' && c <= '9') {
        /* A reference or an octal number: either way no more than these digits. */
        while (w->p < w->end && *w->p >= '0' && *w->p <= '9')
            w->p++;
        return unknown();
    }
    return give_up(w);
}

/* The members of a class so far; over CLASS_MAX of them they are many. */
struct members {
    char c[CLASS_MAX];
    size_t n;
    bool many;
};

static void add_member(struct members *m, char c)
{
    c = sl_lower(c);
    if (m->many || (m->n && memchr(m->c, c, m->n)))
        return;
    if (m->n == CLASS_MAX)
        m->many = true;
    else
        m->c[m->n++] = c;
}

static void add_range(struct members *m, unsigned char from, unsigned char to)
{
    for (unsigned c = from; c <= to && !m->many; c++)
        add_member(m, (char)c);
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

/* One byte of a class, out_set when it stands for many. */
static char class_byte(struct walk *w, bool *out_set)
{
    char c = *w->p, byte;
    *out_set = false;
    if (c == '[' && w->end - w->p > 1 && strchr(":.=", w->p[1]) && w->p[1]) {
        *out_set = true;
        w->lost |= !take_posix(w);
        return c;
    }
    w->p++;
    if (c != '\\')
        return c;
    c = w->p < w->end ? *w->p++ : '\0';
    if (!is_alnum(c))
        return c;
    if (c == 'x' && take_hex(w, &byte))
        return byte;
    *out_set = true;
    w->lost |= !strchr("dDwWsShHvVaefnrtb", c);
    return c;
}

/* Behind '['. */
static struct part walk_class(struct walk *w)
{
    struct members m = {.n = 0};
    bool negated = at(w, '^'), set, set_to;
    w->p += negated;
    for (const char *from = w->p; w->p < w->end && (*w->p != ']' || w->p == from) && !w->lost;) {
        char c = class_byte(w, &set), to = c;
        m.many |= set;
        if (at(w, '-') && w->end - w->p > 1 && w->p[1] != ']') {
            w->p++;
            to = class_byte(w, &set_to);
            if (set || set_to || (unsigned char)to < (unsigned char)c)
                m.many = true;
        }
        add_range(&m, (unsigned char)c, (unsigned char)to);
    }
    if (!at(w, ']'))
        return give_up(w);
    w->p++;
    if (negated || m.many)
        return unknown();
    struct part part = {.exact = true, .texts = {sl_arena_alloc(w->arena, m.n * sizeof(struct sl_str)), m.n}};
    char *bytes = sl_arena_bytes(w->arena, m.n);
    for (size_t i = 0; i < m.n; i++) {
        bytes[i] = m.c[i];
        part.texts.items[i] = sl_str(bytes + i, 1);
    }
    return part;
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
    while (w->p < w->end && *w->p && strchr("imnsJU^-", *w->p))
        w->p++;
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
static struct part walk_group(struct walk *w)
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
                return exact_text(w, SL_STR(""));
        }
    }
    w->depth++;
    struct part part = walk_alternation(w);
    w->depth--;
    if (!at(w, ')'))
        return give_up(w);
    w->p++;
    return zero ? exact_text(w, SL_STR("")) : part;
}

static struct part walk_item(struct walk *w)
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
        return unknown();
    case '^':
    case '$':
        return exact_text(w, SL_STR(""));
    case '*':
    case '+':
    case '?':
        return give_up(w);
    case '{':
        if (w->p < w->end && strchr("0123456789, \t", *w->p) && *w->p)
            return give_up(w);
        return literal_byte(w, c);
    default:
        return literal_byte(w, c);
    }
}

static struct part walk_sequence(struct walk *w)
{
    struct sequence s = {.whole = true, .run = list_of(w->arena, SL_STR("")), .best = {.cost = UINT64_MAX}};
    while (w->p < w->end && *w->p != '|' && *w->p != ')' && !w->lost) {
        size_t min, max;
        struct part part = walk_item(w);
        take_quantifier(w, &min, &max);
        append_repeated(w, &s, &part, min, max);
    }
    if (s.whole)
        return (struct part){.exact = true, .texts = s.run};
    consider(&s, s.run, list_cost(s.run));
    return s.best;
}

/* What is needed of a part: of an exact one its own texts, if they are long enough. */
static struct part need_of(struct part part)
{
    uint64_t cost = part.exact ? list_cost(part.texts) : part.cost;
    if (part.texts.count == 0 || cost == UINT64_MAX)
        return unknown();
    return (struct part){.texts = part.texts, .cost = cost};
}

static struct part walk_alternation(struct walk *w)
{
    struct part all = walk_sequence(w);
    while (at(w, '|') && !w->lost) {
        w->p++;
        struct part branch = walk_sequence(w);
        bool exact = all.exact && branch.exact;
        if (!exact) {
            all = need_of(all);
            branch = need_of(branch);
        }
        bool hopeless = !exact && (!all.texts.count || !branch.texts.count);
        if (hopeless || !list_join(w, all.texts, branch.texts, &all.texts))
            all = unknown();
        else
            all.cost = exact ? 0 : list_cost(all.texts);
        all.exact = exact && all.texts.count;
    }
    return all;
}

struct literals literals_required(struct sl_str regex, struct sl_arena *arena)
{
    struct walk w = {.p = regex.p, .end = regex.p + regex.n, .arena = arena};
    struct part part = need_of(walk_alternation(&w));
    return w.lost || w.p != w.end ? (struct literals){0} : part.texts;
}
