/* guard.c - see guard.h. */
#include "adminapi/guard.h"

#include "base/address_class.h"
#include "base/crypto.h"

/* "console.example:8443" -> the name; "[::1]:8080" -> the address without brackets. p NULL: malformed. */
static struct sl_str host_name(struct sl_str host)
{
    size_t end = sl_str_find(host, ':');
    if (host.n > 0 && host.p[0] == '[') {
        end = sl_str_find(host, ']');
        struct sl_str rest = sl_str_sub(host, end, host.n);
        bool closed = rest.n == 1 || (rest.n > 1 && rest.p[1] == ':');
        return closed ? sl_str_sub(host, 1, end - 1) : (struct sl_str){0};
    }
    struct sl_str name = sl_str_sub(host, 0, end);
    if (name.n > 1 && name.p[name.n - 1] == '.')
        name.n--;
    return name.n > 0 ? name : (struct sl_str){0};
}

static bool listed(const struct conf_texts *hostnames, struct sl_str name)
{
    for (size_t i = 0; hostnames && i < hostnames->count; i++)
        if (sl_str_ieq(name, sl_cstr(hostnames->items[i])))
            return true;
    return false;
}

/* An address in Host is no rebinding (its page would come from that address), but only ours lead here. */
static bool host_is_ours(const struct guard_request *r)
{
    struct sl_addr a;
    struct sl_str name = host_name(r->host);
    if (name.n == 0)
        return false;
    if (sl_addr_parse(name, &a))
        return address_class_alone(a) == ADDRESS_LOOPBACK || sl_addr_eq(a, r->here) ||
               listed(r->hostnames, name);
    return sl_str_ieq(name, SL_STR("localhost")) ||
           (name.n > 10 && sl_str_ieq(sl_str_sub(name, name.n - 10, 10), SL_STR(".localhost"))) ||
           (r->machine.n > 0 && sl_str_ieq(name, r->machine)) || listed(r->hostnames, name);
}

/* scheme://host[:port] as browsers write it: default ports are left out of Host and Origin alike. A plain
 * listener may stand behind a proxy that ends TLS, so there https is as good; the other way round never. */
static bool origin_is_ours(const struct guard_request *r)
{
    static const struct sl_str https = {"https://", 8}, http = {"http://", 7};
    bool secure = sl_str_istarts(r->origin, https);
    if (!secure && (r->tls || !sl_str_istarts(r->origin, http)))
        return false;
    return sl_str_ieq(sl_str_sub(r->origin, secure ? https.n : http.n, r->origin.n), r->host);
}

static bool type_is_json(struct sl_str type)
{
    return sl_str_ieq(sl_str_trim(sl_str_sub(type, 0, sl_str_find(type, ';'))), SL_STR("application/json"));
}

static bool csrf_fits(const struct guard_request *r)
{
    return r->csrf_expected.n > 0 && r->csrf.n == r->csrf_expected.n &&
           crypto_equal(r->csrf.p, r->csrf_expected.p, r->csrf.n);
}

enum guard_verdict guard_judge(const struct guard_request *r)
{
    if (r->local)
        return GUARD_PASS;
    if (!host_is_ours(r))
        return GUARD_HOST;
    if (r->safe || r->token)
        return GUARD_PASS;
    if (r->origin.p && !origin_is_ours(r))
        return GUARD_ORIGIN;
    if (r->fetch_site.p && !sl_str_eq(r->fetch_site, SL_STR("same-origin")) &&
        !sl_str_eq(r->fetch_site, SL_STR("none")))
        return GUARD_SITE;
    if (r->session && !csrf_fits(r))
        return GUARD_CSRF;
    return r->body && !r->any_type && !type_is_json(r->content_type) ? GUARD_TYPE : GUARD_PASS;
}

static const struct {
    unsigned status;
    const char *sentence;
} verdicts[] = {
    [GUARD_PASS] = {200, ""},
    [GUARD_HOST] = {421, "this name is not one of the console's; if it should be, add it to admin.hostnames"},
    [GUARD_ORIGIN] = {403, "the request comes from another site's page (Origin)"},
    [GUARD_SITE] = {403, "the request comes from another site's page (Sec-Fetch-Site)"},
    [GUARD_CSRF] = {403, "a change needs the field X-CSRF with the session's csrf; GET /session tells it"},
    [GUARD_TYPE] = {415, "the body has to be JSON: Content-Type: application/json"},
};

unsigned guard_status(enum guard_verdict v)
{
    return verdicts[v].status;
}

const char *guard_sentence(enum guard_verdict v)
{
    return verdicts[v].sentence;
}
