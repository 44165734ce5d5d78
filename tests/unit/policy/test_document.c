/* test_document.c - unit tests of reading documents (policy/document*.c, condition.c, read.c): every fault,
 * at its place. */
#include "tests/unit/policy/support.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const list_names[] = {"ut1/malware", "own", NULL};
static struct fake_lists lists;

static int make_lists(void **state)
{
    fake_lists_init(&lists, list_names, NULL, 0);
    return 0;
}

/* All faults as "pointer: message" lines. */
static char *faults_of(const json_t *doc, const struct list_provider *provider)
{
    struct policy_faults faults = {0};
    struct sl_text text = {0};
    bool ok = policy_validate(doc, provider, &faults);
    assert_int_equal(ok, faults.count == 0);
    for (size_t i = 0; i < faults.count; i++)
        sl_text_addf(&text, "%s%s: %s", i ? "\n" : "", faults.items[i].pointer, faults.items[i].message);
    policy_faults_fini(&faults);
    return text.p ? text.p : sl_strdup("");
}

/* Puts the members into a document and compares the faults. complaint ends in "*": only what is before it
 * counts. */
static void expect_faults(const char *members, const char *complaint)
{
    char text[4096];
    snprintf(text, sizeof text, "{'schema':1%s%s}", *members ? "," : "", members);
    json_t *doc = document(text);
    char *got = faults_of(doc, &lists.provider);
    size_t n = strlen(complaint);
    bool same =
        n > 0 && complaint[n - 1] == '*' ? strncmp(got, complaint, n - 1) == 0 : strcmp(got, complaint) == 0;
    if (!same)
        fail_msg("%s\nexpected: %s\ngot:      %s", members, complaint, got);
    free(got);
    json_decref(doc);
}

TEST(policy_validate__takes_the_example_of_the_interface)
{
    json_t *doc = document(
        "{'schema':1,'default':{'then':'allow'},"
        "'networks':{'berlin':['10.20.0.0/16','2001:db8:20::/48']},'groups':{'staff':['alice','bob']},"
        "'schedules':{'work':{'timezone':'Europe/"
        "Berlin','spans':[{'days':'mon-fri','from':'08:00','to':'18:00'}]}},"
        "'categories':{'social':{'title':'Social "
        "networks','lists':['ut1/malware','own'],'hosts':['social.example'],"
        "'urls':['portal.example/feed'],'regex':['^https?://[^/"
        "]*\\\\bchat\\\\b'],'except':['work.social.example']},"
        "'malware':{},'phishing':{'note':'x'},'banking':{},'video':{}},"
        "'rules':[{'id':'malware','title':'Malware and "
        "phishing','if':{'category':['malware','phishing']},'then':'block'},"
        "{'id':'social-work','if':{'category':['social'],'group':['staff'],'schedule':['work']},'unless':{'"
        "user':['alice']},"
        "'then':'warn','message':'Please keep this to your breaks.'},"
        "{'id':'iso','if':{'extension':['iso'],'size_over':'100MiB'},'then':'block','report_only':true}],"
        "'inspection':{'default':'tunnel','rules':[{'id':'banks','if':{'category':['banking']},'then':'"
        "tunnel'},"
        "{'id':'rest','if':{},'then':'inspect'}]},"
        "'quotas':[{'id':'video-day','if':{'category':['video']},'per':'user','window':'day','bytes':'2GiB','"
        "minutes':60,"
        "'requests':5000,'warn_at':80,'then':'block'}],"
        "'headers':[{'id':'m365','if':{'host':['login.microsoftonline.com']},'set':{'Restrict-Access-To-"
        "Tenants':"
        "'example.com'},'remove':[]}],"
        "'tests':[{'url':'http://social.example/"
        "','user':'bob','at':'2026-11-23T10:00:00+01:00','expect':'warn',"
        "'rule':'social-work'}]}");
    char *got = faults_of(doc, &lists.provider);
    assert_string_equal(got, "");
    free(got);
    json_decref(doc);
}

