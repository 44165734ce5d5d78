/* page_guides.c - see page_guides.h. One row a system or program; words as its own menus have them. */
#include "proxy/http/page_guides.h"

#include "sluice/base.h"

/* clang-format off */
const struct guide guides[] = {
    {GUIDE_SYSTEM, "windows", "Windows",
     "<ol><li>Download the <b>.crt</b> file and open it. Choose <b>Install Certificate\xe2\x80\xa6</b></li>"
     "<li><b>Local Machine</b> is for everybody on this computer and needs an administrator; <b>Current "
     "User</b> is for you alone.</li>"
     "<li><b>Place all certificates in the following store</b>, <b>Browse\xe2\x80\xa6</b>, <b>Trusted Root "
     "Certification Authorities</b>, then <b>Next</b> and <b>Finish</b>.</li></ol>"
     "<p>Or in an administrator\xe2\x80\x99s terminal:</p>"
     "<pre>certutil -addstore -f Root {file}.crt</pre>"
     "<p>For all computers of a domain, in the Group Policy editor: <b>Computer Configuration</b>, "
     "<b>Policies</b>, <b>Windows Settings</b>, <b>Security Settings</b>, <b>Public Key Policies</b>, "
     "<b>Trusted Root Certification Authorities</b>, <b>Import\xe2\x80\xa6</b>. With Intune: a <b>Trusted "
     "certificate</b> profile.</p>"},
    {GUIDE_SYSTEM, "macos", "macOS",
     "<ol><li>Download the <b>.crt</b> file and open it: <b>Keychain Access</b> asks where to put it. Choose "
     "<b>System</b>.</li>"
     "<li>Find it there by its name, open it, and under <b>Trust</b> set <b>When using this certificate</b> "
     "to <b>Always Trust</b>. Close the window and confirm.</li></ol>"
     "<p>Or in Terminal:</p>"
     "<pre>sudo security add-trusted-cert -d -r trustRoot \\\n  -k /Library/Keychains/System.keychain "
     "{file}.crt</pre>"
     "<p>For managed Macs: a configuration profile with a certificate payload, from your MDM.</p>"},
    {GUIDE_SYSTEM, "ios", "iPhone and iPad",
     "<ol><li>In <b>Safari</b>, download the <b>.crt</b> file and allow the profile.</li>"
     "<li><b>Settings</b>, <b>Profile Downloaded</b>, <b>Install</b>.</li>"
     "<li><b>Settings</b>, <b>General</b>, <b>About</b>, <b>Certificate Trust Settings</b>: switch it on "
     "there. Without this step it is installed and not trusted.</li></ol>"
     "<p>For managed devices: a certificate payload from your MDM, which is trusted at once.</p>"},
    {GUIDE_SYSTEM, "android", "Android",
     "<ol><li>Download the <b>.crt</b> file.</li>"
     "<li><b>Settings</b>, <b>Security &amp; privacy</b>, <b>More security &amp; privacy</b>, <b>Encryption "
     "&amp; credentials</b>, <b>Install a certificate</b>, <b>CA certificate</b>, <b>Install anyway</b>.</li>"
     "<li>Choose the file.</li></ol>"
     "<p>Chrome uses it. Other apps do only if their makers allow certificates that users install. In "
     "Firefox: <b>Settings</b>, <b>About Firefox</b>, tap the logo five times; then <b>Secret Settings</b>, "
     "<b>Use third party CA certificates</b>.</p>"},
    {GUIDE_SYSTEM, "chromeos", "ChromeOS",
     "<ol><li>Download the <b>.crt</b> file.</li>"
     "<li>Open <code>chrome://certificate-manager</code>, <b>Custom</b>, <b>Installed by you</b>, <b>Trusted "
     "certificates</b>, <b>Import</b>.</li></ol>"
     "<p>For managed devices, in the Admin console: <b>Devices</b>, <b>Networks</b>, <b>Certificates</b>.</p>"},
    {GUIDE_SYSTEM, "debian", "Debian, Ubuntu and relatives",
     "<p>Download the <b>.pem</b> file. Its ending has to become <code>.crt</code>:</p>"
     "<pre>sudo cp {file}.pem /usr/local/share/ca-certificates/{file}.crt\nsudo update-ca-certificates</pre>"
     "<p>Chrome and Firefox on Linux look elsewhere: see below.</p>"},
    {GUIDE_SYSTEM, "rhel", "Fedora, Red Hat, SUSE, Arch",
     "<p>Download the <b>.pem</b> file. On Fedora, Red Hat and their relatives:</p>"
     "<pre>sudo cp {file}.pem /etc/pki/ca-trust/source/anchors/\nsudo update-ca-trust</pre>"
     "<p>On SUSE:</p>"
     "<pre>sudo cp {file}.pem /etc/pki/trust/anchors/\nsudo update-ca-certificates</pre>"
     "<p>On Arch:</p>"
     "<pre>sudo trust anchor {file}.pem</pre>"
     "<p>Chrome and Firefox on Linux look elsewhere: see below.</p>"},

    {GUIDE_BROWSER, "chrome", "Chrome and Edge",
     "<p>On Windows, macOS, Android and iOS they use what the system trusts. On Linux, with "
     "<code>certutil</code> of the package <code>libnss3-tools</code> (<code>nss-tools</code>):</p>"
     "<pre>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {file} -i {file}.pem</pre>"
     "<p>By hand: <code>chrome://certificate-manager</code>, <b>Custom</b>, <b>Installed by you</b>, "
     "<b>Trusted certificates</b>, <b>Import</b>. For managed browsers: the policy "
     "<code>CACertificates</code>.</p>"},
    {GUIDE_BROWSER, "firefox", "Firefox",
     "<p>On Windows and macOS it uses what the system trusts (since version 120). Elsewhere:</p>"
     "<ol><li>Download the <b>.pem</b> file.</li>"
     "<li><b>Settings</b>, <b>Privacy &amp; Security</b>, <b>Certificates</b>, <b>View "
     "Certificates\xe2\x80\xa6</b>, <b>Authorities</b>, <b>Import\xe2\x80\xa6</b></li>"
     "<li>Choose the file and tick <b>Trust this CA to identify websites</b>.</li></ol>"
     "<p>For all users of a computer, in <code>/etc/firefox/policies/policies.json</code>:</p>"
     "<pre>{\"policies\": {\"Certificates\": {\"Install\":\n  "
     "[\"/usr/local/share/ca-certificates/{file}.crt\"]}}}</pre>"},

    {GUIDE_PROGRAM, "curl", "curl and wget",
     "<p>They use what the system trusts. For one command only:</p>"
     "<pre>curl --cacert {file}.pem https://example.com/\nwget --ca-certificate={file}.pem "
     "https://example.com/</pre>"},
    {GUIDE_PROGRAM, "python", "Python",
     "<p>Python and its packages bring their own list. Let them use the system\xe2\x80\x99s, after the steps "
     "for your system above:</p>"
     "<pre>export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt\nexport "
     "REQUESTS_CA_BUNDLE=$SSL_CERT_FILE\npip config set global.cert $SSL_CERT_FILE</pre>"
     "<p>On Fedora and Red Hat the file is <code>/etc/pki/tls/certs/ca-bundle.crt</code>.</p>"},
    {GUIDE_PROGRAM, "node", "Node.js",
     "<p>The certificate is added to Node\xe2\x80\x99s own list; give the whole path:</p>"
     "<pre>export NODE_EXTRA_CA_CERTS=/usr/local/share/ca-certificates/{file}.crt</pre>"
     "<p>Newer versions can use what the system trusts: <code>NODE_OPTIONS=--use-system-ca</code>.</p>"},
    {GUIDE_PROGRAM, "java", "Java",
     "<p>Into the list of the Java that is in use, whose password is <code>changeit</code> unless somebody "
     "changed it:</p>"
     "<pre>sudo keytool -importcert -noprompt -cacerts -storepass changeit \\\n  -alias {file} -file "
     "{file}.pem</pre>"
     "<p>On Windows it can use what the system trusts: "
     "<code>-Djavax.net.ssl.trustStoreType=Windows-ROOT</code>.</p>"},
    {GUIDE_PROGRAM, "git", "Git",
     "<p>On Linux and macOS it uses what the system trusts. On Windows, have it do so too:</p>"
     "<pre>git config --global http.sslBackend schannel</pre>"
     "<p>Or name a file that holds every authority it needs:</p>"
     "<pre>git config --global http.sslCAInfo /etc/ssl/certs/ca-certificates.crt</pre>"},
};
/* clang-format on */
const size_t guide_count = SL_COUNT(guides);

