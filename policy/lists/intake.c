/* intake.c - see intake.h. */
#include "policy/lists/intake.h"

#include <stdlib.h>

#include "policy/lists/formats.h"
#include "policy/pattern.h"

enum { MAX_WARNINGS = 20 };

void intake_init(struct intake *in, struct normal_writer *writer, struct list_report *report)
{
    *in = (struct intake){.writer = writer, .report = report, .file = ""};
    entry_reader_init(&in->reader);
}

void intake_fini(struct intake *in)
{
    entry_reader_fini(&in->reader);
    pattern_set_free(&in->patterns);
    sl_text_fini(&in->origin);
    sl_text_fini(&in->json.word);
    amend_free(&in->amend);
    for (size_t i = 0; i < in->include_count; i++) {
        free(in->includes[i].target);
        free(in->includes[i].filter);
    }
    for (size_t i = 0; i < in->attribute_count; i++)
        free(in->attributes[i].names);
    free(in->includes);
    free(in->attributes);
}

void intake_file(struct intake *in, const char *file)
{
    in->file = file;
    in->line = 0;
    in->column = in->type_column = 0;
    in->begun = false;
    in->in_parentheses = false;
    sl_text_fini(&in->json.word);
    in->json = (struct intake_json){0};
    sl_text_clear(&in->origin);
}

/* At most 80 bytes; what is not printable ASCII or UTF-8 shows as '?'. */
static struct sl_str shown(struct sl_str text, char buf[84])
{
    size_t n = SL_MIN(text.n, 80);
    for (size_t i = 0; i < n; i++)
        buf[i] = (unsigned char)text.p[i] < 32 || text.p[i] == 127 ? '?' : text.p[i];
    if (n < text.n) {
        while (n > 0 && ((unsigned char)buf[n - 1] & 0xc0) == 0x80)
            n--;
        n -= n > 0 && (unsigned char)buf[n - 1] >= 0xc0;
        memcpy(buf + n, "...", 3);
        n += 3;
    }
    return sl_str(buf, n);
}

static void note(struct intake *in, struct sl_str text, const char *why)
{
    struct list_report *r = in->report;
    char buf[84];
    if (r->fault_count == INTAKE_MAX_FAULTS)
        return;
    if (r->faults == NULL)
        r->faults = sl_calloc(INTAKE_MAX_FAULTS, sizeof *r->faults);
    r->faults[r->fault_count++] =
        (struct list_fault){.line = in->line,
                            .text = sl_asprintf("%s%sline %llu: '%.*s': %s", in->file, *in->file ? " " : "",
                                                (unsigned long long)in->line, SL_FMT(shown(text, buf)), why)};
}

void intake_fault(struct intake *in, struct sl_str text, const char *why)
{
    in->report->errors++;
    note(in, text, why);
}

void intake_warn(struct intake *in, struct sl_str text, const char *what)
{
    if (++in->report->warnings <= MAX_WARNINGS) /* faults are worth more of the room */
        note(in, text, what);
}

void intake_skip(struct intake *in)
{
    in->report->skipped++;
}

static struct amend *amend_of(struct intake *in)
{
    if (in->amend == NULL)
        in->amend = amend_new();
    return in->amend;
}

static void amend(struct intake *in, enum record kind, struct sl_str text)
{
    if (in->change == INTAKE_PUT)
        amend_put(amend_of(in), kind, text);
    if (in->except && in->exceptions_win)
        amend_except(amend_of(in), kind, text);
    if (in->important && !in->except)
        amend_important(amend_of(in), kind, text);
}

/* a is not empty. */
static void add(struct intake *in, enum record kind, struct sl_str a, struct sl_str b, uint64_t *count)
{
    char joined[NORMAL_MAX_TEXT];
    struct normal_place place = {in->file, in->line};
    if (in->change != INTAKE_NO_CHANGE || in->except || in->important) {
        memcpy(joined, a.p, a.n);
        memcpy(joined + a.n, b.p, b.n);
        a.p = joined;
        a.n += b.n;
        b.n = 0;
        if (in->change == INTAKE_TAKE) {
            amend_take(amend_of(in), kind, a, place);
            return;
        }
        amend(in, kind, a);
    }
    normal_at(in->writer, place);
    normal_add(in->writer, in->except ? record_exception(kind) : kind, a, b);
    in->records++;
    ++*(in->except ? &in->report->exceptions : count);
}