static const struct {
    const char *members, *faults;
} cases[] = {
    {"", ""},
    /* the whole */
    {"'colour':1", "/colour: unknown key in a policy document"},
    {"'title':'x','note':'y'", ""},
    {"'title':1", "/title: is a number; must be a string"},
    {"'a/b~c':1", "/a~1b~0c: unknown key in a policy document"},
    {"'default':{}", "/default: 'then' is missing"},
    {"'default':{'then':'warn'}",
     "/default/then: 'warn' can't be the default: an acceptance belongs to a rule; use allow or block"},
    {"'default':'block'", "/default: is a string; must be an object"},
    {"'timezone':'Mars/Olympus'",
     "/timezone: there is no time zone 'Mars/Olympus' in the system's tz database"},
    {"'timezone':'../../etc/passwd'",
     "/timezone: '../../etc/passwd' is not the name of a time zone, such as Europe/Berlin"},
    {"'timezone':'Europe/Berlin'", ""},
    /* networks, groups, schedules */
    {"'networks':{'b':['10.0.0.1/8']}", "/networks/b/0: *"},
    {"'networks':{'b':['10.0.0.0/33']}", "/networks/b/0: *"},
    {"'networks':{'b':['x',7]}", "/networks/b/0: *"},
    {"'networks':{'b':'10.0.0.0/8'}", "/networks/b: is a string; must be an array"},
    {"'networks':{'B b':[]}",
     "/networks/B b: 'B b' is no id: use 1-64 of a-z 0-9 _ - and begin with a letter or digit"},
    {"'networks':{'':[]}",
     "/networks/: '' is no id: use 1-64 of a-z 0-9 _ - and begin with a letter or digit"},
    {"'networks':[]", "/networks: is an array; must be an object"},
    {"'groups':{'Domain Users':['alice']}", ""},
    {"'groups':{'':['alice']}", "/groups/: the name must have 1-256 bytes"},
    {"'groups':{'staff':[1,'']}",
     "/groups/staff/0: is a number; must be a string\n/groups/staff/1: is empty"},
    {"'groups':{'staff':['a\\u0001']}", "/groups/staff/0: has a control character (byte 1)"},
    {"'schedules':{'w':{}}", "/schedules/w: 'spans' is missing"},
    {"'schedules':{'w':{'spans':[{'days':'mon-fry','from':'8:00','to':'24:01'}]}}",
     "/schedules/w/spans/0/days: days 'mon-fry' are not written like mon-fri, sat,sun or all\n"
     "/schedules/w/spans/0/from: time '8:00' is not written like 08:30 (24:00 is the end of the day)\n"
     "/schedules/w/spans/0/to: time '24:01' is not written like 08:30 (24:00 is the end of the day)"},
    {"'schedules':{'w':{'spans':[{'from':'08:00','to':'08:00'}]}}",
     "/schedules/w/spans/0: the span is empty; a whole day is 00:00 to 24:00"},
    {"'schedules':{'w':{'spans':[{'until':'08:00'}],'zone':1}}",
     "/schedules/w/spans/0/until: unknown key in a span of a schedule\n/schedules/w/zone: unknown key in a "
     "schedule"},
    {"'schedules':{'w':{'spans':[],'timezone':'Nowhere'}}",
     "/schedules/w/timezone: there is no time zone 'Nowhere' in the system's tz database"},
    /* categories */
    {"'categories':{'a':{'lists':['own','none']}}",
     "/categories/a/lists/1: there is no list 'none'; 'sluice lists add' adds one"},
    {"'categories':{'a':{'hosts':['a b','x..y','ok.example']}}", "/categories/a/hosts/0: *"},
    {"'categories':{'a':{'urls':['http://']}}", "/categories/a/urls/0: *"},
    {"'categories':{'a':{'regex':['a(b']}}", "/categories/a/regex/0: *"},
    {"'categories':{'a':{'except':['','x.example/y','x.example:80','::1','[::1]:80']}}",
     "/categories/a/except/0: *"},
    {"'categories':{'a':{'colour':1}}", "/categories/a/colour: unknown key in a category"},
    {"'categories':{'uncategorised':{}}",
     "/categories/uncategorised: 'uncategorised' is built in: it holds what no other category does"},
    {"'categories':{'A':1}",
     "/categories/A: 'A' is no id: use 1-64 of a-z 0-9 _ - and begin with a letter or digit\n"
     "/categories/A: is a number; must be an object"},
    /* rules */
    {"'rules':{}", "/rules: is an object; must be an array"},
    {"'rules':[{}]", "/rules/0: 'id' is missing\n/rules/0: 'then' is missing"},
    {"'rules':[{'id':'x','if':{},'then':'block'}]", ""},
    {"'rules':[{'id':'x','then':'deny'}]", "/rules/0/then: 'deny' is none of: allow, block, warn"},
    {"'rules':[{'id':'x','then':'block'},{'id':'y','then':'block'},{'id':'x','then':'block'}]",
     "/rules/2/id: id 'x' is used before; ids must differ"},
    {"'rules':[{'id':'','then':'block'},{'id':'-x','then':'block'},{'id':7,'then':'block'}]",
     "/rules/0/id: '' is no id: use 1-64 of a-z 0-9 _ - and begin with a letter or digit\n"
     "/rules/1/id: '-x' is no id: use 1-64 of a-z 0-9 _ - and begin with a letter or digit\n"
     "/rules/2/id: is a number; must be a string"},
    {"'rules':[{'id':'x','then':'warn','warn_for':'2h'}]", ""},
    {"'rules':[{'id':'x','then':'warn','warn_for':'soon'}]",
     "/rules/0/warn_for: 'soon' is no duration from 1s to 365d, such as 1h"},
    {"'rules':[{'id':'x','then':'warn','warn_for':'500ms'}]",
     "/rules/0/warn_for: '500ms' is no duration from 1s to 365d, such as 1h"},
    {"'rules':[{'id':'x','then':'block','report_only':'yes','message':5}]",
     "/rules/0/message: is a number; must be a string\n/rules/0/report_only: is a string; must be true or "
     "false"},
    {"'rules':[{'id':'a','then':'allow','parent':'up_2'},{'id':'b','then':'warn','parent':'direct'}]", ""},
    {"'rules':[{'id':'a','then':'block','parent':'up'},{'id':'b','then':'allow','parent':'http://up:1'},"
     "{'id':'c','then':'allow','parent':['up']}]",
     "/rules/0/parent: stands beside 'then': 'block'; only what is allowed can be sent through a parent\n"
     "/rules/1/parent: 'http://up:1' is no id: use 1-64 of a-z 0-9 _ - and begin with a letter or digit\n"
     "/rules/2/parent: is an array; must be a string"},
    {"'rules':[{'id':'a','then':'allow','source':'::1'},{'id':'b','then':'allow','source':'192.0.2.7'}]", ""},
    {"'rules':[{'id':'a','then':'block','source':'192.0.2.7'},{'id':'b','then':'allow','source':'eth0'},"
     "{'id':'c','then':'allow','source':['192.0.2.7']},{'id':'d','then':'allow','source':'0.0.0.0'},"
     "{'id':'e','then':'allow','source':'ff02::1'},{'id':'f','then':'allow','source':'fe80::1'},"
     "{'id':'g','then':'allow','source':'::ffff:255.255.255.255'},{'id':'h','then':'allow','source':'1.2.3'}"
     "]",
     "/rules/0/source: stands beside 'then': 'block'; only what is allowed can be sent from an address\n"
     "/rules/1/source: 'eth0' is no address such as 192.0.2.7 or 2001:db8::7\n"
     "/rules/2/source: is an array; must be an address such as \"192.0.2.7\"\n"
     "/rules/3/source: '0.0.0.0' is of class unspecified; connections can't come from there\n"
     "/rules/4/source: 'ff02::1' is of class multicast; connections can't come from there\n"
     "/rules/5/source: 'fe80::1' is of class link-local; connections can't come from there\n"
     "/rules/6/source: '::ffff:255.255.255.255' is of class broadcast; connections can't come from there\n"
     "/rules/7/source: '1.2.3' is no address such as 192.0.2.7 or 2001:db8::7"},
    {"'rules':[{'id':'a','then':'allow','throttle':'2Mbit/s'},{'id':'b','then':'allow','throttle':{'rate':'1."
     "5Mbit/s','per':'group','burst':'64KiB','note':'n'}}]",
     ""},
    {"'rules':[{'id':'a','then':'block','throttle':'2Mbit/s'},{'id':'b','then':'warn','throttle':'2Mb/"
     "s'},{'id':'c','then':'allow','throttle':{'per':'team','burst':1,'speed':1}}]",
     "/rules/0/throttle: stands beside 'then': 'block'; only what is allowed can be throttled\n"
     "/rules/1/throttle: '2Mb/s' is no rate such as 2Mbit/s; units are bit/s, kbit/s, Mbit/s, Gbit/s, kB/s, "
     "KiB/s, MB/s or MiB/s\n"
     "/rules/2/throttle: 'rate' is missing\n"
     "/rules/2/throttle/per: 'team' is none of: user, client, group, all\n"
     "/rules/2/throttle/burst: is 1 bytes; must be 4096 (4KiB, or a 50th of a second) to 1TiB\n"
     "/rules/2/throttle/speed: unknown key in a throttle"},
    {"'rules':[{'id':'a','then':'allow','throttle':{'rate':'1Gbit/"
     "s','burst':'1MiB'}},{'id':'b','then':'allow',"
     "'throttle':2},{'id':'c','then':'allow','throttle':'1kbit/"
     "s'},{'id':'d','then':'allow','throttle':'1001Gbit/"
     "s'}]",
     "/rules/0/throttle/burst: is 1048576 bytes; must be 2500000 (4KiB, or a 50th of a second) to 1TiB\n"
     "/rules/1/throttle: is a number; must be a rate such as \"2Mbit/s\"\n"
     "/rules/2/throttle: '1kbit/s' is out of range; must be 8kbit/s to 1000Gbit/s\n"
     "/rules/3/throttle: '1001Gbit/s' is out of range; must be 8kbit/s to 1000Gbit/s"},
    {"'rules':[{'id':'x','from':'2026-12-01','until':'2026-12-01','then':'block'},"
     "{'id':'y','from':'2026-12-01T08:00:00+01:00','then':'block'}],"
     "'inspection':{'rules':[{'id':'i','until':'2027-02-28','then':'inspect'}]},"
     "'quotas':[{'id':'q','from':'2028-02-29','per':'all','window':'day','requests':1}],"
     "'headers':[{'id':'h','until':'2027-01-01T00:00:00Z','remove':['X']}]",
     ""},
    {"'rules':[{'id':'x','from':'2026-02-29','until':'tomorrow','then':'block'},"
     "{'id':'y','from':'2026-12-02','until':'2026-12-01T23:59:59Z','then':'block'},"
     "{'id':'z','enabled':false,'from':'2026-12-01T08:00:00','until':7,'then':'block'}]",
     "/rules/0/from: '2026-02-29' is neither a date such as 2026-12-01 nor a time such as "
     "2026-12-01T08:00:00+01:00\n"
     "/rules/0/until: 'tomorrow' is neither a date such as 2026-12-01 nor a time such as "
     "2026-12-01T08:00:00+01:00\n"
     "/rules/1/until: '2026-12-01T23:59:59Z' is not after 'from'; the rule would never be valid\n"
     "/rules/2/from: '2026-12-01T08:00:00' is neither a date such as 2026-12-01 nor a time such as "
     "2026-12-01T08:00:00+01:00\n"
     "/rules/2/until: is a number; must be a string"},
    {"'schedules':{'s':{'spans':[{}],'except':['2026-12-25','25.12.2026',7]}}",
     "/schedules/s/except/1: '25.12.2026' is no date such as 2026-12-25\n"
     "/schedules/s/except/2: is a number; must be a string"},
    /* conditions */
    {"'rules':[{'id':'x','if':{'user':'eve','port':443,'method':'GET'},'then':'block'}]", ""},
    {"'rules':[{'id':'x','if':{'users':['eve']},'then':'block'}]",
     "/rules/0/if/users: unknown key in a condition: every key must hold, any value of a key is enough"},
    {"'rules':[{'id':'x','if':[],'then':'block'}]", "/rules/0/if: is an array; must be an object"},
    {"'rules':[{'id':'x','if':{'title':'t','note':'n'},'unless':{'note':1},'then':'block'}]",
     "/rules/0/unless/note: is a number; must be a string"},
    {"'rules':[{'id':'x','if':{'category':['none'],'group':['staff'],'network':['lan'],'schedule':['work']},'"
     "then':'block'}]",
     "/rules/0/if/category/0: there is no category 'none' in this document\n"
     "/rules/0/if/group/0: there is no group 'staff' in this document\n"
     "/rules/0/if/network/0: there is no network 'lan' in this document\n"
     "/rules/0/if/schedule/0: there is no schedule 'work' in this document"},
    {"'rules':[{'id':'x','if':{'category':['uncategorised']},'then':'block'}]", ""},
    {"'rules':[{'id':'x','if':{'category':[]},'then':'block'}]",
     "/rules/0/if/category: is empty and would never hold; name a value or leave the key out"},
    {"'rules':[{'id':'x','if':{'host':['a b']},'then':'block'}]", "/rules/0/if/host/0: *"},
    {"'rules':[{'id':'x','if':{'host':'a b'},'then':'block'}]", "/rules/0/if/host: *"},
    {"'rules':[{'id':'x','if':{'address':['10.0.0.1/8','::/0']},'then':'block'}]",
     "/rules/0/if/address/0: *"},
    {"'rules':[{'id':'x','if':{'regex':['ok','(?C1)','x{2,1}']},'then':'block'}]", "/rules/0/if/regex/1: *"},
    {"'rules':[{'id':'x','if':{'method':['get','GE T','CONNECT','M-SEARCH']},'then':'block'}]",
     "/rules/0/if/method/0: 'get' is no method; methods are upper case, such as GET or CONNECT\n"
     "/rules/0/if/method/1: 'GE T' is no method; methods are upper case, such as GET or CONNECT"},
    {"'rules':[{'id':'x','if':{'port':[0,65536,'80-','9-8','443','1024-65535',true]},'then':'block'}]",
     "/rules/0/if/port/0: is 0; must be 1 to 65535\n/rules/0/if/port/1: is 65536; must be 1 to 65535\n"
     "/rules/0/if/port/2: '80-' is no port or range such as 8080 or 1024-65535\n"
     "/rules/0/if/port/3: '9-8' is no port or range such as 8080 or 1024-65535\n"
     "/rules/0/if/port/6: must be a port number or a range such as \"1024-65535\""},
    {"'rules':[{'id':'x','if':{'scheme':['gopher','https']},'then':'block'}]",
     "/rules/0/if/scheme/0: 'gopher' is none of: http, https, ws, wss, ftp, connect"},
    {"'rules':[{'id':'x','if':{'extension':['.iso','tar.gz','a/b','ISO']},'then':'block'}]",
     "/rules/0/if/extension/1: 'tar.gz' is no file name extension such as iso (at most 32 bytes, without "
     "dots)\n"
     "/rules/0/if/extension/2: 'a/b' is no file name extension such as iso (at most 32 bytes, without dots)"},
    {"'rules':[{'id':'x','if':{'content_type':['video/*','video','*/*','video/m*','text/html; "
     "charset=x','application/pdf']},"
     "'then':'block'}]",
     "/rules/0/if/content_type/1: 'video' is no media type such as video/mp4 or video/*\n"
     "/rules/0/if/content_type/2: '*/*' is no media type such as video/mp4 or video/*\n"
     "/rules/0/if/content_type/3: 'video/m*' is no media type such as video/mp4 or video/*\n"
     "/rules/0/if/content_type/4: 'text/html; charset=x' is no media type such as video/mp4 or video/*"},
    {"'rules':[{'id':'x','if':{'size_over':'big'},'then':'block'}]",
     "/rules/0/if/size_over: 'big' is no size above 0 such as 100MiB or 2GiB"},
    {"'rules':[{'id':'x','if':{'size_over':[1]},'then':'block'}]",
     "/rules/0/if/size_over: is an array; must be a size such as \"100MiB\" or a number of bytes"},
    {"'rules':[{'id':'x','if':{'size_over':1000000},'then':'block'}]", ""},
    /* inspection, quotas, headers */
    {"'inspection':{'default':'off'}", "/inspection/default: 'off' is none of: tunnel, inspect"},
    {"'inspection':{'rules':[{'id':'a','if':{'category':['x']},'then':'block'}]}",
     "/inspection/rules/0/if/category/0: there is no category 'x' in this document\n"
     "/inspection/rules/0/then: 'block' is none of: tunnel, inspect"},
    {"'quotas':[{'id':'q','per':'user','window':'day'}]",
     "/quotas/0: the quota has no limit; give bytes, minutes or requests"},
    {"'quotas':[{'id':'q','per':'team','window':'rolling','bytes':0,'minutes':'1','warn_at':101,'then':{'"
     "throttle':'1 Mb'}}]",
     "/quotas/0/per: 'team' is none of: user, client, group, all\n"
     "/quotas/0/window: a rolling window has a length; write {\"rolling\": \"24h\"}\n"
     "/quotas/0/bytes: is 0; must be 1 to 9223372036854775807\n/quotas/0/minutes: is a string; must be a "
     "whole number\n"
     "/quotas/0/warn_at: is 101; must be 1 to 100\n"
     "/quotas/0/then/throttle: '1 Mb' is no rate such as 2Mbit/s; units are bit/s, kbit/s, Mbit/s, Gbit/s, "
     "kB/s, KiB/s, MB/s or MiB/s"},
    {"'quotas':[{'id':'a','per':'user','window':{'rolling':'59s'},'minutes':1,'idle_gap':'30s'},"
     "{'id':'b','per':'user','window':{'rolling':'32d','step':1},'minutes':1,'idle_gap':5},"
     "{'id':'c','per':'user','window':{},'minutes':1,'background':{}},"
     "{'id':'d','per':'user','window':'day','minutes':1,'background':{'bytes':'2GiB','requests':0}}]",
     "/quotas/0/window/rolling: '59s' is no duration from 1m to 31d, such as 24h\n"
     "/quotas/0/idle_gap: '30s' is no duration from 1m to 1h, such as 5m\n"
     "/quotas/1/window/rolling: '32d' is no duration from 1m to 31d, such as 24h\n"
     "/quotas/1/window/step: unknown key in a rolling window\n"
     "/quotas/1/idle_gap: is a number; must be a string\n"
     "/quotas/2/window: 'rolling' is missing\n"
     "/quotas/2/background: background says nothing; give bytes or requests a minute\n"
     "/quotas/3/background/bytes: more than 1GiB a minute is no background traffic\n"
     "/quotas/3/background/requests: is 0; must be 1 to 10000"},
    {"'quotas':[{'id':'a','per':'group','window':'day','minutes':1,'extension':{'times':101}},"
     "{'id':'b','per':'client','window':'day','minutes':1,'extension':{'bytes':'1MiB','times':2}}]",
     "/quotas/0/extension/times: is 101; must be 1 to 100\n"
     "/quotas/0/extension: the extension adds nothing; give bytes, minutes or requests\n"
     "/quotas/0/extension: one person would take more for everybody; an extension needs \"per\": \"user\" "
     "or \"client\"\n"
     "/quotas/1/extension: the quota has no limit of bytes that could be extended"},
    {"'quotas':[{'id':'q','per':'all','window':'year','requests':1},{'id':'q','per':'all','window':'day','"
     "requests':1,'then':'allow'}]",
     "/quotas/0/window: 'year' is none of: hour, day, week, month\n/quotas/1/id: id 'q' is used before; ids "
     "must differ\n"
     "/quotas/1/then: 'allow' is none of: block, warn"},
    {"'headers':[]", ""},
    {"'headers':[{'id':'a','set':{'A':'','x-b':'~ ~'},'remove':['Cookie','a']},{'id':'b','remove':['X']}]",
     ""},
    {"'headers':[{'id':'h','set':{'host':'x','Content-Length':'1','a b':'x','X:':'x','':'x','\u00e9':'x'},"
     "'remove':['VIA','X-Y','proxy-anything','TE']}]",
     "/headers/0/set/host: 'host' is written by the gateway itself; rules can't change it\n"
     "/headers/0/set/Content-Length: 'Content-Length' is written by the gateway itself; rules can't change "
     "it\n"
     "/headers/0/set/a b: 'a b' is no name of a field such as X-Tenant\n"
     "/headers/0/set/X:: 'X:' is no name of a field such as X-Tenant\n"
     "/headers/0/set/: '' is no name of a field such as X-Tenant\n"
     "/headers/0/set/\u00e9: '\u00e9' is no name of a field such as X-Tenant\n"
     "/headers/0/remove/0: 'VIA' is written by the gateway itself; rules can't change it\n"
     "/headers/0/remove/2: 'proxy-anything' is written by the gateway itself; rules can't change it\n"
     "/headers/0/remove/3: 'TE' is written by the gateway itself; rules can't change it"},
    {"'headers':[{'id':'h','set':{'A':'x\\r\\nB: y','B':'x\\ty','C':' x','D':'\u00e9','E':'1','e':'2'}}]",
     "/headers/0/set/A: has a control character (byte 1)\n"
     "/headers/0/set/B: byte 1 is no printable ASCII character\n"
     "/headers/0/set/C: begins or ends with a space, which does not belong to a value\n"
     "/headers/0/set/D: byte 0 is no printable ASCII character\n"
     "/headers/0/set/e: 'e' is set before; case makes no difference"},
    {"'headers':[{'id':'h','set':{'A':'1'}},{'id':'h','set':{}},{'id':'i','set':{'A':'1'},'if':{'content_"
     "type':"
     "['video/*']},'unless':{'size_over':1}}]",
     "/headers/1/id: id 'h' is used before; ids must differ\n"
     "/headers/2/if/content_type: is not known when a request is sent, and header rules act on requests "
     "only\n"
     "/headers/2/unless/size_over: is not known when a request is sent, and header rules act on requests "
     "only"},
    {"'headers':[{'id':'h'}]",
     "/headers/0: the rule changes nothing; give set, remove, query, resolve_as or use"},
    {"'headers':[{'id':'q','if':{'host':['x.example']},'query':{'safe':'active','a "
     "b':'1&2','':'x','n':'\u00e9'}},"
     "{'id':'r','if':{'address':['192.0.2.0/"
     "24']},'unless':{'address':['192.0.2.1']},'resolve_as':'Safe.Example'},"
     "{'id':'s','resolve_as':'192.0.2.1'},{'id':'t','resolve_as':'a b'}]",
     "/headers/0/query/: the parameter's name has 0 bytes; 1 to 128 are allowed\n"
     "/headers/0/query/n: byte 0 is no printable ASCII character\n"
     "/headers/1/if/address: is what resolve_as decides, so it can't be asked for\n"
     "/headers/1/unless/address: is what resolve_as decides, so it can't be asked for\n"
     "/headers/2/resolve_as: '192.0.2.1' is an address; give the name that has it\n"
     "/headers/3/resolve_as: *"},
    {"'headers':[{'id':'a','use':'microsoft-consumer','if':{'group':['g']}},"
     "{'id':'b','use':'slack','with':{'requester':'T1','workspaces':['T1','T2']}}],'groups':{'g':['x']}",
     ""},
    {"'headers':[{'id':'a','use':'nobody'},{'id':'b','use':'slack','with':{'requester':['T1'],'workspaces':[]"
     ","
     "'x':'1'}},{'id':'c','use':'slack'},{'id':'d','use':'microsoft-consumer','set':{'A':'1'},"
     "'if':{'host':'x.example'}},{'id':'e','set':{'A':'1'},'with':{'a':'b'}},"
     "{'id':'f','use':'slack','with':{'requester':'T1\\r\\nX: y','workspaces':'a,b'}}]",
     "/headers/0/use: there is no service 'nobody'; `sluice headers list` names them\n"
     "/headers/1/with/requester: is an array; must be one value, such as \"T0123456789\"\n"
     "/headers/1/with/workspaces: is empty; name a value, such as \"T0123456789\"\n"
     "/headers/1/with/x: 'slack' has no such parameter\n"
     "/headers/2/with: 'requester' is missing, such as \"T0123456789\": ID of your own workspace or "
     "organisation (T... or E...); exactly one\n"
     "/headers/2/with: 'workspaces' is missing, such as \"T0123456789\": IDs of the workspaces and "
     "organisations that may be signed in to, your own among them\n"
     "/headers/3: a rule that uses a service has no set, remove, query or resolve_as of its own; make "
     "another "
     "rule for them\n"
     "/headers/3/if: the service says which hosts; say here for whom and when, without \"host\"\n"
     "/headers/4: \"with\" is for a service; say which, with \"use\"\n"
     "/headers/5/with/requester: has a control character (byte 2)\n"
     "/headers/5/with/workspaces: 'a,b' is not letters, digits, '-', '.' and '_'"},
    {"'headers':[{'id':'h','if':{'host':['x.example']},'set':{'A':1},'remove':'x'}]",
     "/headers/0/set/A: is a number; must be a string\n/headers/0/remove: is a string; must be an array"},
    /* tests */
    {"'tests':[{}]", "/tests/0: 'url' is missing\n/tests/0: 'expect' is missing"},
    {"'tests':[{'url':'http://x.example/"
     "','expect':'maybe','rule':'none','client':'here','at':'today','categories':['x']}]",
     "/tests/0/client: 'here' is no IP address\n/tests/0/at: 'today' is no time such as "
     "2026-11-23T10:00:00+01:00\n"
     "/tests/0/expect: 'maybe' is none of: allow, block, warn\n/tests/0/rule: there is no rule 'none' in "
     "this document\n"
     "/tests/0/categories/0: there is no category 'x' in this document"},
    {"'tests':[{'url':'http://','expect':'allow','rule':null}]", "/tests/0/url: *"},
};

