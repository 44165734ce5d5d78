/* certificate.c - see certificate.h. */
#include "adminapi/certificate.h"

#include <ifaddrs.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address_class.h"
#include "base/crypto.h"
#include "base/crypto_cert.h"
#include "base/fs.h"

enum { PEM_MAX = 256 * 1024, DAY_S = 86400, MACHINE = 256 };

static void forget(char *text)
{
    if (text)
        crypto_wipe(text, strlen(text));
    free(text);
}

void certificate_fini(struct certificate *c)
{
    forget(c->chain); /* ours holds the key too */
    forget(c->key);
    *c = (struct certificate){0};
}

/* ---- of the settings ---- */

static bool open_given(const struct settings *s, struct certificate *out, struct sl_err *err)
{
    struct cert_info info;
    size_t n;
    if (!fs_read(s->admin.tls_certificate, PEM_MAX, &out->chain, &n, err) ||
        !cert_read(sl_str(out->chain, n), NULL, &info, err))
        return sl_fail_in(err, "admin.tls_certificate: ");
    if (!fs_read(s->admin.tls_key, PEM_MAX, &out->key, &n, err))
        return sl_fail_in(err, "admin.tls_key: ");
    memcpy(out->fingerprint, info.fingerprint, sizeof out->fingerprint);
    out->not_after_s = info.not_after_s;
    return true;
}

/* ---- our own ---- */

static void add_addr(struct cert_names *names, struct sl_addr a)
{
    for (size_t i = 0; i < names->addr_count; i++)
        if (sl_addr_eq(names->addrs[i], a))
            return;
    if (names->addr_count < CERT_NAMES)
        names->addrs[names->addr_count++] = a;
}

/* Of a listener on every address: the machine's IPv4 addresses. Those of IPv6 come and go by the day, and
 * each would be a new certificate. */
static void add_interfaces(struct cert_names *names)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next)
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET)
            add_addr(names, sl_endpoint_from_sockaddr(i->ifa_addr).addr);
    freeifaddrs(all);
}

/* What a browser may call us by. machine has to outlive names. */
static void collect_names(const struct settings *s, const char *machine, struct cert_names *names)
{
    struct sl_endpoint e;
    struct sl_addr a;
    names->names[names->name_count++] = *machine ? machine : "sluice";
    names->names[names->name_count++] = "localhost";
    for (size_t i = 0; i < s->admin.hostnames.count; i++)
        if (sl_addr_parse(sl_cstr(s->admin.hostnames.items[i]), &a))
            add_addr(names, a);
        else if (names->name_count < CERT_NAMES)
            names->names[names->name_count++] = s->admin.hostnames.items[i];
    for (size_t i = 0; i < s->admin.listen.count; i++) {
        if (!sl_endpoint_parse(sl_cstr(s->admin.listen.items[i]), &e, NULL))
            continue;
        if (address_class_alone(e.addr) == ADDRESS_UNSPECIFIED)
            add_interfaces(names);
        else
            add_addr(names, e.addr);
    }
}

static bool still_good(const struct cert_info *info, int64_t now_s)
{
    return info->covers && info->not_before_s <= now_s &&
           info->not_after_s > now_s + (int64_t)CERTIFICATE_RENEW_DAYS * DAY_S;
}

/* Certificate and key are one file, so that they are always each other's. */
static bool make(const char *path, const struct cert_names *names, int64_t now_s, struct certificate *out,
                 struct sl_err *err)
{
    struct sl_text both = {0};
    if (!cert_make(names, now_s, CERTIFICATE_DAYS, &out->chain, &out->key, err))
        return false;
    sl_text_addf(&both, "%s%s", out->chain, out->key);
    bool ok = fs_write_atomic(path, both.p, both.n, 0600, err);
    crypto_wipe(both.p, both.n);
    sl_text_fini(&both);
    return ok;
}

static bool open_made(const struct settings *s, int64_t now_s, struct certificate *out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/admin-tls.pem", s->state.directory);
    char machine[MACHINE] = "";
    struct cert_names names = {0};
    struct cert_info info;
    size_t n;
    gethostname(machine, sizeof machine - 1);
    collect_names(s, machine, &names);
    if (fs_read(path, PEM_MAX, &out->chain, &n, NULL) &&
        cert_read(sl_str(out->chain, n), &names, &info, NULL) && still_good(&info, now_s)) {
        out->key = sl_strdup(out->chain); /* libmicrohttpd takes from each what it needs */
    } else {
        certificate_fini(out);
        if (!make(path, &names, now_s, out, err) || !cert_read(sl_cstr(out->chain), &names, &info, err))
            return false;
    }
    out->made = true;
    out->not_after_s = info.not_after_s;
    memcpy(out->fingerprint, info.fingerprint, sizeof out->fingerprint);
    return true;
}

static bool off_loopback(const struct settings *s)
{
    for (size_t i = 0; i < s->admin.listen.count; i++)
        if (!settings_is_loopback(s->admin.listen.items[i]))
            return true;
    return false;
}

bool certificate_open(const struct settings *settings, int64_t now_s, struct certificate *out,
                      struct sl_err *err)
{
    *out = (struct certificate){0};
    bool ok = *settings->admin.tls_certificate ? open_given(settings, out, err)
              : off_loopback(settings)         ? open_made(settings, now_s, out, err)
                                               : true;
    if (!ok)
        certificate_fini(out);
    return ok;
}
