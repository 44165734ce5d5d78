/* page.c - see page.h. Chooses the form, writes the head around the body. */
#include "proxy/http/page.h"

#include "proxy/http/accept.h"
#include "proxy/http/date.h"
#include "proxy/http/escape.h"
#include "proxy/http/page_body.h"
#include "proxy/http/page_tls.h"

struct sl_str page_title(const struct page *p)
{
    if (p->kind == PAGE_LOGIN && p->login_failed)
        return SL_STR("Signing in failed");
    if (p->kind == PAGE_ORIGIN_TLS)
        return sl_cstr(page_tls_row(p->tls_fault)->title);
    return sl_cstr(page_row(p->kind)->title);
}

const char *page_advice(const struct page *p)
{
    if (p->kind == PAGE_ORIGIN_TLS)
        return page_tls_advice(p->tls_fault);
    return page_row(p->kind)->advice;
}

static void explain_rule(struct sl_text *out, const struct page *p,
                         void (*value)(struct sl_text *, struct sl_str))
{
    struct sl_str rule = p->rule_title.n ? p->rule_title : p->rule_id;
    if (rule.n == 0) {
        sl_text_add(
            out, p->kind == PAGE_BLOCK
                     ? SL_STR("Only what the rules of this network name is allowed, and this is not named.")
                     : sl_cstr(page_row(p->kind)->text));
        return;
    }
    sl_text_add(out, SL_STR("The rule \xe2\x80\x9c"));
    value(out, rule);
    sl_text_add(out, p->kind == PAGE_BLOCK ? SL_STR("\xe2\x80\x9d does not allow it.")
                                           : SL_STR("\xe2\x80\x9d asks you to think before you go on."));
}

static void explain_quota_warning(struct sl_text *out, const struct page *p,
                                  void (*value)(struct sl_text *, struct sl_str))
{
    char when[PAGE_WORDS];
    const struct page_quota *q = p->quotas;
    sl_text_addf(out, "You have used %u %% of the quota \xe2\x80\x9c", q->percent);
    value(out, q->title.n ? q->title : q->id);
    sl_text_add(out, SL_STR("\xe2\x80\x9d."));
    if (q->resets_s && !q->rolling_s)
        sl_text_addf(out, " It starts anew %s.", page_words_resets(q, p->now_s, when));
}

static void explain_quota(struct sl_text *out, const struct page *p,
                          void (*value)(struct sl_text *, struct sl_str))
{
    char when[PAGE_WORDS];
    const struct page_quota *q = p->quotas;
    sl_text_add(out, SL_STR("The quota \xe2\x80\x9c"));
    value(out, q->title.n ? q->title : q->id);
    sl_text_add(out, SL_STR("\xe2\x80\x9d is used up."));
    if (q->resets_s)
        sl_text_addf(out, q->rolling_s ? " There is room again %s." : " It starts anew %s.",
                     page_words_resets(q, p->now_s, when));
}

void page_explain(struct sl_text *out, const struct page *p, void (*value)(struct sl_text *, struct sl_str))
{
    switch (p->kind) {
    case PAGE_BLOCK:
    case PAGE_WARN:
        explain_rule(out, p, value);
        break;
    case PAGE_QUOTA:
        if (p->quota_count > 0)
            explain_quota(out, p, value);
        else
            sl_text_add(out, sl_cstr(page_row(p->kind)->text));
        break;
    case PAGE_QUOTA_WARN:
        if (p->quota_count > 0)
            explain_quota_warning(out, p, value);
        else
            sl_text_add(out, sl_cstr(page_row(p->kind)->text));
        break;
    case PAGE_LOGIN:
        sl_text_add(out, p->login_failed ? SL_STR("The user name or the password was not right.")
                                         : sl_cstr(page_row(p->kind)->text));
        break;
    case PAGE_ORIGIN_TLS:
        page_tls_explain(out, p, value);
        break;
    case PAGE_CA:
        sl_text_add(out, p->authority_count
                             ? sl_cstr(page_row(p->kind)->text)
                             : SL_STR("The gateway has none: it looks into no encrypted page, and there "
                                      "is nothing to install."));
        break;
    default:
        sl_text_add(out, sl_cstr(page_row(p->kind)->text));
    }
}

/* ---- the head ---- */

static void field(struct sl_text *out, const char *name, struct sl_str value)
{
    sl_text_add(out, sl_cstr(name));
    sl_text_add(out, SL_STR(": "));
    escape_field(out, value);
    sl_text_add(out, SL_STR("\r\n"));
}

static void number_field(struct sl_text *out, const char *name, uint64_t value)
{
    sl_text_addf(out, "%s: %llu\r\n", name, (unsigned long long)value);
}

static const char *error_of(const struct page *p)
{
    if (p->kind == PAGE_ORIGIN_TLS && p->tls_fault != TLS_FAULT_NONE)
        return page_tls_row(p->tls_fault)->error;
    return p->error ? p->error : page_row(p->kind)->error;
}