TEST(policy_validate__names_every_fault_and_its_place)
{
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        expect_faults(cases[i].members, cases[i].faults);
}

TEST(policy_validate__wants_schema_1_and_an_object)
{
    static const struct {
        const char *doc, *faults;
    } whole[] = {
        {"{}", ": 'schema' is missing"},
        {"{'schema':2}", "/schema: must be 1, the only form of document that this version knows"},
        {"{'schema':'1'}", "/schema: must be 1, the only form of document that this version knows"},
        {"[]", ": is an array; must be an object"},
    };
    for (size_t i = 0; i < SL_COUNT(whole); i++) {
        json_t *doc = document(whole[i].doc);
        char *got = faults_of(doc, NULL);
        assert_string_equal(got, whole[i].faults);
        free(got);
        json_decref(doc);
    }
}

TEST(policy_validate__without_lists_checks_no_names_of_lists)
{
    json_t *doc = document("{'schema':1,'categories':{'a':{'lists':['none']}}}");
    struct policy_faults faults = {0};
    assert_true(policy_validate(doc, NULL, &faults));
    assert_false(policy_validate(doc, &lists.provider, &faults));
    policy_faults_fini(&faults);
    json_decref(doc);
}

/* A document with so many elements: ids x0, x1, ... and these other members. */
static json_t *many(const char *array, size_t count, const char *members)
{
    json_t *doc = json_pack("{s:i}", "schema", 1), *items = json_array();
    for (size_t i = 0; i < count; i++) {
        char text[200];
        snprintf(text, sizeof text, "{'id':'x%zu'%s}", i, members);
        json_array_append_new(items, document(text));
    }
    json_object_set_new(doc, array, items);
    return doc;
}

