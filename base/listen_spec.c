/* listen_spec.c - see listen_spec.h. */
#include "base/listen_spec.h"

static const struct {
    const char *word;
    enum listen_kind kind;
} words[] = {{"proxy-protocol", LISTEN_PROXY_PROTOCOL},
             {"tls", LISTEN_TLS},
             {"transparent", LISTEN_REDIRECT},
             {"tproxy", LISTEN_TPROXY}};

static bool add_word(struct sl_str word, unsigned *kind, struct sl_err *err)
{
    for (size_t i = 0; i < SL_COUNT(words); i++) {
        if (!sl_str_eq(word, sl_cstr(words[i].word)))
            continue;
        if (*kind & words[i].kind)
            return sl_fail(err, SL_BAD_INPUT, "'%s' stands there twice", words[i].word);
        *kind |= words[i].kind;
        return true;
    }
    return sl_fail(err, SL_BAD_INPUT,
                   "'%.*s' is no kind of listener; behind the address may stand proxy-protocol, tls, "
                   "transparent or tproxy",
                   SL_FMT(word));
}

bool listen_spec_parse(struct sl_str text, struct listen_spec *out, struct sl_err *err)
{
    struct listen_spec spec = {0};
    struct sl_str rest = sl_str_trim(text), word;
    if (!sl_str_split(&rest, ' ', &word) || !sl_endpoint_parse(word, &spec.at, err))
        return false;
    while (sl_str_split(&rest, ' ', &word)) {
        word = sl_str_trim(word);
        if (word.n > 0 && !add_word(word, &spec.kind, err))
            return false;
    }
    unsigned transparent = spec.kind & LISTEN_TRANSPARENT;
    if (transparent && spec.kind != LISTEN_REDIRECT && spec.kind != LISTEN_TPROXY)
        return sl_fail(
            err, SL_BAD_INPUT,
            "a transparent listener takes connections as the kernel hands them over: no other word "
            "can stand beside '%s'",
            transparent & LISTEN_TPROXY ? "tproxy" : "transparent");
    *out = spec;
    return true;
}
