/* test_golden.c - whole policies and what becomes of requests under them, as files:
 * tests/golden/policy/NAME.json is a policy, NAME.requests has a request a line, NAME.expected what explain
 * says of each, or the faults of a policy that has some. SL_GOLDEN=write renews the last, to be reviewed as a
 * diff. */
#include "tests/unit/policy/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"

#define FOLDER SLUICE_SOURCE_DIR "/tests/golden/policy/"

enum { FILE_MAX = 1 << 20 };

static const char *const list_names[] = {"ut1/adult", "ut1/malware", "ut1/social_networks", NULL};
static const struct fake_entry list_entries[] = {
    {"ut1/adult", "adult.example", NULL},          {"ut1/adult", "blogs.example", "/nsfw"},
    {"ut1/malware", "malware.example", NULL},      {"ut1/social_networks", "social.example", NULL},
    {"ut1/social_networks", "chat.example", NULL},
};
static struct fake_lists lists;
static struct policy_scratch *scratch;

static int set_up(void **state)
{
    fake_lists_init(&lists, list_names, list_entries, SL_COUNT(list_entries));
    scratch = policy_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    policy_scratch_free(&scratch);
    return 0;
}

static char *path_of(const char *name, const char *ending)
{
    return sl_asprintf("%s%s%s", FOLDER, name, ending);
}

/* "" when there is none. */
static char *read_all(const char *name, const char *ending)
{
    SL_CLEANUP(sl_freep) char *path = path_of(name, ending);
    char *text;
    size_t n;
    return fs_read(path, FILE_MAX, &text, &n, NULL) ? text : sl_strdup("");
}

/* "METHOD URL key=value ..."; cuts the line. */
static struct request parse_request(char *line)
{
    struct request r = {0};
    struct {
        const char *key;
        const char **value;
    } keys[] = {{"user", &r.user},       {"group", &r.group},      {"client", &r.client},    {"at", &r.at},
                {"address", &r.address}, {"agent", &r.user_agent}, {"type", &r.content_type}};
    char *rest = line;
    r.method = strsep(&rest, " ");
    r.url = strsep(&rest, " ");
    for (char *word; (word = strsep(&rest, " "));) {
        char *value = strchr(word, '=');
        assert_non_null(value);
        *value++ = '\0';
        if (strcmp(word, "size") == 0)
            r.size = atoll(value);
        for (size_t i = 0; i < SL_COUNT(keys); i++)
            if (strcmp(word, keys[i].key) == 0)
                *keys[i].value = value;
    }
    return r;
}

static void add_verdict(const struct snapshot *s, const struct verdict *v, struct sl_text *out)
{
    sl_text_addf(out, "  = %s", verdict_text(v));
    for (size_t i = 0; i < snapshot_category_count(s); i++)
        if (category_set_has(&v->categories, i))
            sl_text_addf(out, " +%.*s", SL_FMT(snapshot_category_name(s, i)));
    VERDICT_EACH(quota, v->quotas)
    sl_text_addf(out, " quota:%.*s", SL_FMT(snapshot_quota(s, (int)quota)->id));
    VERDICT_EACH(rule, v->headers)
    sl_text_addf(out, " headers:%.*s", SL_FMT(snapshot_header_rule(s, (int)rule)->id));
    for (unsigned i = 0; i < v->report_count; i++)
        sl_text_addf(out, " report:%.*s", SL_FMT(snapshot_rule_id(s, v->reports[i])));
    sl_text_addf(out, "%s%s%s\n", v->inspect ? " inspect" : "", v->needs_address ? " needs-address" : "",
                 v->needs_response ? " needs-response" : "");
}

static void add_trace(const json_t *trace, struct sl_text *out)
{
    size_t i;
    json_t *step;
    json_array_foreach(trace, i, step)
    {
        const char *id = json_string_value(json_object_get(step, "id"));
        sl_text_addf(out, "    %s %s: %s: %s\n", json_string_value(json_object_get(step, "step")),
                     id ? id : "(default)", json_string_value(json_object_get(step, "result")),
                     json_string_value(json_object_get(step, "because")));
    }
}

static void add_requests(const struct snapshot *s, char *requests, struct sl_text *out)
{
    for (char *line; (line = strsep(&requests, "\n"));) {
        if (*line == '\0' || *line == '#')
            continue;
        sl_text_addf(out, "%s\n", line);
        struct request r = parse_request(line);
        struct verdict v;
        json_t *trace = policy_explain(s, scratch, facts_of(&r), &v);
        add_verdict(s, &v, out);
        add_trace(trace, out);
        json_decref(trace);
    }
}

static void add_faults(const struct policy_faults *faults, struct sl_text *out)
{
    for (size_t i = 0; i < faults->count; i++)
        sl_text_addf(out, "%s: %s\n", faults->items[i].pointer, faults->items[i].message);
}

/* What the file NAME.expected should say. */
static char *answer_of(const char *name)
{
    SL_CLEANUP(sl_freep) char *path = path_of(name, ".json");
    SL_CLEANUP(sl_freep) char *requests = read_all(name, ".requests");
    struct policy_faults faults = {0};
    struct sl_text out = {0};
    json_error_t error;
    json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!doc)
        fail_msg("%s line %d: %s", path, error.line, error.text);
    struct snapshot *s = snapshot_compile(doc, &lists.provider, 1, &faults);
    if (s) {
        policy_run_tests(s, scratch, 0, &faults, NULL);
        add_requests(s, requests, &out);
    }
    add_faults(&faults, &out);
    policy_faults_fini(&faults);
    snapshot_unref(&s);
    json_decref(doc);
    return out.p ? out.p : sl_strdup("");
}

static void check(const char *name)
{
    SL_CLEANUP(sl_freep) char *got = answer_of(name);
    SL_CLEANUP(sl_freep) char *expected = read_all(name, ".expected");
    const char *mode = getenv("SL_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        SL_CLEANUP(sl_freep) char *path = path_of(name, ".expected");
        assert_true(fs_write_atomic(path, got, strlen(got), 0644, NULL));
        return;
    }
    size_t same = 0, line = 1;
    for (; got[same] && got[same] == expected[same]; same++)
        line += got[same] == '\n';
    if (got[same] != expected[same])
        fail_msg("%s.expected differs from line %zu on:\ngot:      %.*s\nexpected: %.*s", name, line, 200,
                 got + same, 200, expected + same);
}

static int is_policy(const struct dirent *entry)
{
    return sl_str_ends(sl_cstr(entry->d_name), SL_STR(".json"));
}

TEST(policy__agrees_with_the_golden_answers)
{
    struct dirent **entries;
    int count = scandir(FOLDER, &entries, is_policy, alphasort);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        *strrchr(entries[i]->d_name, '.') = '\0';
        check(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

TEST(policy__takes_the_starter_policy)
{
    json_error_t error;
    json_t *doc =
        json_load_file(SLUICE_SOURCE_DIR "/packaging/starter/policy.json", JSON_REJECT_DUPLICATES, &error);
    if (!doc)
        fail_msg("line %d: %s", error.line, error.text);
    struct policy_faults faults = {0};
    policy_validate(doc, NULL, &faults);
    for (size_t i = 0; i < faults.count; i++)
        print_error("%s: %s\n", faults.items[i].pointer, faults.items[i].message);
    assert_int_equal(faults.count, 0);
    policy_faults_fini(&faults);
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy__agrees_with_the_golden_answers),
        cmocka_unit_test(policy__takes_the_starter_policy),
    };
    return cmocka_run_group_tests_name("policy/golden", tests, set_up, tear_down);
}