static void expect_first_fault(json_t *take, const char *complaint)
{
    char *got = faults_of(take, NULL);
    got[SL_MIN(strlen(got), strlen(complaint))] = '\0';
    assert_string_equal(got, complaint);
    free(got);
    json_decref(take);
}

TEST(policy_validate__has_bounds)
{
    expect_first_fault(many("rules", 10000, ",'then':'block'"), "");
    expect_first_fault(many("rules", 10001, ",'then':'block'"),
                       "/rules: has 10001 elements; at most 10000 are allowed");
    expect_first_fault(many("quotas", 129, ",'per':'all','window':'day','bytes':1"),
                       "/quotas: has 129 elements; at most 128 are allowed");
    expect_first_fault(many("headers", 64, ",'set':{'A':'1'}"), "");
    expect_first_fault(many("headers", 65, ",'set':{'A':'1'}"),
                       "/headers: has 65 elements; at most 64 are allowed");
    json_t *doc = json_pack("{s:i,s:{}}", "schema", 1, "categories");
    for (size_t i = 0; i < 511; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%zu", i);
        json_object_set_new(json_object_get(doc, "categories"), name, json_object());
    }
    expect_first_fault(json_deep_copy(doc), "");
    json_object_set_new(json_object_get(doc, "categories"), "more", json_object());
    expect_first_fault(doc, "/categories: has 512 entries; at most 511 are allowed");
}

