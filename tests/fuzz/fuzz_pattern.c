/* fuzz_pattern - a regex in the first line, a URL in the rest: the set answers as PCRE2 alone does, whatever
 * literals it derived. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "policy/pattern.h"
#include "sluice/policy.h"

/* 1 match, 0 none, -1 a limit. As machine code, like the set: with the interpreter PCRE2 itself disagrees now
 * and then. */
static int oracle(struct sl_str regex, struct sl_str text)
{
    int rc;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)regex.p, regex.n, PCRE2_CASELESS, &rc, &at, NULL);
    if (!code)
        return -1; /* (*UTF) and its like, which the set refuses in its own words */
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, 20000);
    pcre2_set_heap_limit(context, 4096);
    rc = pcre2_match(code, (PCRE2_SPTR)text.p, text.n, 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

static void check(const struct pattern_set *set, struct pattern_scratch *scratch, struct sl_str regex,
                  struct sl_str url, size_t scheme_len)
{
    uint64_t bits[1] = {0}, limited[1] = {0};
    pattern_set_match(set, scratch, url, scheme_len, bits, limited);
    sl_assert((bits[0] & limited[0]) == 0);
    for (size_t i = 0; i < pattern_set_count(set); i++) {
        int wanted = oracle(regex, i == 0 ? url : sl_str_sub(url, scheme_len, SIZE_MAX));
        if (wanted >= 0 && !(limited[0] >> i & 1))
            sl_assert((bits[0] >> i & 1) == (uint64_t)wanted);
    }
}

static int64_t ticks(void)
{
    static int64_t now;
    return now += 1000000;
}

/* A probe compiles what the set compiles, and matches where the set matches. */
static void check_probe(const struct pattern_set *set, struct pattern_scratch *scratch, struct sl_str regex,
                        struct sl_str url)
{
    struct pattern_probe_fault fault;
    struct pattern_probe *probe = pattern_probe_new(regex, &fault);
    uint64_t bits[1] = {0}, limited[1] = {0};
    size_t start, end;
    sl_assert(probe);
    pattern_set_match(set, scratch, url, 0, bits, limited);
    enum pattern_probe_result result = pattern_probe_match(probe, url, &start, &end);
    sl_assert(result == PROBE_LIMIT || (limited[0] & 1) || (result == PROBE_YES) == (bits[0] & 1));
    sl_assert(result != PROBE_YES || (start <= end && end <= url.n));
    struct pattern_cost cost;
    pattern_probe_cost(probe, ticks, &cost);
    sl_assert(cost.matches + cost.given_up <= cost.runs && cost.runs <= cost.urls);
    json_decref(pattern_probe_warnings(probe));
    pattern_probe_free(&probe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = sl_malloc(size + 1);
    memcpy(copy, data, size);
    copy[size] = '\0';
    struct sl_str input = sl_str(copy, size), regex = sl_str_sub(input, 0, sl_str_find(input, '\n'));
    struct sl_str url = sl_str_sub(input, regex.n + 1, SIZE_MAX);
    struct pattern_set *set = pattern_set_new();
    size_t id;
    struct sl_err err;
    bool ok = regex.n <= 200 && url.n <= 400 && pattern_set_add(set, regex, PATTERN_URL, &id, &err) &&
              pattern_set_add(set, regex, PATTERN_SCHEMELESS, &id, &err);
    if (ok) {
        struct pattern_scratch *scratch = pattern_scratch_new();
        pattern_set_seal(set);
        check(set, scratch, regex, url, url.n >= 7 ? 7 : 0);
        check_probe(set, scratch, regex, url);
        pattern_scratch_free(&scratch);
    }
    pattern_set_free(&set);
    free(copy);
    return 0;
}
