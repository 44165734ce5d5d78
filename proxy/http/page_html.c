/* page_html.c - a page for people (page_body.h). One card: what happened, to which address, what the
 * administrator says, what to do next, and the facts to quote. No script, no request of its own; the style
 * sheet is allowed by its hash. */
#include <pthread.h>
#include <stdio.h>

#include "base/crypto.h"
#include "proxy/http/escape.h"
#include "proxy/http/page_body.h"
#include "proxy/http/page_ca_style.h"
#include "proxy/http/page_style.h"
#include "proxy/http/page_tls.h"

enum { URL_SHOWN_MAX = 140 };

static const char *const tones[] = {[TONE_BLOCK] = "block", [TONE_WARN] = "warn",   [TONE_QUOTA] = "quota",
                                    [TONE_LOGIN] = "login", [TONE_FAULT] = "fault", [TONE_GOOD] = "good"};

#define ICON(paths)                                                                        \
    "<svg viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" " \
    "stroke-linecap=\"round\" "                                                            \
    "stroke-linejoin=\"round\" aria-hidden=\"true\">" paths "</svg>"
static const char *const icons[] = {
    [TONE_BLOCK] = ICON("<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"m5.7 5.7 12.6 12.6\"/>"),
    [TONE_WARN] = ICON("<path d=\"M12 4 2.8 19.6h18.4z\"/><path d=\"M12 10v4.2M12 17v.01\"/>"),
    [TONE_QUOTA] =
        ICON("<path d=\"M6 3h12M6 21h12M7.5 3v3.6L12 12l4.5-5.4V3M7.5 21v-3.6L12 12l4.5 5.4V21\"/>"),
    [TONE_LOGIN] = ICON(
        "<rect x=\"5\" y=\"11\" width=\"14\" height=\"9\" rx=\"2\"/><path d=\"M8 11V8a4 4 0 0 1 8 0v3\"/>"),
    [TONE_FAULT] = ICON("<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M12 7.5v5.2M12 16.3v.01\"/>"),
    [TONE_GOOD] = ICON("<path d=\"m5 12.5 4.6 4.6L19 7.6\"/>"),
};
#define LOGO                                                                                                 \
    "<svg viewBox=\"0 0 28 28\" aria-hidden=\"true\"><rect width=\"28\" height=\"28\" rx=\"7\"/><path "      \
    "d=\"M14 5.5 7 "                                                                                         \
    "8v5.6c0 4.3 2.9 7.3 7 8.9 4.1-1.6 7-4.6 7-8.9V8z\" fill=\"none\" stroke=\"#fff\" stroke-width=\"1.8\" " \
    "stroke-linejoin=\"round\"/><path d=\"M10.4 13.8h6.8m-2.6-2.7 2.7 2.7-2.7 2.7\" fill=\"none\" "          \
    "stroke=\"#fff\" "                                                                                       \
    "stroke-width=\"1.8\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>"

static void raw(struct sl_text *out, const char *html)
{
    sl_text_add(out, sl_cstr(html));
}

static void fact(struct sl_text *out, const char *label, struct sl_str value)
{
    if (value.n == 0)
        return;
    sl_text_addf(out, "<dt>%s</dt><dd>", label);
    escape_html(out, value);
    raw(out, "</dd>");
}

static void fact_code(struct sl_text *out, const char *label, struct sl_str value)
{
    if (value.n == 0)
        return;
    sl_text_addf(out, "<dt>%s</dt><dd><code>", label);
    escape_html_short(out, value, URL_SHOWN_MAX);
    raw(out, "</code></dd>");
}

static void add_rule(struct sl_text *out, const struct page *p)
{
    bool titled = p->rule_title.n > 0 && !sl_str_eq(p->rule_title, p->rule_id);
    if (p->rule_id.n == 0)
        return;
    raw(out, "<dt>Rule</dt><dd>");
    if (titled) {
        escape_html(out, p->rule_title);
        raw(out, " ");
    }
    raw(out, titled ? "<code class=\"id\">" : "<code>");
    escape_html(out, p->rule_id);
    raw(out, "</code></dd>");
}

static void add_categories(struct sl_text *out, const struct page *p)
{
    if (p->category_count == 0)
        return;
    raw(out, p->category_count == 1 ? "<dt>Category</dt><dd class=\"tags\">"
                                    : "<dt>Categories</dt><dd class=\"tags\">");
    for (size_t i = 0; i < p->category_count; i++) {
        raw(out, "<span title=\"");
        escape_html(out, p->category_names[i]);
        raw(out, "\">");
        escape_html(out, p->category_titles[i]);
        raw(out, "</span>");
    }
    raw(out, "</dd>");
}

