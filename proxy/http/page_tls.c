/* page_tls.c - see page_tls.h. A certificate is the site's word about itself: everything in it is escaped as
 * any other value of a stranger. */
#include "proxy/http/page_tls.h"

#include "proxy/http/escape.h"
#include "proxy/http/page_body.h"
#include "sluice/clock.h"

enum { NAMES_SHOWN = 5, DAY_S = 24 * 3600 };

#define NOT_VALID "The site\xe2\x80\x99s certificate is not valid"
#define UNKNOWN "Nobody known here vouches for this site"
#define WEAK "The site\xe2\x80\x99s certificate is too weak"
#define UNSURE "The site\xe2\x80\x99s certificate can\xe2\x80\x99t be checked"
#define NO_TLS "No secure connection to this site"
#define OLD "The site\xe2\x80\x99s encryption is out of date"
#define CERTIFICATE "tls_certificate_error"
#define PROTOCOL "tls_protocol_error"

static const struct page_tls_row rows[TLS_FAULT_COUNT] = {
    [TLS_FAULT_NONE] = {NO_TLS, "It could not be made.", "", PROTOCOL},
    [TLS_FAULT_CLOSED] = {NO_TLS, "Its server closed the connection before it was secure.", "",
                          "connection_terminated"},
    [TLS_FAULT_RESET] = {NO_TLS, "Its server broke the connection before it was secure.", "",
                         "connection_terminated"},
    [TLS_FAULT_NOT_TLS] = {NO_TLS,
                           "What its server says is no TLS, so nothing that is sent there is protected.", "",
                           PROTOCOL},
    [TLS_FAULT_VERSION] = {OLD, "Its server has only versions of TLS that are broken.", "", PROTOCOL},
    [TLS_FAULT_CIPHER] = {OLD, "Its server has only ciphers that are weak or unknown.", "", PROTOCOL},
    [TLS_FAULT_WEAK_DH] = {OLD, "Its server agrees on keys in a way that is too weak.", "", PROTOCOL},
    [TLS_FAULT_ALPN] = {NO_TLS, "Its server speaks another protocol than web pages need.", "", PROTOCOL},
    [TLS_FAULT_CLIENT_CERTIFICATE] = {"The site asks for a certificate of yours",
                                      "It lets in only who shows a certificate. The gateway looks into this "
                                      "connection and can\xe2\x80\x99t show "
                                      "yours.",
                                      "", "tls_alert_received"},
    [TLS_FAULT_CERTIFICATE_REFUSED] = {NO_TLS, "Its server does not accept the certificate of this gateway.",
                                       "", "tls_alert_received"},
    [TLS_FAULT_ALERT] = {NO_TLS, "Its server refused a secure connection.", "", "tls_alert_received"},
    [TLS_FAULT_NO_CERTIFICATE] = {NOT_VALID, "It showed none at all.", "", CERTIFICATE},
    [TLS_FAULT_PROTOCOL] = {NO_TLS, "Its server broke the rules of TLS.", "", PROTOCOL},
    [TLS_FAULT_MALFORMED] = {NOT_VALID, "It breaks the rules of certificates.", "Malformed", CERTIFICATE},
    [TLS_FAULT_REVOKED] = {"The site\xe2\x80\x99s certificate was revoked",
                           "Its issuer declared it void before its time: its key may be in wrong hands.",
                           "Revoked", CERTIFICATE},
    [TLS_FAULT_UNTRUSTED] = {NOT_VALID, "It is not to be trusted.", "Not trusted", CERTIFICATE},
    [TLS_FAULT_BAD_SIGNATURE] = {NOT_VALID, "Its signature is wrong: it may be forged.", "Wrong signature",
                                 CERTIFICATE},
    [TLS_FAULT_NOT_A_CA] = {NOT_VALID, "It was issued by one who may not issue certificates.",
                            "May not issue", CERTIFICATE},
    [TLS_FAULT_PATH_LENGTH] = {NOT_VALID,
                               "More issuers stand between it and who is trusted than are allowed.",
                               "Too many below", CERTIFICATE},
    [TLS_FAULT_NAME_CONSTRAINTS] = {NOT_VALID, "Its issuer may not vouch for a site of this name.",
                                    "Not for this name", CERTIFICATE},
    [TLS_FAULT_POLICY] = {NOT_VALID, "It lacks a policy that its issuer requires.", "Policy missing",
                          CERTIFICATE},
    [TLS_FAULT_CRITICAL_EXTENSION] = {NOT_VALID, "It asks for something that is not known here.",
                                      "Unknown extension", CERTIFICATE},
    [TLS_FAULT_LONG_CHAIN] = {NOT_VALID, "Too many certificates stand above it.", "Too long", CERTIFICATE},
    [TLS_FAULT_SELF_SIGNED] = {UNKNOWN, "The site signed its certificate itself, which anybody can do.",
                               "Signed by itself", CERTIFICATE},
    [TLS_FAULT_UNKNOWN_ISSUER] = {UNKNOWN, "The issuer of its certificate is not trusted here.",
                                  "Issuer unknown", CERTIFICATE},
    [TLS_FAULT_INCOMPLETE_CHAIN] =
        {UNKNOWN, "The site did not show the certificate of its issuer, and it could not be fetched.",
         "Issuer missing", CERTIFICATE},
    [TLS_FAULT_WRONG_NAME] = {"The certificate is for another site", "It does not name this one.",
                              "Another site", CERTIFICATE},
    [TLS_FAULT_WRONG_USAGE] = {NOT_VALID, "It is not meant for web sites.", "Not for sites", CERTIFICATE},
    [TLS_FAULT_KEY_USAGE] = {NOT_VALID, "Its key may not be used for this.", "Key not for this", CERTIFICATE},
    [TLS_FAULT_WEAK_SIGNATURE] = {WEAK, "It is signed in a way that can be forged.", "Weak signature",
                                  CERTIFICATE},
    [TLS_FAULT_WEAK_KEY] = {WEAK, "Its key is too short to protect anything.", "Weak key", CERTIFICATE},
    [TLS_FAULT_EXPIRED] = {"The site\xe2\x80\x99s certificate has expired", "Its time is over.", "Expired",
                           CERTIFICATE},
    [TLS_FAULT_NOT_YET_VALID] = {"The site\xe2\x80\x99s certificate is not valid yet",
                                 "Its time has not begun.", "Not valid yet", CERTIFICATE},
    [TLS_FAULT_STAPLE_MISSING] = {UNSURE,
                                  "It promises proof that it was not revoked, and the site showed none.",
                                  "Proof missing", CERTIFICATE},
    [TLS_FAULT_REVOCATION_UNKNOWN] = {UNSURE, "Its issuer could not be asked whether it was revoked.",
                                      "Not known", CERTIFICATE},
};

