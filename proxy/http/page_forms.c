/* page_forms.c - a page for programs: problem+json (RFC 9457) and plain text (page_body.h). */
#include <time.h>

#include "policy/rate.h"
#include "proxy/http/escape.h"
#include "proxy/http/page_body.h"
#include "proxy/http/page_tls.h"

/* ---- JSON ---- */

static void key(struct sl_text *out, const char *name)
{
    if (out->p[out->n - 1] != '{')
        sl_text_addc(out, ',');
    sl_text_addf(out, "\"%s\":", name);
}

static void text_member(struct sl_text *out, const char *name, struct sl_str value)
{
    if (value.n == 0)
        return;
    key(out, name);
    escape_json(out, value);
}

static void number_member(struct sl_text *out, const char *name, uint64_t value)
{
    key(out, name);
    sl_text_addf(out, "%llu", (unsigned long long)value);
}

static void list_member(struct sl_text *out, const char *name, const struct sl_str *items, size_t count)
{
    if (count == 0 || !items)
        return;
    key(out, name);
    for (size_t i = 0; i < count; i++) {
        sl_text_addc(out, i == 0 ? '[' : ',');
        escape_json(out, items[i]);
    }
    sl_text_addc(out, ']');
}

static void amount(struct sl_text *out, const char *name, uint64_t used, uint64_t limit)
{
    if (limit == 0)
        return;
    key(out, name);
    sl_text_addf(out, "{\"used\":%llu,\"limit\":%llu}", (unsigned long long)used, (unsigned long long)limit);
}

static void json_extension(struct sl_text *out, const struct page_quota *q)
{
    key(out, "extension");
    sl_text_addc(out, '{');
    if (q->extension.bytes)
        number_member(out, "bytes", q->extension.bytes);
    if (q->extension.minutes)
        number_member(out, "minutes", q->extension.minutes);
    if (q->extension.requests)
        number_member(out, "requests", q->extension.requests);
    number_member(out, "times", q->times);
    number_member(out, "taken", q->taken);
    text_member(out, "post", q->extend_url);
    sl_text_addc(out, '}');
}

static void json_quota(struct sl_text *out, const struct page_quota *q)
{
    char when[PAGE_WORDS], rate[RATE_TEXT];
    sl_text_addc(out, '{');
    text_member(out, "id", q->id);
    text_member(out, "title", q->title);
    text_member(out, "per", q->per);
    amount(out, "bytes", q->bytes, q->bytes_limit);
    amount(out, "minutes", q->minutes, q->minutes_limit);
    amount(out, "requests", q->requests, q->requests_limit);
    number_member(out, "percent", q->percent);
    text_member(out, "then", q->then == ACTION_ALLOW ? SL_STR("throttle") : sl_cstr(action_word(q->then)));
    if (q->then == ACTION_ALLOW)
        text_member(out, "throttle", sl_cstr(rate_text(q->bytes_per_s, rate)));
    if (q->rolling_s)
        number_member(out, "rolling_s", (uint64_t)q->rolling_s);
    if (q->resets_s)
        text_member(out, "resets", sl_cstr(page_rfc3339_resets(q, when)));
    text_member(out, "timezone", q->zone);
    if (q->times)
        json_extension(out, q);
    sl_text_addc(out, '}');
}

static void json_quotas(struct sl_text *out, const struct page *p)
{
    if (p->kind != PAGE_QUOTAS && p->quota_count > 0) {
        text_member(out, "quota", p->quotas->id);
        key(out, "usage");
        json_quota(out, p->quotas);
    } else if (p->kind == PAGE_QUOTAS) {
        key(out, "quotas");
        sl_text_addc(out, '[');
        for (size_t i = 0; i < p->quota_count; i++) {
            if (i > 0)
                sl_text_addc(out, ',');
            json_quota(out, &p->quotas[i]);
        }
        sl_text_addc(out, ']');
    }
}

void page_json(struct sl_text *out, const struct page *p)
{
    const struct page_row *row = page_row(p->kind);
    SL_CLEANUP(sl_text_fini) struct sl_text explanation = {0};
    char when[PAGE_WORDS];
    page_explain(&explanation, p, sl_text_add);
    if (p->detail.n > 0) {
        sl_text_addc(&explanation, ' ');
        sl_text_add(&explanation, p->detail);
    }
    sl_text_addf(out, "{\"type\":\"urn:sluice:%s\"", row->word);
    text_member(out, "title", page_title(p));
    number_member(out, "status", row->status);
    text_member(out, "detail", sl_text_str(&explanation));
    text_member(out, "reason", sl_cstr(row->word));
    text_member(out, "cause", sl_cstr(p->detail_word));
    text_member(out, "request", sl_cstr(p->request_id));
    text_member(out, "time", sl_cstr(page_rfc3339_local(p->now_s, when)));
    text_member(out, "url", p->url);
    text_member(out, "host", p->host);
    text_member(out, "user", p->user);
    text_member(out, "client", p->client);
    text_member(out, "rule", p->rule_id);
    text_member(out, "rule_title", p->rule_title);
    text_member(out, "message", p->message);
    list_member(out, "categories", p->category_names, p->category_count);
    list_member(out, "category_titles", p->category_titles, p->category_count);
    json_quotas(out, p);
    page_tls_json(out, p);
    if (p->kind == PAGE_CA)
        page_ca_json(out, p);
    text_member(out, "continue", p->continue_url);
    if (p->kind == PAGE_WARN && p->warn_for_s > 0)
        number_member(out, "continue_for_s", (uint64_t)p->warn_for_s);
    sl_text_add(out, SL_STR("}\n"));
}

