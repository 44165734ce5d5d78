/* pac.c - see pac.h. The file is ECMAScript 3, since WinHTTP reads it too, and calls no function of the
 * browser: those that know networks look names up, which holds up every page. So a network means addresses
 * that stand in the URL. All texts in it were checked when the settings were read: they have nothing to
 * escape. */
#include "base/pac.h"

#include "sluice/settings.h"

/* ---- the settings ---- */

static bool is_name(struct sl_str name)
{
    struct sl_str rest = name, label;
    if (name.n == 0 || name.n > 253)
        return false;
    while (sl_str_split(&rest, '.', &label)) {
        if (label.n == 0 || label.n > 63)
            return false;
        for (size_t i = 0; i < label.n; i++) {
            char c = sl_lower(label.p[i]);
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
                return false;
        }
    }
    return true;
}

static bool is_host_and_port(struct sl_str text)
{
    struct sl_endpoint e;
    size_t colon = sl_str_find(text, ':');
    uint64_t port;
    if (sl_endpoint_parse(text, &e, NULL))
        return e.port > 0;
    return is_name(sl_str_sub(text, 0, colon)) && colon < text.n &&
           sl_str_u64(sl_str_sub(text, colon + 1, SIZE_MAX), UINT16_MAX, &port) && port > 0;
}

/* The directive of the file and the endpoint behind the word; out_directive NULL: neither. */
static struct sl_str split_proxy(struct sl_str value, const char **out_directive)
{
    size_t space = SL_MIN(sl_str_find(value, ' '), sl_str_find(value, '\t'));
    struct sl_str word = sl_str_sub(value, 0, space), rest = sl_str_trim(sl_str_sub(value, space, SIZE_MAX));
    *out_directive = NULL;
    if (sl_str_ieq(value, SL_STR("direct"))) {
        *out_directive = "DIRECT";
        return SL_STR("");
    }
    if (rest.n == 0 || sl_str_ieq(word, SL_STR("http")))
        *out_directive = "PROXY ";
    else if (sl_str_ieq(word, SL_STR("https")))
        *out_directive = "HTTPS ";
    return rest.n == 0 ? word : rest;
}

bool pac_check_proxy(struct sl_str value, struct sl_err *err)
{
    const char *directive;
    struct sl_str endpoint = split_proxy(value, &directive);
    if (directive && (is_host_and_port(endpoint) || sl_str_ieq(value, SL_STR("direct"))))
        return true;
    return sl_fail(err, SL_BAD_INPUT,
                   "'%.*s' is not a proxy for browsers; write gw.example:3128, https gw.example:3129 or "
                   "direct",
                   SL_FMT(value));
}

/* "*.example.com" and ".example.com" mean what "example.com" means. */
static struct sl_str domain_of(struct sl_str value)
{
    if (sl_str_starts(value, SL_STR("*.")))
        return sl_str_sub(value, 2, SIZE_MAX);
    return sl_str_starts(value, SL_STR(".")) ? sl_str_sub(value, 1, SIZE_MAX) : value;
}

static bool is_plain(struct sl_str value)
{
    return sl_str_ieq(value, SL_STR("plain"));
}

bool pac_check_bypass(struct sl_str value, struct sl_err *err)
{
    struct sl_cidr net;
    bool looks_like_net = sl_str_find(value, '/') < value.n || sl_str_find(value, ':') < value.n;
    if (looks_like_net)
        return sl_cidr_parse(value, &net, err);
    return sl_cidr_parse(value, &net, NULL) || is_name(domain_of(value)) ||
           sl_fail(err, SL_BAD_INPUT,
                   "'%.*s' is not something to bypass; write 10.0.0.0/8, example.com or plain",
                   SL_FMT(value));
}

/* ---- the file ---- */

static void add_proxies(const struct settings *s, struct sl_endpoint self, bool tls, struct sl_text *out)
{
    const struct conf_texts *proxies = &s->proxy.pac_proxy;
    char text[SL_ENDPOINT_TEXT];
    sl_text_add(out, SL_STR("var proxies = \""));
    if (proxies->count == 0)
        sl_text_addf(out, "%s %s", tls ? "HTTPS" : "PROXY", sl_endpoint_text(self, text));
    for (size_t i = 0; i < proxies->count; i++) {
        const char *directive;
        struct sl_str endpoint = split_proxy(sl_cstr(proxies->items[i]), &directive);
        sl_text_addf(out, "%s%s%.*s", i ? "; " : "", directive, SL_FMT(endpoint));
    }
    sl_text_add(out, SL_STR("\";\n"));
}

static void add_name(struct sl_text *out, struct sl_str name)
{
    sl_text_add(out, SL_STR(", \""));
    for (size_t i = 0; i < name.n; i++)
        sl_text_addc(out, sl_lower(name.p[i]));
    sl_text_add(out, SL_STR("\": 1"));
}

