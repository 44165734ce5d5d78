/* res_faulty.c - what was wrong with a host's TLS lately, with its certificates. */
#include "adminapi/resources.h"
#include "sluice/certificate.h"
#include "sluice/faulty.h"

static json_t *fault_words(tls_faults set)
{
    json_t *words = json_array();
    for (; set; set &= set - 1)
        json_array_append_new(words, json_string(tls_fault_word(tls_faults_first(set))));
    return words;
}

static json_t *member_json(const struct certificate *c, size_t i)
{
    const struct certificate_member *m = &c->members[i];
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    certificate_pem(c, i, &pem);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:b, s:o, s:s%}", "subject", m->subject,
                     "issuer", m->issuer, "serial", m->serial, "key", m->key, "signature", m->signature,
                     "fingerprint", m->fingerprint, "not_before", reply_time(m->from_s * 1000000),
                     "not_after", reply_time(m->until_s * 1000000), "anchor", m->anchor, "fetched",
                     m->fetched, "faults", fault_words(m->faults), "pem", pem.p, pem.n);
}

static json_t *names_json(const struct certificate *c)
{
    json_t *names = json_array();
    for (size_t i = 0; i < c->name_count; i++)
        json_array_append_new(names, json_stringn(c->names[i].p, c->names[i].n));
    return names;
}

static json_t *chain_json(const struct certificate *c)
{
    json_t *chain = json_array();
    for (size_t i = 0; i < c->member_count; i++)
        json_array_append_new(chain, member_json(c, i));
    return chain;
}

/* Which of the chain is at fault; null where the connection is, or it has none. */
static json_t *faulty_member(const struct faulty_host *h)
{
    const struct certificate *c = h->certificate;
    bool known = c && tls_fault_is_of_certificate(h->fault) && c->at < c->member_count;
    return known ? json_integer((json_int_t)c->at) : json_null();
}

static json_t *host_json(struct sl_str host, const struct faulty_host *h)
{
    const struct certificate *c = h->certificate;
    return json_pack("{s:s%, s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "host", host.p, host.n, "port",
                     h->port, "fault", tls_fault_word(h->fault), "text", tls_fault_text(h->fault), "also",
                     fault_words(c ? c->faults & ~tls_fault_bit(h->fault) : 0), "seen",
                     reply_time(h->seen_us), "member", faulty_member(h), "names",
                     c ? names_json(c) : json_array(), "chain", c ? chain_json(c) : json_array());
}

void faulty_host_show(struct api_request *req, struct api_reply *reply)
{
    struct faulty_hosts *faulty = req->ctx->faulty;
    struct sl_str host = req->params[0];
    struct faulty_host at;
    if (!faulty || !faulty_find(faulty, host, &at)) {
        reply_problem(reply, 404,
                      "nothing was wrong with the TLS of '%.*s' lately; only the newest is kept, in memory",
                      (int)SL_MIN(host.n, (size_t)100), host.p);
        return;
    }
    reply_json(reply, 200, host_json(host, &at));
    certificate_unref(&at.certificate);
}
