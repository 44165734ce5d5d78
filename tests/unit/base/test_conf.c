/* test_conf.c - unit tests of base/conf.c and base/conf_value.c, with a table of settings of their own. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/conf.h"
#include "tests/support/tmpdir.h"

struct toy {
    bool flag;
    int64_t count, wait_ms;
    uint64_t size;
    char *name;
    int colour, threads;
    struct conf_texts list;
    struct conf_cidrs nets;
    struct conf_ports ports;
};

static bool no_spaces(struct sl_str value, struct sl_err *err)
{
    return sl_str_find(value, ' ') == value.n ||
           sl_fail(err, SL_BAD_INPUT, "'%.*s' has a space", SL_FMT(value));
}

static const char *const colours[] = {"red", "green", "blue", NULL};
#define FIELD(member) offsetof(struct toy, member)
static const struct conf_row rows[] = {
    {"a.flag", CONF_BOOL, FIELD(flag), "on", NULL, NULL, NULL, "A flag.", NULL},
    {"a.count", CONF_INT, FIELD(count), "5", "1", "10", NULL, "A count.", NULL},
    {"a.wait", CONF_TIME, FIELD(wait_ms), "30s", "1s", "1h", NULL, "A time.", NULL},
    {"a.size", CONF_SIZE, FIELD(size), "64KiB", NULL, "1MiB", NULL, "A size.", NULL},
    {"a.name", CONF_TEXT, FIELD(name), "", NULL, NULL, NULL, "A name.", no_spaces},
    {"b.colour", CONF_ENUM, FIELD(colour), "green", NULL, NULL, colours, "A colour.", NULL},
    {"b.threads", CONF_WORKERS, FIELD(threads), "auto", "2", "64", NULL, "Threads.", NULL},
    {"b.list", CONF_LIST, FIELD(list), "x, y", NULL, NULL, NULL, "A list.", no_spaces},
    {"b.nets", CONF_CIDRS, FIELD(nets), "", NULL, NULL, NULL, "Networks.", NULL},
    {"b.ports", CONF_PORTS, FIELD(ports), "443", NULL, NULL, NULL, "Ports.", NULL},
};

/* The faults that text gives, one a line, on the heap. */
static char *faults_of(struct sl_str text, struct toy *toy)
{
    struct conf_faults faults = {0};
    struct sl_text all = {0};
    conf_defaults(rows, SL_COUNT(rows), toy);
    bool ok = conf_load_text(rows, SL_COUNT(rows), "f", text, toy, &faults);
    assert_int_equal(ok, faults.count == 0);
    sl_text_add(&all, SL_STR(""));
    for (size_t i = 0; i < faults.count; i++)
        sl_text_addf(&all, "%s%s", i ? "\n" : "", faults.items[i].text);
    conf_faults_fini(&faults);
    return all.p;
}

static void toy_fini(struct toy *toy)
{
    conf_fini(rows, SL_COUNT(rows), toy);
}

TEST(conf_defaults__are_the_presets)
{
    struct toy toy;
    memset(&toy, 0xee, sizeof toy);
    conf_defaults(rows, SL_COUNT(rows), &toy);
    assert_true(toy.flag && toy.count == 5 && toy.wait_ms == 30000 && toy.size == 65536);
    assert_string_equal(toy.name, "");
    assert_true(toy.colour == 1 && toy.threads == 0 && toy.nets.count == 0);
    assert_int_equal(toy.list.count, 2);
    assert_string_equal(toy.list.items[1], "y");
    assert_true(conf_ports_contain(&toy.ports, 443) && !conf_ports_contain(&toy.ports, 442));
    toy_fini(&toy);
    toy_fini(&toy);
}

TEST(conf_load__reads_every_type)
{
    static const char text[] = "\xef\xbb\xbf; comment\r\n"
                               "# comment\r\n"
                               "\r\n"
                               "[a] ; the first\r\n"
                               "flag = Off\r\n"
                               "  count=7   ; seven\r\n"
                               "wait = 5m\n"
                               "size = 1MiB\n"
                               "name = a;b#c\n"
                               "[b]\n"
                               "colour = blue\n"
                               "threads = 8\n"
                               "list = one ,two,three\n"
                               "nets = 10.0.0.0/8, ::1\n"
                               "ports = 80, 1024-65535";
    struct toy toy;
    SL_CLEANUP(sl_freep) char *faults = faults_of(sl_cstr(text), &toy);
    assert_string_equal(faults, "");
    assert_true(!toy.flag && toy.count == 7 && toy.wait_ms == 300000 && toy.size == 1048576);
    assert_string_equal(toy.name, "a;b#c");
    assert_true(toy.colour == 2 && toy.threads == 8);
    assert_int_equal(toy.list.count, 3);
    assert_string_equal(toy.list.items[0], "one");
    assert_int_equal(toy.nets.count, 2);
    assert_true(conf_ports_contain(&toy.ports, 65535) && conf_ports_contain(&toy.ports, 80));
    assert_false(conf_ports_contain(&toy.ports, 81));
    toy_fini(&toy);
}