/* ---- plain text ---- */

static void line(struct sl_text *out, const char *label, struct sl_str value)
{
    if (value.n == 0)
        return;
    sl_text_addf(out, "%-12s", label);
    escape_plain(out, value);
    sl_text_addc(out, '\n');
}

static void text_categories(struct sl_text *out, const struct page *p)
{
    for (size_t i = 0; i < p->category_count; i++) {
        sl_text_addf(out, "%-12s", i == 0 ? "Categories:" : "");
        escape_plain(out, p->category_titles[i]);
        if (!sl_str_eq(p->category_titles[i], p->category_names[i])) {
            sl_text_add(out, SL_STR(" ("));
            escape_plain(out, p->category_names[i]);
            sl_text_addc(out, ')');
        }
        sl_text_addc(out, '\n');
    }
}

static void text_extension(struct sl_text *out, const struct page_quota *q)
{
    if (!q->times)
        return;
    sl_text_addf(out, "%-12s", "More:");
    page_words_extension(out, q);
    sl_text_addf(out, " at a time, %llu of %llu taken\n", (unsigned long long)q->taken,
                 (unsigned long long)q->times);
}

static void text_quotas(struct sl_text *out, const struct page *p)
{
    char when[PAGE_WORDS], exact[PAGE_WORDS];
    for (size_t i = 0; i < p->quota_count; i++) {
        const struct page_quota *q = &p->quotas[i];
        line(out, "Quota:", q->id);
        if (!sl_str_eq(q->title, q->id))
            line(out, "", q->title);
        sl_text_addf(out, "%-12s", "Used:");
        page_words_quota(out, q);
        sl_text_addf(out, ", %s (%u %%)\n", page_words_per(q->per), q->percent);
        const char *change = page_words_change(q);
        if (change)
            sl_text_addf(out, "%-12s%s %s (%s)\n", "", change, page_words_resets(q, p->now_s, when),
                         page_rfc3339_resets(q, exact));
        sl_text_addf(out, "%-12s%s\n", "", page_words_then(q, when));
        text_extension(out, q);
    }
    if (p->kind == PAGE_QUOTAS && p->quota_count == 0)
        sl_text_add(out, SL_STR("No quota applies to you.\n"));
}

static void text_rule(struct sl_text *out, const struct page *p)
{
    if (p->rule_id.n == 0)
        return;
    line(out, "Rule:", p->rule_id);
    if (!sl_str_eq(p->rule_title, p->rule_id))
        line(out, "", p->rule_title);
}

void page_text(struct sl_text *out, const struct page *p)
{
    const char *advice = page_advice(p);
    char when[PAGE_WORDS];
    sl_text_add(out, page_title(p));
    sl_text_add(out, SL_STR("\n\n"));
    page_explain(out, p, escape_plain);
    sl_text_addc(out, '\n');
    if (p->detail.n > 0) {
        escape_plain(out, p->detail);
        sl_text_addc(out, '\n');
    }
    if (p->message.n > 0) {
        sl_text_add(out, SL_STR("\nYour administrator says: "));
        escape_plain(out, p->message);
        sl_text_addc(out, '\n');
    }
    sl_text_addc(out, '\n');
    line(out, "Address:", p->url.n ? p->url : p->host);
    text_rule(out, p);
    text_categories(out, p);
    text_quotas(out, p);
    page_tls_text(out, p);
    line(out, "User:", p->user);
    line(out, "Client:", p->kind == PAGE_WELCOME ? p->client : sl_str(NULL, 0));
    line(out, p->kind == PAGE_CONTINUE ? "Go to:" : "Continue:", p->continue_url);
    line(out, "Request:", sl_cstr(p->request_id));
    line(out, "Time:", sl_cstr(page_rfc3339_local(p->now_s, when)));
    if (p->kind == PAGE_CA)
        page_ca_text(out, p);
    if (advice[0] && p->kind != PAGE_CONTINUE)
        sl_text_addf(out, "\n%s\n", advice);
}
