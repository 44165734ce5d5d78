/* res_ca.c - the certificate authorities, as they stand: for administrators, for status and figures, and as
 * files for whoever has to trust them. */
#include "adminapi/authorities.h"
#include "adminapi/resources.h"
#include "sluice/clock.h"

static json_t *names_json(const char *const *names, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(names[i]));
    return list;
}

static void add_text(void *arg, const char *sentence)
{
    json_array_append_new(arg, json_string(sentence));
}

static json_t *warnings_json(const struct ca *ca, int64_t now_s)
{
    json_t *list = json_array();
    ca_warn(ca, now_s, add_text, list);
    return list;
}

static json_t *pem_json(const struct ca *ca)
{
    SL_CLEANUP(sl_text_fini) struct sl_text pem = {0};
    ca_pem(ca, &pem);
    return json_stringn(pem.p, pem.n);
}

static void add_certificate(json_t *o, const struct ca_facts *f, int64_t now_s)
{
    json_object_set_new(o, "subject", json_string(f->subject));
    json_object_set_new(o, "issuer", json_string(f->issuer));
    json_object_set_new(o, "serial", json_string(f->serial));
    json_object_set_new(o, "not_before", reply_time(f->not_before_s * 1000000));
    json_object_set_new(o, "not_after", reply_time(f->not_after_s * 1000000));
    json_object_set_new(o, "expires_in_s", json_integer(f->not_after_s - now_s));
    json_object_set_new(o, "sha256", json_string(f->sha256));
    json_object_set_new(o, "sha1", json_string(f->sha1));
    json_object_set_new(o, "root", json_boolean(f->root));
    json_object_set_new(o, "permitted", names_json(f->permitted, f->permitted_count));
    json_object_set_new(o, "excluded", names_json(f->excluded, f->excluded_count));
    json_object_set_new(o, "signature", json_string(f->signature));
    json_object_set_new(o, "key",
                        json_pack("{s:s, s:s, s:s?, s:s?}", "kind", f->key, "where",
                                  *f->key_uri ? "uri" : "file", "uri", *f->key_uri ? f->key_uri : NULL,
                                  "fault", *f->key_fault ? f->key_fault : NULL));
}

json_t *authority_json(const struct ca_entry *e, int64_t now_s)
{
    const struct ca_facts *f = ca_facts(e->ca);
    json_t *o = json_pack("{s:s, s:s}", "id", f->id_text, "state", ca_state_word(e->state));
    json_object_set_new(o, "since", reply_time(e->since_s * 1000000));
    json_object_set_new(o, "sign_at", reply_time(e->sign_s * 1000000));
    json_object_set_new(o, "forget_at", reply_time(e->until_s * 1000000));
    add_certificate(o, f, now_s);
    json_object_set_new(o, "warnings", warnings_json(e->ca, now_s));
    json_object_set_new(o, "pem", pem_json(e->ca));
    return o;
}

/* One that can be shown on the page: clients need those that sign or will. */
static bool is_shown(const struct ca_entry *e)
{
    return e->state != CA_RETIRED;
}

void ca_show(struct api_request *req, struct api_reply *reply)
{
    struct ca_entry entries[CA_MOST];
    size_t n = ca_live_list(req->ctx->ca, entries);
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(items, authority_json(&entries[i], sl_wall_us() / 1000000));
    ca_entries_fini(entries, n);
    reply_json(reply, 200,
               json_pack("{s:o, s:o, s:b}", "items", items, "page",
                         json_sprintf("http://%s/ca", req->settings->proxy.page_host), "inspection",
                         req->settings->inspect.enabled));
}

/* ---- files ---- */

/* The one that ?id= names, or each that clients need; *out_n of them are left in out. */
static size_t wanted(const struct api_request *req, struct ca_entry out[CA_MOST])
{
    struct sl_str id = query_text(req, "id");
    size_t n = ca_live_list(req->ctx->ca, out), kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (id.p ? sl_str_eq(id, sl_cstr(ca_facts(out[i].ca)->id_text)) : is_shown(&out[i]))
            out[kept++] = out[i];
        else
            ca_unref(&out[i].ca);
    }
    return kept;
}

static void give_file(struct api_request *req, struct api_reply *reply, size_t most, const char *type,
                      const char *name, void (*write)(const struct ca *ca, struct sl_text *out))
{
    struct ca_entry entries[CA_MOST];
    size_t n = wanted(req, entries);
    for (size_t i = 0; i < SL_MIN(n, most); i++)
        write(entries[i].ca, &reply->body);
    ca_entries_fini(entries, n);
    if (n == 0) {
        reply_problem(reply, 404, "there is no such certificate authority; `sluice ca init` makes the first");
        return;
    }
    reply->status = 200;
    reply->content_type = type;
    reply->file_name = name;
}

void ca_pem_file(struct api_request *req, struct api_reply *reply)
{
    give_file(req, reply, CA_MOST, "application/pem-certificate-chain", "sluice-ca.pem", ca_pem);
}

/* DER has room for one certificate: the one that signs, unless another is named. */
void ca_der_file(struct api_request *req, struct api_reply *reply)
{
    give_file(req, reply, 1, "application/x-x509-ca-cert", "sluice-ca.crt", ca_der);
}

/* ---- status and figures ---- */

json_t *authority_status(struct ca_live *live, int64_t now_s)
{
    const struct ca *ca = ca_live_get(live);
    if (ca == NULL)
        return json_null();
    const struct ca_facts *f = ca_facts(ca);
    json_t *o = json_pack("{s:s, s:s}", "id", f->id_text, "subject", f->subject);
    json_object_set_new(o, "not_after", reply_time(f->not_after_s * 1000000));
    json_object_set_new(o, "expires_in_s", json_integer(f->not_after_s - now_s));
    json_object_set_new(o, "warnings", warnings_json(ca, now_s));
    ca_unref(&ca);
    return o;
}

void authority_metrics(struct ca_live *live, struct sl_text *out)
{
    static const char name[] = "sluice_ca_expiry_timestamp_seconds";
    struct ca_entry entries[CA_MOST];
    size_t n = ca_live_list(live, entries);
    sl_text_addf(
        out, "# HELP %s When each certificate authority of ours ends, in Unix seconds.\n# TYPE %s gauge\n",
        name, name);
    for (size_t i = 0; i < n; i++)
        sl_text_addf(out, "%s{state=\"%s\",id=\"%s\"} %lld\n", name, ca_state_word(entries[i].state),
                     ca_facts(entries[i].ca)->id_text, (long long)ca_facts(entries[i].ca)->not_after_s);
    ca_entries_fini(entries, n);
}