/* A header rule that sets so many fields to a value of so many bytes, and removes so many. */
static json_t *header_rule(const char *id, size_t set, size_t value, size_t remove)
{
    json_t *fields = json_object(), *names = json_array();
    char name[200], *text = sl_calloc(value + 1, 1);
    memset(text, 'x', value);
    for (size_t i = 0; i < set; i++) {
        snprintf(name, sizeof name, "S%zu", i);
        json_object_set_new(fields, name, json_string(text));
    }
    for (size_t i = 0; i < remove; i++) {
        snprintf(name, sizeof name, "R%zu", i);
        json_array_append_new(names, json_string(name));
    }
    free(text);
    return json_pack("{s:s,s:o,s:o}", "id", id, "set", fields, "remove", names);
}

TEST(policy_validate__bounds_what_header_rules_add)
{
    static const struct {
        size_t set, value, remove, rules;
        const char *fault;
    } bounds[] = {
        {32, 1, 0, 1, ""},
        {33, 1, 0, 1, "/headers/0/set: has 33 fields; at most 32 are allowed"},
        {0, 0, 33, 1, "/headers/0/remove: has 33 elements; at most 32 are allowed"},
        {16, 1, 16, 1, ""},
        {16, 1, 17, 1, "/headers/0: the rule names 33 fields; at most 32 are allowed"},
        {1, 4096, 0, 1, ""},
        {1, 4097, 0, 1, "/headers/0/set/S0: has 4097 bytes; at most 4096 are allowed"},
        {5, 4096, 0, 3, ""},
        {8, 4096, 0, 2, "/headers: all rules together set 65568 bytes; at most 65536 are allowed"},
    };
    for (size_t i = 0; i < SL_COUNT(bounds); i++) {
        json_t *rules = json_array();
        for (size_t k = 0; k < bounds[i].rules; k++) {
            char id[2] = {(char)('a' + k), 0};
            json_array_append_new(rules, header_rule(id, bounds[i].set, bounds[i].value, bounds[i].remove));
        }
        json_t *doc = json_pack("{s:i,s:o}", "schema", 1, "headers", rules);
        char *got = faults_of(doc, NULL);
        assert_string_equal(got, bounds[i].fault);
        free(got);
        json_decref(doc);
    }
}

TEST(policy_validate__stops_counting_faults_at_some_point)
{
    json_t *doc = many("rules", 3000, "");
    struct policy_faults faults = {0};
    assert_false(policy_validate(doc, NULL, &faults));
    assert_int_equal(faults.count, 1001);
    assert_string_equal(faults.items[1000].message, "there are more than 1000 faults; these are the first");
    json_t *json = policy_faults_json(&faults);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json, 5), "pointer")), "/rules/5");
    json_decref(json);
    policy_faults_fini(&faults);
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_validate__takes_the_example_of_the_interface),
        cmocka_unit_test(policy_validate__names_every_fault_and_its_place),
        cmocka_unit_test(policy_validate__wants_schema_1_and_an_object),
        cmocka_unit_test(policy_validate__without_lists_checks_no_names_of_lists),
        cmocka_unit_test(policy_validate__has_bounds),
        cmocka_unit_test(policy_validate__bounds_what_header_rules_add),
        cmocka_unit_test(policy_validate__stops_counting_faults_at_some_point),
    };
    return cmocka_run_group_tests_name("policy/document", tests, make_lists, NULL);
}