static void add_facts(struct sl_text *out, const struct page *p)
{
    char exact[PAGE_WORDS], words[PAGE_WORDS];
    raw(out, "<dl>");
    fact_code(out, "Address", p->url.n > 0 ? p->url : p->host);
    add_rule(out, p);
    add_categories(out, p);
    fact(out, "User", p->user);
    fact(out, "Your address", p->client);
    fact_code(out, "Cause", sl_cstr(p->detail_word));
    if (p->request_id)
        fact_code(out, "Request number", sl_cstr(p->request_id));
    sl_text_addf(out, "<dt>Time</dt><dd><time datetime=\"%s\">%s</time></dd></dl>",
                 page_rfc3339_local(p->now_s, exact), page_words_moment(p->now_s, words));
}

static void add_resets(struct sl_text *out, const struct page_quota *q, int64_t now_s)
{
    char exact[PAGE_WORDS], words[PAGE_WORDS];
    const char *change = page_words_change(q);
    if (!change)
        return;
    page_rfc3339_resets(q, exact);
    sl_text_addf(out, "<span>%s <time datetime=\"%s\" title=\"%s\">", change, exact, exact);
    escape_html(out, sl_cstr(page_words_resets(q, now_s, words)));
    raw(out, "</time></span>");
}

static void add_window(struct sl_text *out, const struct page_quota *q)
{
    char words[PAGE_WORDS];
    if (q->rolling_s == 86400)
        raw(out, "Counts the last 24 hours. ");
    else if (q->rolling_s)
        sl_text_addf(out, "Counts the last %s. ", page_words_duration(q->rolling_s, words));
    raw(out, page_words_then(q, words));
}

/* The button itself is on the page of quotas alone: pages that stand in for another site's can be read by
 * that site's scripts. There a link leads here. */
static void add_extension(struct sl_text *out, const struct page *p, const struct page_quota *q)
{
    if (!q->times || p->kind == PAGE_QUOTA_WARN) /* there one button is to go on */
        return;
    if (q->taken >= q->times) {
        raw(out, "<p>All extensions are taken.</p>");
        return;
    }
    if (q->extend_url.n > 0) {
        raw(out, "<form method=\"post\" action=\"");
        escape_html(out, q->extend_url);
        raw(out, "\"><button class=\"to\">Take ");
    } else if (p->page_host) {
        sl_text_addf(out, "<div class=\"form\"><a class=\"go\" href=\"%s://", p->secure ? "https" : "http");
        escape_html(out, sl_cstr(p->page_host));
        raw(out, "/quota\">Take ");
    } else {
        return;
    }
    page_words_extension(out, q);
    raw(out, q->extend_url.n > 0 ? " more</button>" : " more</a>");
    sl_text_addf(out, "<span>%llu of %llu left</span>%s", (unsigned long long)(q->times - q->taken),
                 (unsigned long long)q->times, q->extend_url.n > 0 ? "</form>" : "</div>");
}

static void add_meter(struct sl_text *out, const struct page *p, const struct page_quota *q)
{
    unsigned shown = SL_MIN(q->percent, 100u);
    raw(out, q->percent >= 100 ? "<section class=\"meter full\"><h2>" : "<section class=\"meter\"><h2>");
    escape_html(out, q->title.n > 0 ? q->title : q->id);
    sl_text_addf(out,
                 "<span>%u&#8239;%%</span></h2><svg aria-hidden=\"true\"><rect width=\"100%%\" height=\"8\"/>"
                 "<rect width=\"%u%%\" height=\"8\" rx=\"4\"/></svg><p><span>",
                 q->percent, shown);
    page_words_quota(out, q);
    sl_text_addf(out, ", %s</span>", page_words_per(q->per));
    add_resets(out, q, p->now_s);
    raw(out, "</p><p>");
    add_window(out, q);
    raw(out, "</p>");
    add_extension(out, p, q);
    raw(out, "</section>");
}

static void add_meters(struct sl_text *out, const struct page *p)
{
    for (size_t i = 0; i < p->quota_count; i++)
        add_meter(out, p, &p->quotas[i]);
    if (p->kind == PAGE_QUOTAS && p->quota_count == 0)
        raw(out, "<section class=\"meter\"><p>No quota applies to you.</p></section>");
}

static void add_link(struct sl_text *out, const struct page *p, const char *path, const char *label)
{
    sl_text_addf(out, "<a class=\"to\" href=\"%s://", p->secure ? "https" : "http");
    escape_html(out, sl_cstr(p->page_host));
    sl_text_addf(out, "%s\">%s</a>", path, label);
}