TEST(conf_load__every_fault_has_its_line)
{
    static const struct {
        const char *text, *faults;
    } cases[] = {
        {"", ""},
        {"\n\n[a]\n", ""},
        {"[a]\nnonsense = 1\n", "f:2: unknown setting 'nonsense' in [a]; `sluice help settings` lists all"},
        {"[c]\nflag = on\n", "f:1: unknown section [c]"},
        {"[A]\n", "f:1: unknown section [A]"},
        {"flag = on\n", "f:1: a setting stands before the first [section]"},
        {"[a]\ncolour = red\n", "f:2: unknown setting 'colour' in [a]; `sluice help settings` lists all"},
        {"[a]\nflag\n", "f:2: neither [section], `key = value` nor a comment: 'flag'"},
        {"[a]\nflag ; = on\n", "f:2: neither [section], `key = value` nor a comment: 'flag'"},
        {"[a]\nname =;x\n", "f:2: a comment needs a blank before its ;"},
        {"[a]\nname = ;x\n", ""},
        {"[a]\n= on\n", "f:2: neither [section], `key = value` nor a comment: '= on'"},
        {"[a]\nflag: on\n", "f:2: a setting is written `key = value`, with = before any :"},
        {"[a\nflag = on\n", "f:1: a section is written [name]; the ] is missing"},
        {"[a] flag = on\n", "f:1: text behind the section's ]; a setting needs a line of its own"},
        {"[a]\nflag = on\nflag = on\n", "f:3: a.flag is set twice, first in line 2"},
        {"[a]\nflag = on\n[b]\n[a]\nflag = off\n", "f:5: a.flag is set twice, first in line 2"},
        {"[a]\nflag = maybe\n", "f:2: a.flag: 'maybe' is neither on nor off"},
        {"[a]\nflag =\n", "f:2: a.flag: '' is neither on nor off"},
        {"[a]\ncount = 0\n", "f:2: a.count: '0' is too small; the least is 1"},
        {"[a]\ncount = 11\n", "f:2: a.count: '11' is too large; the most is 10"},
        {"[a]\ncount = -1\n", "f:2: a.count: '-1' is not a whole number"},
        {"[a]\ncount = 1 # one\n", "f:2: a.count: '1 # one' is not a whole number"},
        {"[a]\ncount = 99999999999999999999\n", "f:2: a.count: '99999999999999999999' is not a whole number"},
        {"[a]\nwait = soon\n", "f:2: a.wait: 'soon' is not a time; write 500ms, 30s, 5m, 24h or 90d"},
        {"[a]\nwait = 2h\n", "f:2: a.wait: '2h' is too large; the most is 1h"},
        {"[a]\nsize = 5 KiB\n", "f:2: a.size: '5 KiB' is not a size; write 4096, 64KiB or 2GiB"},
        {"[a]\nsize = 18446744073709551615\n",
         "f:2: a.size: '18446744073709551615' is not a size; write 4096, 64KiB or 2GiB"},
        {"[a]\nname = a b\n", "f:2: a.name: 'a b' has a space"},
        {"[b]\ncolour = Red\n", "f:2: b.colour: 'Red' is unknown; write red, green or blue"},
        {"[b]\nthreads = 0\n", "f:2: b.threads: '0' is not a number of threads; write auto or 1 and more"},
        {"[b]\nthreads = 1\n", "f:2: b.threads: '1' is too small; the least is 2"},
        {"[b]\nlist = a,,b\n", "f:2: b.list: an item between two commas is empty"},
        {"[b]\nlist = a,\n", "f:2: b.list: an item between two commas is empty"},
        {"[b]\nlist = a, b c\n", "f:2: b.list: 'b c' has a space"},
        {"[b]\nlist =\nnets =\nports =\n", ""},
        {"[b]\nnets = 10.0.0.1/8\n",
         "f:2: b.nets: network '10.0.0.1/8' has bits set behind its length; 10.0.0.0/8 is the network meant"},
        {"[b]\nports = 0\n", "f:2: b.ports: '0' is not a range of ports from 1 to 65535"},
        {"[b]\nports = 9-8\n", "f:2: b.ports: '9-8' is not a range of ports from 1 to 65535"},
        {"[b]\nports = 65536\n", "f:2: b.ports: '65536' is not a port; write 443 or 1024-65535"},
        {"[b]\nports = 1-\n", "f:2: b.ports: '1-' is not a port; write 443 or 1024-65535"},
        {"[a]\nname = a\x1b[31m\n", "f:2: control byte 0x1b in column 9"},
        {"[a]\nname = a\rb\n", "f:2: control byte 0x0d in column 9"},
        {"[a]\nflag = x\ncount = y\nzzz\n", "f:2: a.flag: 'x' is neither on nor off\n"
                                            "f:3: a.count: 'y' is not a whole number\n"
                                            "f:4: neither [section], `key = value` nor a comment: 'zzz'"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct toy toy;
        SL_CLEANUP(sl_freep) char *faults = faults_of(sl_cstr(cases[i].text), &toy);
        assert_string_equal(faults, cases[i].faults);
        toy_fini(&toy);
    }
}

TEST(conf_load__an_indented_line_is_a_setting_of_its_own)
{
    struct toy toy;
    SL_CLEANUP(sl_freep) char *faults = faults_of(SL_STR("[a]\nname = x\n    flag = off\n"), &toy);
    assert_string_equal(faults, "");
    assert_string_equal(toy.name, "x");
    assert_false(toy.flag);
    toy_fini(&toy);
}

TEST(conf_load__nul_and_long_lines_are_faults)
{
    struct toy toy;
    SL_CLEANUP(sl_freep) char *nul = faults_of(sl_str("[a]\nname = a\0b\n", 15), &toy);
    assert_string_equal(nul, "f:2: control byte 0x00 in column 9");
    toy_fini(&toy);

    struct sl_text text = {0};
    sl_text_addf(&text, "[a]\nname = %04089d\n", 0);
    SL_CLEANUP(sl_freep) char *longest = faults_of(sl_text_str(&text), &toy);
    assert_string_equal(longest, "");
    assert_int_equal(strlen(toy.name), 4089);
    toy_fini(&toy);
    sl_text_clear(&text);
    sl_text_addf(&text, "[a]\nname = %04090d\nflag = off\n", 0);
    SL_CLEANUP(sl_freep) char *longer = faults_of(sl_text_str(&text), &toy);
    assert_string_equal(longer, "f:2: line of 4097 bytes; the longest is 4096");
    assert_false(toy.flag);
    toy_fini(&toy);
    sl_text_fini(&text);
}

TEST(conf_load__a_missing_file_is_a_fault)
{
    struct toy toy;
    struct conf_faults faults = {0};
    conf_defaults(rows, SL_COUNT(rows), &toy);
    assert_false(conf_load(rows, SL_COUNT(rows), "/nonexistent/sluice.conf", &toy, &faults));
    assert_int_equal(faults.count, 1);
    assert_string_equal(
        faults.items[0].text,
        "/nonexistent/sluice.conf: cannot open /nonexistent/sluice.conf: No such file or directory");
    conf_faults_fini(&faults);
    toy_fini(&toy);
}

TEST(conf_print__comes_back)
{
    static const char text[] =
        "[a]\nflag = off\ncount = 7\nwait = 36m\nsize = 1000\nname =\n\n"
        "[b]\ncolour = red\nthreads = 9\nlist = p, q\nnets = 10.0.0.0/8, ::1\nports = 80, 1-2\n";
    struct toy toy;
    SL_CLEANUP(sl_freep) char *faults = faults_of(sl_cstr(text), &toy), *printed = NULL, *help = NULL;
    size_t n;
    assert_string_equal(faults, "");
    FILE *out = open_memstream(&printed, &n);
    conf_print(rows, SL_COUNT(rows), &toy, out);
    fclose(out);
    assert_string_equal(
        printed, "[a]\nflag = off\ncount = 7\nwait = 36m\nsize = 1KB\nname =\n\n"
                 "[b]\ncolour = red\nthreads = 9\nlist = p, q\nnets = 10.0.0.0/8, ::1\nports = 80, 1-2\n");
    out = open_memstream(&help, &n);
    conf_print_help(rows, SL_COUNT(rows), out);
    fclose(out);
    assert_non_null(strstr(help, "count = 5\n    A count.\n    (number from 1 to 10)\n"));
    assert_non_null(strstr(help, "(red, green or blue)"));
    toy_fini(&toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conf_defaults__are_the_presets),
        cmocka_unit_test(conf_load__reads_every_type),
        cmocka_unit_test(conf_load__every_fault_has_its_line),
        cmocka_unit_test(conf_load__an_indented_line_is_a_setting_of_its_own),
        cmocka_unit_test(conf_load__nul_and_long_lines_are_faults),
        cmocka_unit_test(conf_load__a_missing_file_is_a_fault),
        cmocka_unit_test(conf_print__comes_back),
    };
    return cmocka_run_group_tests_name("base/conf", tests, NULL, NULL);
}