/* RFC 9209. Its details name the rule, the quota or the fault; never anything of the client's. */
static void proxy_status(struct sl_text *out, const struct page *p)
{
    SL_CLEANUP(sl_text_fini) struct sl_text details = {0};
    sl_text_addf(out, "Proxy-Status: sluice; error=%s", error_of(p));
    if (p->received_status > 0)
        sl_text_addf(out, "; received-status=%u", p->received_status);
    if ((p->kind == PAGE_QUOTA || p->kind == PAGE_QUOTA_WARN) && p->quota_count > 0)
        sl_text_addf(&details, "quota %.*s", SL_FMT(p->quotas->id));
    else if (p->kind == PAGE_BLOCK || p->kind == PAGE_WARN)
        sl_text_addf(&details, "rule %.*s", SL_FMT(p->rule_id.n ? p->rule_id : SL_STR("default")));
    else if (p->detail_word)
        sl_text_add(&details, sl_cstr(p->detail_word));
    if (details.n > 0) {
        sl_text_add(out, SL_STR("; details="));
        escape_sf_string(out, sl_text_str(&details));
    }
    sl_text_add(out, SL_STR("\r\n"));
}

static bool has_content(const struct page *p)
{
    return p->kind == PAGE_CONTENT || p->kind == PAGE_TRACE || p->kind == PAGE_OPTIONS;
}

static struct sl_str content_type(const struct page *p, enum page_form form)
{
    if (has_content(p))
        return p->content_type;
    if (form == FORM_HTML)
        return SL_STR("text/html; charset=utf-8");
    if (form == FORM_TEXT)
        return SL_STR("text/plain; charset=utf-8");
    return page_status(p->kind) < 400 ? SL_STR("application/json") : SL_STR("application/problem+json");
}

static void add_kind_fields(struct sl_text *out, const struct page *p)
{
    unsigned retry_after_s = p->retry_after_s ? p->retry_after_s : page_row(p->kind)->retry_after_s;
    if (retry_after_s > 0)
        number_field(out, "Retry-After", retry_after_s);
    if (p->kind == PAGE_LOGIN)
        for (size_t i = 0; i < p->challenge_count; i++)
            field(out, "Proxy-Authenticate", p->challenges[i]);
    if (p->kind == PAGE_CONTINUE || p->kind == PAGE_EXTENDED)
        field(out, "Location", p->continue_url);
    if (p->kind == PAGE_METHOD)
        field(out, "Allow", p->takes_post ? SL_STR("GET, HEAD, POST") : SL_STR("GET, HEAD"));
    if (p->kind == PAGE_OPTIONS)
        field(out, "Allow", SL_STR("CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE"));
    if (p->kind == PAGE_CONTENT && p->content_name)
        sl_text_addf(out, "Content-Disposition: %s; filename=\"%s\"\r\n",
                     p->content_opens ? "inline" : "attachment", p->content_name);
}

static void add_head(struct sl_text *out, const struct page *p, enum page_form form, size_t body_n)
{
    char date[HTTP_DATE_BYTES];
    unsigned status = page_status(p->kind);
    http_date(p->now_s, date);
    sl_text_addf(out, "HTTP/1.1 %u %s\r\n", status, page_reason_phrase(status));
    field(out, "Date", sl_str(date, sizeof date));
    if (body_n > 0)
        field(out, "Content-Type", content_type(p, form));
    number_field(out, "Content-Length", body_n);
    sl_text_add(out, SL_STR("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"));
    proxy_status(out, p);
    if (p->request_id)
        field(out, "X-Sluice-Request", sl_cstr(p->request_id));
    if (!has_content(p))
        field(out, "Vary", SL_STR("Accept"));
    if (form == FORM_HTML && !has_content(p)) {
        field(out, "Content-Security-Policy", sl_cstr(page_html_policy(p)));
        field(out, "Referrer-Policy", SL_STR("no-referrer"));
    }
    add_kind_fields(out, p);
    if (!p->keep_alive)
        field(out, "Connection", SL_STR("close"));
    else if (p->minor == 0)
        field(out, "Connection", SL_STR("keep-alive"));
    sl_text_add(out, SL_STR("\r\n"));
}

static void add_body(struct sl_text *out, const struct page *p, enum page_form form)
{
    if (has_content(p))
        sl_text_add(out, p->content);
    else if (form == FORM_HTML)
        page_html(out, p);
    else if (form == FORM_JSON)
        page_json(out, p);
    else
        page_text(out, p);
}

unsigned page_build(const struct page *p, struct sl_text *out)
{
    SL_CLEANUP(sl_text_fini) struct sl_text body = {0};
    enum page_form form = accept_form(p->accept);
    add_body(&body, p, form);
    add_head(out, p, form, body.n);
    if (p->method != METHOD_HEAD)
        sl_text_add(out, sl_text_str(&body));
    return page_status(p->kind);
}
