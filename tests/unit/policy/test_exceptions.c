/* test_exceptions.c - exceptions of inspection: read, judged, explained, compared, merged, linted. */
#include "support.h"

#include <stdlib.h>

#define DOC(exceptions)                                                                                      \
    "{'schema':1,'default':{'then':'allow'},'inspection':{'default':'inspect','exceptions':[" exceptions "]" \
    "}"                                                                                                      \
    "}"
#define OLD \
    "{'id':'old','if':{'host':['old.example']},'fault':['expired'],'then':'allow','until':'2027-01-01'}"
#define LAB                                                                                             \
    "{'id':'lab','if':{'host':['lab.example']},'fault':['self-signed','wrong-name','expired'],'then':'" \
    "tunnel'}"

static struct policy_scratch *scratch;

static int set_up(void **state)
{
    scratch = policy_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    policy_scratch_free(&scratch);
    return 0;
}

static struct facts facts_for(struct sl_arena *arena, struct sl_url *url, const char *text, const char *words)
{
    struct sl_err err = {0};
    struct facts f = {
        .url = url, .time_s = 1795000000, .method = SL_STR("GET"), .size = -1, .known = FACT_USER};
    struct sl_str word, rest = sl_cstr(words);
    if (!sl_url_parse(sl_cstr(text), arena, url, &err))
        fail_msg("%s", err.msg);
    while (sl_str_split(&rest, ' ', &word))
        f.faults |= tls_fault_bit(tls_fault_of_word(word));
    return f;
}

TEST(policy_decide__excuses_what_an_exception_covers_whole)
{
    static const char doc[] =
        DOC(OLD "," LAB ","
                "{'id':'no','if':{'host':['x.old.example']},'fault':['revoked','expired'],'then':'block'},"
                "{'id':'later','fault':['weak-key'],'then':'allow','from':'2027-01-01','until':'2027-02-01'},"
                "{'id':'path','if':{'regex':['/a']},'fault':['weak-signature'],'then':'allow'}");
    static const struct {
        const char *url, *faults, *then, *exception;
    } cases[] = {
        {"https://old.example/", "expired", "allow", "old"},
        {"https://www.old.example/", "expired", "allow", "old"},
        {"https://old.example/", "expired wrong-name", "block", ""}, /* not all that is wrong */
        {"https://old.example/", "revoked", "block", ""},
        {"https://x.old.example/", "revoked", "block", "no"},
        {"https://lab.example/", "self-signed", "tunnel", "lab"},
        {"https://lab.example/", "self-signed expired", "tunnel", "lab"},
        {"https://other.example/", "self-signed", "block", ""},
        {"https://other.example/", "weak-key", "block", ""},        /* not valid yet */
        {"https://other.example/a", "weak-signature", "block", ""}, /* paths are not seen then */
        {"https://old.example/", "", "block", ""},
    };
    struct snapshot *s = compile(doc, NULL);
    struct sl_arena arena;
    sl_arena_init(&arena, 0);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_url url;
        struct verdict v;
        struct facts f = facts_for(&arena, &url, cases[i].url, cases[i].faults);
        policy_decide(s, scratch, &f, &v);
        if (strcmp(excuse_word(v.excuse), cases[i].then) != 0 ||
            !sl_str_eq(v.exception, sl_cstr(cases[i].exception)))
            fail_msg("%s, %s: %s by '%.*s'", cases[i].url, cases[i].faults, excuse_word(v.excuse),
                     SL_FMT(v.exception));
        assert_int_equal(v.action, ACTION_ALLOW);
    }
    sl_arena_fini(&arena);
    snapshot_unref(&s);
}

TEST(policy_explain__says_why_an_exception_does_not_hold)
{
    struct snapshot *s = compile(DOC(OLD "," LAB), NULL);
    struct sl_arena arena;
    struct sl_url url;
    struct verdict v;
    sl_arena_init(&arena, 0);
    struct facts f = facts_for(&arena, &url, "https://lab.example/", "expired wrong-name");
    json_t *trace = policy_explain(s, scratch, &f, &v), *step;
    size_t i, seen = 0;
    json_array_foreach(trace, i, step)
    {
        if (strcmp(json_string_value(json_object_get(step, "step")), "exception") != 0)
            continue;
        const char *id = json_string_value(json_object_get(step, "id"));
        const char *because = json_string_value(json_object_get(step, "because"));
        seen++;
        if (strcmp(id, "old") == 0)
            assert_string_equal(because, "it is not for wrong-name");
        else
            assert_string_equal(json_string_value(json_object_get(step, "result")), "matched");
    }
    assert_int_equal(seen, 2);
    json_decref(trace);
    sl_arena_fini(&arena);
    snapshot_unref(&s);
}

