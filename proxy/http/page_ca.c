/* page_ca.c - the page from which people get our certificate: what it is, its files and fingerprints, and
 * what to do with it, their own system's way first (page_body.h). No script: sections open and close by
 * themselves. */
#include <stdio.h>

#include "proxy/http/escape.h"
#include "proxy/http/page_body.h"
#include "proxy/http/page_guides.h"
#include "sluice/ca.h"

static void raw(struct sl_text *out, const char *html)
{
    sl_text_add(out, sl_cstr(html));
}

static bool is_next(const struct ca_entry *e)
{
    return e->state == CA_NEXT;
}

void page_ca_file(const struct ca_entry *e, const char *ending, char out[PAGE_CA_FILE])
{
    snprintf(out, PAGE_CA_FILE, "sluice-%.8s%s", ca_facts(e->ca)->id_text, ending);
}

/* ---- the certificates ---- */

static void add_file_link(struct sl_text *out, const struct ca_entry *e, const char *path, const char *kind,
                          const char *label)
{
    sl_text_addf(out, "<a class=\"%s\" href=\"%s?id=%s\">%s</a>", kind, path, ca_facts(e->ca)->id_text,
                 label);
}

static void add_names(struct sl_text *out, const char *label, const char *const *names, size_t n)
{
    if (n == 0)
        return;
    sl_text_addf(out, "<dt>%s</dt><dd class=\"tags\">", label);
    for (size_t i = 0; i < n; i++) {
        raw(out, "<span>");
        escape_html(out, sl_cstr(names[i]));
        raw(out, "</span>");
    }
    raw(out, "</dd>");
}

static void add_state(struct sl_text *out, const struct ca_entry *e)
{
    char words[PAGE_WORDS];
    if (!is_next(e))
        raw(out, "<span class=\"pill\">In use</span>");
    else if (e->sign_s)
        sl_text_addf(out, "<span class=\"pill\">In use from %s on</span>",
                     page_words_moment(e->sign_s, words));
    else
        raw(out, "<span class=\"pill\">In use soon</span>");
}

/* It breaks between bytes only. */
static void add_fingerprint(struct sl_text *out, const char *label, const char *value)
{
    struct sl_str rest = sl_cstr(value), byte;
    sl_text_addf(out, "<dt>%s</dt><dd><code>", label);
    while (sl_str_split(&rest, ':', &byte)) {
        sl_text_add(out, byte);
        if (rest.n > 0)
            raw(out, ":<wbr>");
    }
    raw(out, "</code></dd>");
}

static void add_certificate(struct sl_text *out, const struct ca_entry *e)
{
    const struct ca_facts *f = ca_facts(e->ca);
    char words[PAGE_WORDS];
    raw(out, "<section class=\"ca\"><h2>");
    escape_html(out, sl_cstr(*f->name ? f->name : f->subject));
    add_state(out, e);
    raw(out, "</h2><div class=\"files\">");
    add_file_link(out, e, "/ca.crt", "go", "Download .crt");
    add_file_link(out, e, "/ca.pem", "to", "Download .pem");
    raw(out,
        is_next(e)
            ? "</div><dl>"
            : "<p>The .crt file is DER, for phones, Windows and macOS; the .pem file is text, for Linux and "
              "programs.</p></div><dl>");
    sl_text_addf(out, "<dt>Valid until</dt><dd>%s</dd>", page_words_moment(f->not_after_s, words));
    if (*f->organisation) {
        raw(out, "<dt>Organisation</dt><dd>");
        escape_html(out, sl_cstr(f->organisation));
        raw(out, "</dd>");
    }
    add_fingerprint(out, "SHA-256", f->sha256);
    add_fingerprint(out, "SHA-1", f->sha1);
    add_names(out, "Only for", f->permitted, f->permitted_count);
    add_names(out, "Never for", f->excluded, f->excluded_count);
    raw(out, "</dl></section>");
}

/* ---- what to do with them ---- */

static void add_guide_text(struct sl_text *out, const char *html, const struct ca_entry *e)
{
    static const struct sl_str mark = {"{file}", 6};
    char file[PAGE_CA_FILE];
    page_ca_file(e, "", file);
    for (struct sl_str rest = sl_cstr(html); rest.n > 0;) {
        const char *at = memmem(rest.p, rest.n, mark.p, mark.n);
        size_t n = at ? (size_t)(at - rest.p) : rest.n;
        sl_text_add(out, sl_str_sub(rest, 0, n));
        if (at)
            raw(out, file);
        rest = sl_str_sub(rest, n + (at ? mark.n : 0), rest.n);
    }
}