const struct page_tls_row *page_tls_row(enum tls_fault f)
{
    sl_assert((unsigned)f < TLS_FAULT_COUNT);
    return &rows[f];
}

const char *page_tls_advice(enum tls_fault f)
{
    if (f == TLS_FAULT_CLIENT_CERTIFICATE)
        return "Tell your administrator the request number below: the gateway can be told not to look into "
               "connections to this site.";
    if (!tls_fault_is_of_certificate(f) && f != TLS_FAULT_NO_CERTIFICATE)
        return "The fault is at the site. If you need it, tell your administrator the request number below.";
    return "Somebody may be posing as this site, so nothing was sent there. If you know it and need it, tell "
           "your "
           "administrator the request number below.";
}

static const struct certificate_member *faulty(const struct page *p)
{
    const struct certificate *c = p->certificate;
    return c && c->at < c->member_count ? &c->members[c->at] : NULL;
}

/* ---- what happened ---- */

static void say_days(struct sl_text *out, const char *before, int64_t s, const char *after)
{
    long long days = (long long)(s / DAY_S);
    if (days > 0)
        sl_text_addf(out, "%s%lld day%s%s", before, days, days == 1 ? "" : "s", after);
}

static void explain_time(struct sl_text *out, const struct page *p, const struct certificate_member *m)
{
    char date[PAGE_WORDS];
    if (p->tls_fault == TLS_FAULT_EXPIRED) {
        sl_text_addf(out, "It expired on %s", page_words_date(m->until_s, date));
        say_days(out, ", ", p->now_s - m->until_s, " ago");
    } else {
        sl_text_addf(out, "It is valid from %s on", page_words_date(m->from_s, date));
        say_days(out, ", in ", m->from_s - p->now_s, "");
    }
    sl_text_add(out, SL_STR(". If the time below is right, the fault is at the site."));
}

