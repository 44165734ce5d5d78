/* pattern_probe.c - one regex under the microscope: where it matches, what it requires, what is odd about it.
 * For people who write a pattern; requests are matched by pattern.c. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "sluice/policy.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/pattern_cost.h"

enum { DOTS_SHOWN = 3 };

struct pattern_probe {
    const struct pattern_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

struct pattern_probe *pattern_probe_new(struct sl_str regex, struct pattern_probe_fault *out)
{
    struct pattern_fault fault;
    const struct pattern_code *code = pattern_code_get(regex, &fault);
    if (!code) {
        snprintf(out->message, sizeof out->message, "%s%s", fault.syntax ? "" : "it ", fault.why);
        out->position = fault.at;
        return NULL;
    }
    struct pattern_probe *p = sl_calloc(1, sizeof *p);
    p->code = code;
    p->data = pcre2_match_data_create(1, NULL);
    p->context = pcre2_match_context_create(NULL);
    sl_assert(p->data && p->context);
    pattern_limit(p->context);
    return p;
}

void pattern_probe_free(struct pattern_probe **probe)
{
    struct pattern_probe *p = *probe;
    if (!p)
        return;
    pcre2_match_context_free(p->context);
    pcre2_match_data_free(p->data);
    pattern_code_put(p->code);
    free(p);
    *probe = NULL;
}

enum pattern_probe_result pattern_probe_match(struct pattern_probe *p, struct sl_str text, size_t *out_start,
                                              size_t *out_end)
{
    int rc = pattern_code_match(p->code, text, p->data, p->context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return PROBE_NO;
    if (rc < 0)
        return PROBE_LIMIT;
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->data);
    *out_end = at[1];
    *out_start = SL_MIN(at[0], at[1]); /* \K in a lookahead may set the start behind the end */
    return PROBE_YES;
}

const struct pattern_code *pattern_probe_code(const struct pattern_probe *p)
{
    return p->code;
}

struct sl_str pattern_probe_literal(const struct pattern_probe *p)
{
    return pattern_code_literal(p->code);
}

void pattern_probe_cost(const struct pattern_probe *p, policy_clock now_ns, struct pattern_cost *out)
{
    struct pattern_gauge *gauge = pattern_gauge_new(now_ns);
    *out = pattern_gauge_measure(gauge, p->code);
    pattern_gauge_free(&gauge);
}

/* ---- warnings ---- */

static bool is_word(char c)
{
    c = sl_lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Bytes of the regex that stand for themselves or are a lone '.', outside of classes and escapes: what = 'l'
 * letter, '.' dot, 0 anything else. */
static void mark(struct sl_str regex, char *what)
{
    bool in_class = false;
    memset(what, 0, regex.n);
    for (size_t i = 0; i < regex.n; i++) {
        char c = regex.p[i];
        if (c == '\\')
            i++;
        else if (in_class)
            in_class = c != ']';
        else if (c == '[')
            in_class = true;
        else if (c == '.')
            what[i] = '.';
        else if (is_word(c))
            what[i] = 'l';
    }
}

static bool is_repeat(struct sl_str regex, size_t i)
{
    return i < regex.n && (regex.p[i] == '*' || regex.p[i] == '+' || regex.p[i] == '?' || regex.p[i] == '{');
}

/* A dot between letters, as in example.com, that is no escaped one. */
static void warn_of_dots(struct sl_str regex, const char *what, json_t *out)
{
    unsigned shown = 0;
    for (size_t i = 1; i + 1 < regex.n && shown < DOTS_SHOWN; i++) {
        if (what[i] != '.' || what[i - 1] != 'l' || what[i + 1] != 'l' || is_repeat(regex, i + 1))
            continue;
        json_array_append_new(
            out, json_sprintf("the '.' at byte %zu stands for any character; write \\. for a dot", i));
        shown++;
    }
}

static void warn_of_case(struct sl_str regex, const char *what, json_t *out)
{
    for (size_t i = 0; i < regex.n; i++) {
        if (what[i] != 'l' || regex.p[i] < 'A' || regex.p[i] > 'Z' || (i > 0 && regex.p[i - 1] == '?'))
            continue;
        json_array_append_new(out,
                              json_string("case makes no difference: capital letters match small ones too"));
        return;
    }
}

static void warn_of_anchors(struct sl_str regex, json_t *out)
{
    struct sl_str end = SL_STR(".*");
    if (sl_str_starts(regex, end) || sl_str_starts(regex, SL_STR("^.*")))
        json_array_append_new(
            out, json_string("'.*' at the beginning says nothing and costs time; leave it out: a "
                             "regex may match anywhere in the URL"));
    if (regex.n > 2 && (sl_str_ends(regex, end) || sl_str_ends(regex, SL_STR(".*$"))) &&
        !sl_str_ends(regex, SL_STR("\\.*")) && !sl_str_ends(regex, SL_STR("\\.*$")))
        json_array_append_new(out, json_string("'.*' at the end says nothing; leave it out"));
    char next = regex.n > 1 ? sl_lower(regex.p[1]) : '\0';
    if (regex.n > 1 && regex.p[0] == '^' && is_word(next) && !sl_str_istarts(regex, SL_STR("^http")) &&
        !sl_str_istarts(regex, SL_STR("^ws")) && !sl_str_istarts(regex, SL_STR("^ftp")))
        json_array_append_new(
            out, json_string("a URL begins with its scheme: '^' stands before http:// or https://, "
                             "so write ^https?://"));
    if (sl_str_find(regex, ' ') < regex.n)
        json_array_append_new(out, json_string("a URL has no spaces; they are written %20"));
}

json_t *pattern_probe_warnings(const struct pattern_probe *p)
{
    json_t *out = json_array();
    SL_CLEANUP(sl_freep) char *what = sl_malloc(p->code->text.n + 1);
    mark(p->code->text, what);
    warn_of_dots(p->code->text, what, out);
    warn_of_anchors(p->code->text, out);
    warn_of_case(p->code->text, what, out);
    return out;
}