static void add_guide(struct sl_text *out, const struct page *p, const struct guide *g, bool open)
{
    sl_text_addf(out, "<details id=\"%s\"%s><summary>%s</summary><div>", g->id, open ? " open" : "",
                 g->title);
    add_guide_text(out, g->html, &p->authorities[0]);
    raw(out, "</div></details>");
}

static void add_guides(struct sl_text *out, const struct page *p)
{
    static const char *const groups[] = {"Other systems", "Browsers", "Programs with a list of their own"};
    int system = guide_of(p->user_agent), browser = guide_of_browser(p->user_agent);
    raw(out, "<section class=\"how\">");
    if (system >= 0 || browser >= 0)
        raw(out, "<h2>Here, as it seems</h2>");
    if (system >= 0)
        add_guide(out, p, &guides[system], true);
    if (browser >= 0)
        add_guide(out, p, &guides[browser], true);
    for (int group = 0; group < GUIDE_GROUPS; group++) {
        sl_text_addf(out, "<h2>%s</h2>", group == GUIDE_SYSTEM && system < 0 ? "Systems" : groups[group]);
        for (int i = 0; i < (int)guide_count; i++)
            if ((int)guides[i].group == group && i != system && i != browser)
                add_guide(out, p, &guides[i], false);
    }
    raw(out, "</section>");
}

void page_ca_html(struct sl_text *out, const struct page *p)
{
    if (p->authority_count == 0)
        return;
    raw(out,
        "<div class=\"say care\"><b>Compare before you trust</b>Whoever owns a certificate that you trust "
        "can read what "
        "you send. Install it only on devices that this network\xe2\x80\x99s administrators are "
        "responsible for, and "
        "only if its fingerprint is the one that they gave you.</div>");
    if (p->authority_count > 1)
        raw(out, "<div class=\"say\"><b>Two certificates</b>One follows the other. Install both, each by the "
                 "steps below; the "
                 "old one may go when the new one has been in use for some months.</div>");
    for (size_t i = 0; i < p->authority_count; i++)
        add_certificate(out, &p->authorities[i]);
    add_guides(out, p);
}

/* ---- for programs ---- */

static void add_url(struct sl_text *out, const struct page *p, const struct ca_entry *e, const char *path)
{
    sl_text_addf(out, "http://%s%s?id=%s", p->page_host, path, ca_facts(e->ca)->id_text);
}

static void text_line(struct sl_text *out, const char *label, struct sl_str value)
{
    sl_text_addf(out, "%-14s", label);
    escape_plain(out, value);
    sl_text_addc(out, '\n');
}

static void text_authority(struct sl_text *out, const struct page *p, const struct ca_entry *e)
{
    const struct ca_facts *f = ca_facts(e->ca);
    char words[PAGE_WORDS];
    sl_text_addc(out, '\n');
    text_line(out, is_next(e) ? "Next:" : "Certificate:", sl_cstr(f->subject));
    text_line(out, "Valid until:", sl_cstr(page_words_moment(f->not_after_s, words)));
    text_line(out, "SHA-256:", sl_cstr(f->sha256));
    text_line(out, "SHA-1:", sl_cstr(f->sha1));
    sl_text_addf(out, "%-14s", "PEM:");
    add_url(out, p, e, "/ca.pem");
    sl_text_addf(out, "\n%-14s", "DER:");
    add_url(out, p, e, "/ca.crt");
    sl_text_addc(out, '\n');
}

void page_ca_text(struct sl_text *out, const struct page *p)
{
    for (size_t i = 0; i < p->authority_count; i++)
        text_authority(out, p, &p->authorities[i]);
}

static void json_authority(struct sl_text *out, const struct page *p, const struct ca_entry *e)
{
    const struct ca_facts *f = ca_facts(e->ca);
    char when[PAGE_WORDS];
    sl_text_addf(out, "{\"id\":\"%s\",\"state\":\"%s\",\"subject\":", f->id_text, ca_state_word(e->state));
    escape_json(out, sl_cstr(f->subject));
    sl_text_addf(out, ",\"not_after\":\"%s\",\"sha256\":\"%s\",\"sha1\":\"%s\",\"pem\":\"",
                 page_rfc3339_local(f->not_after_s, when), f->sha256, f->sha1);
    add_url(out, p, e, "/ca.pem");
    raw(out, "\",\"der\":\"");
    add_url(out, p, e, "/ca.crt");
    raw(out, "\"}");
}

void page_ca_json(struct sl_text *out, const struct page *p)
{
    raw(out, ",\"authorities\":[");
    for (size_t i = 0; i < p->authority_count; i++) {
        if (i > 0)
            sl_text_addc(out, ',');
        json_authority(out, p, &p->authorities[i]);
    }
    sl_text_addc(out, ']');
}