/* What to do next: a button, links, or a sentence. */
static void add_actions(struct sl_text *out, const struct page *p)
{
    const char *advice = page_advice(p);
    char words[PAGE_WORDS];
    raw(out, "<div class=\"act\">");
    if (p->continue_url.n > 0) {
        raw(out, "<a class=\"go\" rel=\"noreferrer\" href=\"");
        escape_html(out, p->continue_url);
        raw(out, "\">Continue</a>");
    }
    if (advice[0]) {
        sl_text_addf(out, "<p>%s", advice);
        if (p->kind == PAGE_WARN && p->warn_for_s > 0)
            sl_text_addf(out, " You won\xe2\x80\x99t be asked again for %s.",
                         page_words_duration(p->warn_for_s, words));
        raw(out, "</p>");
    }
    if (p->page_host && (p->kind == PAGE_QUOTA || p->kind == PAGE_QUOTA_WARN || p->kind == PAGE_EXTEND_BAD))
        add_link(out, p, "/quota", "All your quotas");
    if (p->page_host && p->kind == PAGE_WELCOME) {
        add_link(out, p, "/quota", "Your quotas");
        add_link(out, p, "/ca", "Certificate");
        add_link(out, p, "/proxy.pac", "Proxy configuration");
    }
    if (p->page_host && (p->kind == PAGE_NOT_FOUND || p->kind == PAGE_QUOTAS))
        add_link(out, p, "/", "Front page");
    raw(out, "</div>");
}

static void add_top(struct sl_text *out, const struct page *p)
{
    sl_text_addf(out, "<div class=\"top\"><span class=\"tile\">%s</span><div><h1>",
                 icons[page_row(p->kind)->tone]);
    escape_html(out, page_title(p));
    raw(out, "</h1>");
    if (p->host.n > 0) {
        raw(out, "<p class=\"where\">");
        escape_html_short(out, p->host, 80);
        raw(out, "</p>");
    }
    raw(out, "<p class=\"lead\">");
    page_explain(out, p, escape_html);
    raw(out, "</p>");
    if (p->detail.n > 0) {
        raw(out, "<p class=\"lead\">");
        escape_html(out, p->detail);
        raw(out, "</p>");
    }
    raw(out, "</div></div>");
}

void page_html(struct sl_text *out, const struct page *p)
{
    raw(out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>");
    escape_html(out, page_title(p));
    raw(out, "</title><style>" PAGE_STYLE "</style>");
    if (p->kind == PAGE_CA)
        raw(out, "<style>" PAGE_CA_STYLE "</style>");
    raw(out, "</head><body class=\"");
    raw(out, tones[page_row(p->kind)->tone]);
    raw(out, "\"><header>" LOGO "Sluice<span>Web gateway</span></header><main>");
    add_top(out, p);
    if (p->message.n > 0) {
        raw(out, "<div class=\"say\"><b>Your administrator says</b>");
        escape_html(out, p->message);
        raw(out, "</div>");
    }
    add_meters(out, p);
    if (p->kind == PAGE_CA)
        page_ca_html(out, p);
    else
        add_actions(out, p);
    page_tls_html(out, p);
    add_facts(out, p);
    raw(out, "</main></body></html>\n");
}

enum { POLICY = 400, HASH = 48 };
static char plain_policy[POLICY], click_policy[POLICY], ca_policy[POLICY];

/* 'sha256-...' of a style sheet, by which it is allowed. */
static void hash_style(const char *style, char out[HASH])
{
    uint8_t digest[32];
    crypto_sha256(sl_cstr(style), digest);
    crypto_base64url(digest, sizeof digest, out);
    for (char *c = out; *c; c++) /* browsers compare the standard alphabet */
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
}

static void make_policies(void)
{
    char usual[HASH], ca[HASH], begin[POLICY / 2];
    hash_style(PAGE_STYLE, usual);
    hash_style(PAGE_CA_STYLE, ca);
    snprintf(begin, sizeof begin, "default-src 'none'; style-src 'sha256-%s='; base-uri 'none'; form-action ",
             usual);
    snprintf(plain_policy, POLICY, "%s'none'", begin);
    snprintf(click_policy, POLICY, "%s'self'; frame-ancestors 'none'", begin);
    snprintf(ca_policy, POLICY,
             "default-src 'none'; style-src 'sha256-%s=' 'sha256-%s='; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'",
             usual, ca);
}

/* A page that asks for a click may stand in no frame; a refusal may, where an advertisement would have been.
 */
const char *page_html_policy(const struct page *p)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_policies);
    if (p->kind == PAGE_CA)
        return ca_policy;
    return p->continue_url.n == 0 && p->kind != PAGE_QUOTAS ? plain_policy : click_policy;
}