static void explain_names(struct sl_text *out, const struct certificate *c,
                          void (*value)(struct sl_text *, struct sl_str))
{
    size_t shown = SL_MIN(c->name_count, (size_t)NAMES_SHOWN);
    if (c->name_count == 0) {
        sl_text_add(out, SL_STR("It names no site at all."));
        return;
    }
    sl_text_add(out, SL_STR("It is for "));
    for (size_t i = 0; i < shown; i++) {
        if (i > 0)
            sl_text_add(out, i + 1 == c->name_count ? SL_STR(" and ") : SL_STR(", "));
        value(out, c->names[i]);
    }
    if (shown < c->name_count)
        sl_text_addf(out, " and %zu more", c->name_count - shown);
    sl_text_add(out, SL_STR(", not for this one."));
}

void page_tls_explain(struct sl_text *out, const struct page *p,
                      void (*value)(struct sl_text *, struct sl_str))
{
    const struct certificate_member *m = faulty(p);
    if (m && (p->tls_fault == TLS_FAULT_EXPIRED || p->tls_fault == TLS_FAULT_NOT_YET_VALID)) {
        explain_time(out, p, m);
    } else if (m && p->tls_fault == TLS_FAULT_WRONG_NAME) {
        explain_names(out, p->certificate, value);
    } else if (m && p->tls_fault == TLS_FAULT_UNKNOWN_ISSUER) {
        sl_text_add(out, SL_STR("Its certificate was issued by \xe2\x80\x9c"));
        value(out, sl_cstr(m->issuer));
        sl_text_add(out, SL_STR("\xe2\x80\x9d, who is not trusted here."));
    } else {
        sl_text_add(out, sl_cstr(page_tls_row(p->tls_fault)->text));
    }
}

/* ---- the chain ---- */

static const char *label_of(const struct certificate *c, size_t i)
{
    enum tls_fault f = i == c->at ? c->fault : tls_faults_first(c->members[i].faults);
    return f == TLS_FAULT_NONE ? NULL : rows[f].label;
}

static const char *standing_of(const struct certificate *c, size_t i)
{
    return c->members[i].anchor    ? "Trusted here"
           : c->members[i].fetched ? "Fetched; the site did not show it"
                                   : "";
}

static void html_member(struct sl_text *out, const struct certificate *c, size_t i)
{
    const struct certificate_member *m = &c->members[i];
    char from[PAGE_WORDS], until[PAGE_WORDS];
    const char *label = label_of(c, i), *standing = standing_of(c, i);
    sl_text_add(out, label ? SL_STR("<li class=\"bad\"><b>") : SL_STR("<li><b>"));
    escape_html(out, sl_cstr(m->subject[0] ? m->subject : "(no name)"));
    sl_text_add(out, SL_STR("</b>"));
    if (label)
        sl_text_addf(out, "<em>%s</em>", label);
    sl_text_add(out, SL_STR("<p>Issued by "));
    escape_html(out, sl_cstr(m->issuer));
    sl_text_addf(out, "</p><p>%s \xe2\x80\x93 %s \xc2\xb7 ", page_words_date(m->from_s, from),
                 page_words_date(m->until_s, until));
    escape_html(out, sl_cstr(m->key));
    sl_text_add(out, SL_STR(" \xc2\xb7 "));
    escape_html(out, sl_cstr(m->signature));
    sl_text_addf(out, "</p>%s%s%s<details><summary>Fingerprint</summary><code>", standing[0] ? "<p>" : "",
                 standing, standing[0] ? "</p>" : "");
    escape_html(out, sl_cstr(m->fingerprint));
    sl_text_add(out, SL_STR("</code></details></li>"));
}