/* "co.uk" in a list closes a country, which is rarely what its author meant; ".zip" and "blogspot.com"
 * are. */
static void look_at_suffix(struct intake *in, struct sl_str host)
{
    if (sl_host_is_country_suffix(host))
        intake_warn(in, host, "a public suffix: everybody's hosts are below it");
}

static void write_entry(struct intake *in, const struct entry *e, enum record kind)
{
    if (e->dotted && (kind == RECORD_EXACT || kind == RECORD_TWIN))
        kind = RECORD_BELOW;
    switch (e->type) {
    case ENTRY_HOST:
        add(in, kind, kind == RECORD_TWIN ? entry_without_www(e->a) : e->a, SL_STR(""), &in->report->hosts);
        if (kind == RECORD_BELOW && !in->except)
            look_at_suffix(in, e->a);
        return;
    case ENTRY_NETWORK:
        add(in, RECORD_NETWORK, e->a, SL_STR(""), &in->report->addresses);
        return;
    case ENTRY_URL:
        add(in, RECORD_URL, e->a, e->b, &in->report->urls);
        return;
    case ENTRY_WILDCARD:
        intake_skip(in);
        return;
    }
}

void intake_entry(struct intake *in, struct sl_str word, enum record kind, unsigned flags)
{
    struct entry e;
    const char *why = entry_read(&in->reader, word, flags, &e);
    if (why == NULL)
        write_entry(in, &e, kind);
    else if (!(flags & ENTRY_NETWORKS) || !networks_range(in, word))
        intake_fault(in, word, why);
}

void intake_include(struct intake *in, struct sl_str target, struct sl_str filter)
{
    intake_skip(in);
    if (!in->in_tree)
        return; /* the other file is a list of its own */
    SL_GROW(in->includes, in->include_count, &in->include_cap);
    in->includes[in->include_count++] =
        (struct intake_include){sl_str_dup(target), sl_str_dup(filter), in->line};
}

void intake_attributes(struct intake *in, uint64_t before, struct sl_str names)
{
    for (; names.n > 0 && before < in->records; before++) {
        SL_GROW(in->attributes, in->attribute_count, &in->attribute_cap);
        in->attributes[in->attribute_count++] = (struct intake_attribute){before, sl_str_dup(names)};
    }
}

void intake_expression(struct intake *in, struct sl_str pattern)
{
    struct sl_err err = {0};
    size_t id;
    if (in->patterns == NULL)
        in->patterns = pattern_set_new();
    if (!pattern_set_add(in->patterns, pattern, PATTERN_SCHEMELESS, &id, &err)) {
        intake_fault(in, pattern, err.msg);
        return;
    }
    add(in, RECORD_REGEX, pattern, SL_STR(""), &in->report->expressions);
}

void intake_network(struct intake *in, struct sl_cidr net)
{
    char buf[SL_ENDPOINT_TEXT];
    add(in, RECORD_NETWORK, sl_cstr(sl_cidr_text(net, buf)), SL_STR(""), &in->report->addresses);
}

bool intake_word(struct sl_str *rest, struct sl_str *out_word)
{
    size_t i = 0, start;
    while (i < rest->n && (rest->p[i] == ' ' || rest->p[i] == '\t'))
        i++;
    for (start = i; i < rest->n && rest->p[i] != ' ' && rest->p[i] != '\t';)
        i++;
    *out_word = sl_str(rest->p + start, i - start);
    *rest = sl_str(rest->p + i, rest->n - i);
    return out_word->n > 0;
}

struct sl_str intake_content(struct sl_str line, char mark)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == mark && (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
            return sl_str_trim(sl_str(line.p, i));
    return sl_str_trim(line);
}