/* An address is an array of 16-bit numbers: two of IPv4, eight of IPv6. */
static void add_network(struct sl_text *out, bool first, struct sl_cidr net)
{
    unsigned skip = sl_addr_is_v4(net.addr) && net.bits >= 96 ? 6 : 0;
    sl_text_addf(out, "%s[[", first ? "" : ", ");
    for (unsigned i = skip; i < 8; i++)
        sl_text_addf(out, "%s%u", i > skip ? ", " : "",
                     (unsigned)net.addr.b[2 * i] << 8 | net.addr.b[2 * i + 1]);
    sl_text_addf(out, "], %u]", net.bits - skip * 16);
}

/* Returns whether names without a dot are direct. */
static bool add_bypass(const struct conf_texts *bypass, struct sl_text *out)
{
    struct sl_cidr net, loopback;
    bool plain = false;
    sl_text_add(out, SL_STR("var domains = {\"localhost\": 1"));
    for (size_t i = 0; i < bypass->count; i++) {
        struct sl_str value = sl_cstr(bypass->items[i]);
        plain |= is_plain(value);
        if (!is_plain(value) && !sl_cidr_parse(value, &net, NULL))
            add_name(out, domain_of(value));
    }
    sl_text_add(out, SL_STR("};\nvar networks = ["));
    sl_cidr_parse(SL_STR("127.0.0.0/8"), &loopback, NULL);
    add_network(out, true, loopback);
    sl_cidr_parse(SL_STR("::1"), &loopback, NULL);
    add_network(out, false, loopback);
    for (size_t i = 0; i < bypass->count; i++)
        if (sl_cidr_parse(sl_cstr(bypass->items[i]), &net, NULL))
            add_network(out, false, net);
    sl_text_add(out, SL_STR("];\n"));
    return plain;
}

static const char functions[] =
    "\n"
    "function addressOf(host) {\n"
    "    var parts = host.split(\".\"), halves, left, right, numbers = [], i;\n"
    "    if (/^\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}$/.test(host))\n"
    "        return [parts[0] * 256 + (parts[1] - 0), parts[2] * 256 + (parts[3] - 0)];\n"
    "    if (!/^[0-9a-f:]*:[0-9a-f:]*$/.test(host))\n"
    "        return null;\n"
    "    halves = host.split(\"::\");\n"
    "    left = halves[0] === \"\" ? [] : halves[0].split(\":\");\n"
    "    right = halves.length < 2 || halves[1] === \"\" ? [] : halves[1].split(\":\");\n"
    "    for (i = 0; i < 8; i++)\n"
    "        if (i < left.length)\n"
    "            numbers[i] = parseInt(left[i], 16);\n"
    "        else\n"
    "            numbers[i] = i < 8 - right.length ? 0 : parseInt(right[i - 8 + right.length], 16);\n"
    "    return numbers;\n"
    "}\n"
    "\n"
    "function isInside(address, network, bits) {\n"
    "    var i, rest;\n"
    "    if (address.length !== network.length)\n"
    "        return false;\n"
    "    for (i = 0; i * 16 < bits; i++) {\n"
    "        rest = Math.max(16 * (i + 1) - bits, 0);\n"
    "        if (address[i] >> rest !== network[i] >> rest)\n"
    "            return false;\n"
    "    }\n"
    "    return true;\n"
    "}\n"
    "\n"
    "function isDirect(host) {\n"
    "    var address = addressOf(host), i;\n"
    "    for (i = 0; address && i < networks.length; i++)\n"
    "        if (isInside(address, networks[i][0], networks[i][1]))\n"
    "            return true;\n"
    "    if (address)\n"
    "        return false;\n"
    "    if (plainIsDirect && host.indexOf(\".\") < 0)\n"
    "        return true;\n"
    "    while (host !== \"\") {\n"
    "        if (Object.prototype.hasOwnProperty.call(domains, host))\n"
    "            return true;\n"
    "        i = host.indexOf(\".\");\n"
    "        host = i < 0 ? \"\" : host.substring(i + 1);\n"
    "    }\n"
    "    return false;\n"
    "}\n"
    "\n"
    "function FindProxyForURL(url, host) {\n"
    "    host = host.toLowerCase().replace(/^\\[|\\]$|\\.$/g, \"\");\n"
    "    return host !== pageHost && isDirect(host) ? \"DIRECT\" : proxies;\n"
    "}\n";

void pac_build(const struct settings *s, struct sl_endpoint self, bool tls, struct sl_text *out)
{
    add_proxies(s, self, tls, out);
    sl_text_addf(out, "var pageHost = \"%s\";\n", s->proxy.page_host);
    bool plain = add_bypass(&s->proxy.pac_bypass, out);
    sl_text_addf(out, "var plainIsDirect = %s;\n", plain ? "true" : "false");
    sl_text_add(out, sl_cstr(functions));
}