/* The first that is part of the User-Agent decides: an Android says Linux too. */
static const struct {
    const char *part, *id;
} agents[] = {
    {"iPhone", "ios"},    {"iPad", "ios"},        {"Android", "android"}, {"Windows", "windows"},
    {"CrOS", "chromeos"}, {"Macintosh", "macos"}, {"Fedora", "rhel"},     {"Red Hat", "rhel"},
    {"SUSE", "rhel"},     {"Linux", "debian"},    {"X11", "debian"},      {"curl/", "curl"},
    {"Wget/", "curl"},    {"python", "python"},   {"Python", "python"},   {"pip/", "python"},
    {"node", "node"},     {"npm/", "node"},       {"Java", "java"},       {"git/", "git"},
};

static bool says(struct sl_str user_agent, const char *part)
{
    return user_agent.n > 0 && memmem(user_agent.p, user_agent.n, part, strlen(part));
}

static int find(const char *id)
{
    for (size_t i = 0; i < guide_count; i++)
        if (strcmp(guides[i].id, id) == 0)
            return (int)i;
    return -1;
}

int guide_of(struct sl_str user_agent)
{
    for (size_t i = 0; i < SL_COUNT(agents); i++)
        if (says(user_agent, agents[i].part))
            return find(agents[i].id);
    return -1;
}

int guide_of_browser(struct sl_str user_agent)
{
    bool system = says(user_agent, "Windows") || says(user_agent, "Macintosh") || says(user_agent, "Android");
    if (system)
        return -1;
    return says(user_agent, "Firefox/") ? find("firefox") : says(user_agent, "Chrome/") ? find("chrome") : -1;
}