TEST(document_read__refuses_exceptions_that_make_no_sense)
{
    static const struct {
        const char *exception, *pointer, *message;
    } cases[] = {
        {"{'id':'a','then':'allow'}", "/inspection/exceptions/0", "'fault' is missing"},
        {"{'id':'a','fault':['expired']}", "/inspection/exceptions/0", "'then' is missing"},
        {"{'id':'a','fault':[],'then':'allow'}", "/inspection/exceptions/0/fault",
         "names no fault; write for example [\"expired\"]"},
        {"{'id':'a','fault':['old'],'then':'allow'}", "/inspection/exceptions/0/fault/0",
         "'old' is no fault that can be excepted, such as expired or unknown-issuer"},
        {"{'id':'a','fault':['reset'],'then':'tunnel'}", "/inspection/exceptions/0/fault/0",
         "'reset' is no fault that can be excepted, such as expired or unknown-issuer"},
        {"{'id':'a','fault':['version'],'then':'allow'}", "/inspection/exceptions/0/then",
         "can't be 'allow' for 'version', where no connection comes about; write tunnel or block"},
        {"{'id':'a','fault':['expired'],'then':'inspect'}", "/inspection/exceptions/0/then", NULL},
        {"{'id':'a','fault':['expired'],'then':'block'},{'id':'a','fault':['expired'],'then':'block'}",
         "/inspection/exceptions/1/id", NULL},
        {"{'id':'a','fault':['expired'],'then':'block','from':'2027-01-01','until':'2026-01-01'}",
         "/inspection/exceptions/0/until", NULL},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_freep)
        char *doc = sl_asprintf("{'schema':1,'default':{'then':'allow'},'inspection':{'exceptions':[%s]}}",
                                cases[i].exception);
        struct policy_faults faults = {0};
        json_t *json = document(doc);
        assert_false(policy_validate(json, NULL, &faults));
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.items[0].pointer, cases[i].pointer);
        if (cases[i].message)
            assert_string_equal(faults.items[0].message, cases[i].message);
        policy_faults_fini(&faults);
        json_decref(json);
    }
}

/* The schema names each word that the reader takes, and no other. */
TEST(policy_schema__lists_the_faults)
{
    json_t *schema = policy_schema();
    const json_t *words = json_object_get(
        json_object_get(
            json_object_get(
                json_object_get(json_object_get(json_object_get(schema, "$defs"), "exception"), "properties"),
                "fault"),
            "items"),
        "enum");
    size_t n = 0;
    for (int f = TLS_FAULT_NOT_TLS + 1; f < TLS_FAULT_COUNT; f++, n++)
        assert_string_equal(json_string_value(json_array_get(words, n)), tls_fault_word((enum tls_fault)f));
    assert_int_equal(json_array_size(words), n);
    json_decref(schema);
}

TEST(policy_diff__tells_exceptions_by_name)
{
    json_t *before = document(DOC(OLD)), *after = document(DOC(LAB "," OLD));
    json_t *changes = policy_diff(before, after);
    assert_int_equal(json_array_size(changes), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(changes, 0), "path")),
                        "/inspection/exceptions/lab");
    assert_string_equal(json_string_value(json_object_get(json_array_get(changes, 0), "text")),
                        "Exception 'lab' added at position 1");
    json_decref(changes);
    json_decref(before);
    json_decref(after);
}

TEST(policy_merge__puts_two_peoples_exceptions_together)
{
    json_t *base = document(DOC("")), *mine = document(DOC(OLD)), *theirs = document(DOC(LAB));
    json_t *conflicts = NULL, *merged = policy_merge(base, mine, theirs, &conflicts);
    assert_non_null(merged);
    assert_int_equal(json_array_size(json_object_get(json_object_get(merged, "inspection"), "exceptions")),
                     2);
    json_decref(merged);
    json_decref(base);
    json_decref(mine);
    json_decref(theirs);
}

TEST(policy_lint__looks_at_exceptions)
{
    static const struct {
        const char *doc, *notes;
    } cases[] = {
        {DOC(OLD), ""},
        {DOC(LAB), "no-end 0"},
        {DOC("{'id':'a','if':{'host':['a.test']},'fault':['expired'],'then':'block'}"), ""},
        {DOC("{'id':'a','if':{'host':['a.test']},'fault':['expired'],'then':'allow','until':'2026-01-01'}"),
         "expired 0"},
        {DOC("{'id':'a','fault':['expired'],'then':'allow','until':'2027-01-01'}"), "allows-any-host 0"},
        {DOC("{'id':'a','if':{'host':['a.test'],'extension':['exe']},'fault':['expired'],'then':'block'}"),
         "never-holds 0"},
        {DOC("{'id':'a','if':{'host':['a.test']},'fault':['revoked'],'then':'allow','until':'2027-01-01'}"),
         "allows-revoked 0"},
        {DOC("{'id':'a','if':{'host':['a.test']},'fault':['expired','weak-key'],'then':'block'},"
             "{'id':'b','if':{'host':['x.a.test']},'fault':['expired'],'then':'allow','until':'2027-01-01'}"),
         "unreachable 1"},
        {DOC("{'id':'a','if':{'host':['a.test']},'fault':['expired'],'then':'block'},"
             "{'id':'b','if':{'host':['x.a.test']},'fault':['expired','weak-key'],'then':'block'}"),
         ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct snapshot *s = compile(cases[i].doc, NULL);
        json_t *notes = policy_lint(s, &(struct lint_hints){.now_s = 1795000000}), *note;
        struct sl_text found = {0};
        size_t k;
        sl_text_addf(&found, "%s", "");
        json_array_foreach(notes, k, note)
        {
            const char *pointer = json_string_value(json_object_get(note, "pointer"));
            sl_text_addf(&found, "%s%s %s", found.n ? ", " : "",
                         json_string_value(json_object_get(note, "code")), strrchr(pointer, '/') + 1);
        }
        if (strcmp(found.p, cases[i].notes) != 0)
            fail_msg("%s\n  gives %s", cases[i].doc, found.p);
        sl_text_fini(&found);
        json_decref(notes);
        snapshot_unref(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_decide__excuses_what_an_exception_covers_whole),
        cmocka_unit_test(policy_explain__says_why_an_exception_does_not_hold),
        cmocka_unit_test(document_read__refuses_exceptions_that_make_no_sense),
        cmocka_unit_test(policy_schema__lists_the_faults),
        cmocka_unit_test(policy_diff__tells_exceptions_by_name),
        cmocka_unit_test(policy_merge__puts_two_peoples_exceptions_together),
        cmocka_unit_test(policy_lint__looks_at_exceptions),
    };
    return cmocka_run_group_tests_name("policy/exceptions", tests, set_up, tear_down);
}