void page_tls_html(struct sl_text *out, const struct page *p)
{
    const struct certificate *c = p->certificate;
    if (!c || c->member_count == 0)
        return;
    sl_text_add(
        out, SL_STR("<section class=\"chain\"><h2>Certificates, the site\xe2\x80\x99s own first</h2><ol>"));
    for (size_t i = 0; i < c->member_count; i++)
        html_member(out, c, i);
    sl_text_add(out, SL_STR("</ol></section>"));
}

static void json_text(struct sl_text *out, const char *before, const char *value)
{
    sl_text_add(out, sl_cstr(before));
    escape_json(out, sl_cstr(value));
}

static void json_faults(struct sl_text *out, tls_faults set)
{
    const char *comma = "";
    sl_text_addc(out, '[');
    for (int f = TLS_FAULT_NONE + 1; f < TLS_FAULT_COUNT; f++)
        if (set & tls_fault_bit((enum tls_fault)f)) {
            sl_text_addf(out, "%s\"%s\"", comma, tls_fault_word((enum tls_fault)f));
            comma = ",";
        }
    sl_text_addc(out, ']');
}

static void json_member(struct sl_text *out, const struct certificate_member *m)
{
    char when[SL_RFC3339_TEXT];
    json_text(out, "{\"subject\":", m->subject);
    json_text(out, ",\"issuer\":", m->issuer);
    json_text(out, ",\"serial\":", m->serial);
    json_text(out, ",\"key\":", m->key);
    json_text(out, ",\"signature\":", m->signature);
    json_text(out, ",\"sha256\":", m->fingerprint);
    json_text(out, ",\"from\":", sl_rfc3339(m->from_s * 1000000, when));
    json_text(out, ",\"until\":", sl_rfc3339(m->until_s * 1000000, when));
    sl_text_addf(out, ",\"trusted\":%s,\"fetched\":%s,\"faults\":", m->anchor ? "true" : "false",
                 m->fetched ? "true" : "false");
    json_faults(out, m->faults);
    sl_text_addc(out, '}');
}

void page_tls_json(struct sl_text *out, const struct page *p)
{
    const struct certificate *c = p->certificate;
    if (p->tls_fault == TLS_FAULT_NONE)
        return;
    sl_text_addf(out, ",\"tls\":{\"fault\":\"%s\",\"faults\":", tls_fault_word(p->tls_fault));
    json_faults(out, (c ? c->faults : 0) | tls_fault_bit(p->tls_fault));
    if (c) {
        sl_text_addf(out, ",\"faulty\":%u,\"names\":[", c->at);
        for (size_t i = 0; i < c->name_count; i++) {
            if (i > 0)
                sl_text_addc(out, ',');
            escape_json(out, c->names[i]);
        }
        sl_text_add(out, SL_STR("],\"chain\":["));
        for (size_t i = 0; i < c->member_count; i++) {
            if (i > 0)
                sl_text_addc(out, ',');
            json_member(out, &c->members[i]);
        }
        sl_text_addc(out, ']');
    }
    sl_text_addc(out, '}');
}

void page_tls_text(struct sl_text *out, const struct page *p)
{
    const struct certificate *c = p->certificate;
    char from[PAGE_WORDS], until[PAGE_WORDS];
    for (size_t i = 0; c && i < c->member_count; i++) {
        const struct certificate_member *m = &c->members[i];
        const char *label = label_of(c, i);
        sl_text_addf(out, "%-12s", i == 0 ? "Shown:" : "Above it:");
        escape_plain(out, sl_cstr(m->subject));
        if (label)
            sl_text_addf(out, "  <-- %s", label);
        sl_text_addf(out, "\n%-12sissued by ", "");
        escape_plain(out, sl_cstr(m->issuer));
        sl_text_addf(out, "\n%-12s%s - %s, SHA-256 %s\n", "", page_words_date(m->from_s, from),
                     page_words_date(m->until_s, until), m->fingerprint);
    }
}
