"""peers - the proxies that are compared: what each is told, in full, and how it is started.

Fair means here: one worker, no cache, every request logged in the usual buffered way, the same names, the same policy. A
setup is "plain" (forward everything), "auth" (the same for who logs in), "policy" (refuse the listed domains
with what is below them, and the URLs that a pattern hits) or "inspect" (look into TLS; origins are verified).
"""
import json
import os
import re
import shutil
import subprocess
import time

import procs

LOGIN = "user", "secret word 7"


class Place:
    """What a peer needs to know: a folder for its files, ports of the origin and its name server, lists, all names."""

    def __init__(self, folder, build, origin_port, names_port, tls_port):
        self.folder, self.sluice = folder, os.path.join(build, "sluice")
        self.floor = os.path.join(build, "bench/bench_floor")
        self.origin_port, self.names_port, self.tls_port = origin_port, names_port, tls_port
        self.domains = self.dotted_domains = self.patterns = None  # files
        self.authority = os.path.join(folder, "authority.pem")  # who signs the origin's certificates
        self.names_file = os.path.join(folder, "names")  # as /etc/hosts has them


class Peer:
    name = binary = ""
    tunnels = True    # understands CONNECT
    resolves = True   # can be told a name server or a file of names
    policy = False    # has the setup "policy"
    keeps = True      # keeps client connections open
    chunks = True     # takes an answer in chunks
    logins = False    # has the setup "auth"
    inspects = False  # has the setup "inspect"
    peer = True       # is a product, to be compared with
    cpus = None       # where it runs; None: on the proxy's processor

    def __init__(self, place):
        self.place, self.process = place, None
        self.port = self.start_s = None

    def installed(self):
        return shutil.which(self.binary) is not None

    def version(self):
        return self.binary

    def can(self, workload):
        return ((self.tunnels or not workload.tunnel) and (self.resolves or not workload.names) and
                (self.policy or workload.setup != "policy") and (self.logins or workload.setup != "auth") and
                (self.inspects or workload.setup != "inspect") and
                (self.chunks or workload.path != "c") and (self.keeps or not workload.hold))

    def start(self, setup, **more):
        self.folder = os.path.join(self.place.folder, f"{self.name}-{setup}")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.port = procs.free_port()
        command = self.configure(setup, **more)
        environment = dict(os.environ, **self.environment())
        with open(os.path.join(self.folder, "output"), "wb") as output:
            begin = time.monotonic()
            self.process = procs.start(command, self.cpus or procs.PROXY_CPU, cwd=self.folder, env=environment,
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        if not procs.wait_accepts(self.port, self.process):
            with open(os.path.join(self.folder, "output"), encoding="utf-8", errors="replace") as f:
                said = f.read()[-2000:]
            self.stop()
            raise RuntimeError(f"{self.name} does not start:\n{said}")
        self.start_s = time.monotonic() - begin

    def stop(self):
        procs.end(self.process)
        self.process = None

    def environment(self):
        return {}

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def first_line(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip().split("\n")[0]


class Direct(Peer):
    """No proxy: the origin takes absolute URLs, so this is what the tools can do."""
    name, tunnels, peer = "direct", False, False

    def installed(self):
        return True

    def can(self, workload):
        return super().can(workload) and not workload.hold

    def start(self, setup, **more):
        self.port = self.place.origin_port

    def version(self):
        return "no proxy"


class Floor(Peer):
    """Not a proxy for use: what the kernel asks of any proxy that uses epoll (floor.c)."""
    name, peer, resolves, chunks = "floor", False, False, False

    def installed(self):
        return os.path.exists(self.place.floor)

    def can(self, workload):  # six descriptors a tunnel
        return super().can(workload) and not (workload.tunnel and workload.hold)

    def version(self):
        return "the least that a proxy can do"

    def configure(self, setup):
        return [self.place.floor, "--port", self.port]


class Sluice(Peer):
    name, policy, logins, inspects, peer = "sluice", True, True, True, False
    workers = 1

    def installed(self):
        return os.path.exists(self.place.sluice)

    def version(self):
        return self.first_line(self.place.sluice, "--version")

    def run(self, *arguments, **options):
        done = subprocess.run([self.place.sluice, *arguments, "--config", self.config], capture_output=True, text=True,
                              check=False, **options)
        if done.returncode != 0:
            raise RuntimeError(f"sluice {' '.join(arguments)}: {done.stderr}")

    def configure(self, setup, domains=None):
        """domains: a file to compile instead of the usual ones, for the start with a larger list."""
        self.config = self.write("sluice.conf", f"""
[state]
directory = {self.folder}/state
[proxy]
listen = 127.0.0.1:{self.port}
workers = {self.workers}
connect_ports = 1-65535
allow_private = 127.0.0.0/8
max_connections = 20000
max_client_connections = 0
timeout_idle = 10m
[dns]
hosts =
servers = 127.0.0.1:{self.place.names_port}
[admin]
listen = 127.0.0.1:0
[auth]
methods = {"basic" if setup == "auth" else "none"}
[inspect]
enabled = {"on" if setup == "inspect" else "off"}
trust = {self.place.authority if setup == "inspect" else ""}
""")
        document = {"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect" if setup == "inspect" else "tunnel"}}
        if setup in ("policy", "inspect"):
            begin = time.monotonic()
            self.run("lists", "add", "bad", "--file", domains or self.place.domains)
            self.compile_s = time.monotonic() - begin
            with open(self.place.patterns, encoding="ascii") as f:
                document["categories"] = {"bad": {"lists": ["bad"], "regex": f.read().split("\n")[:-1]}}
            document["rules"] = [{"id": "bad", "if": {"category": ["bad"]}, "then": "block"}]
        self.run("policy", "apply", "-", input=json.dumps(document))
        if setup == "auth":
            self.add_user()
        return [self.place.sluice, "serve", "--config", self.config]

    def add_user(self):
        self.run("user", "add", LOGIN[0], "--password-stdin", input=LOGIN[1] + "\n")


class SluiceTwo(Sluice):
    """Two workers on both processors, which load and origin share: its cost beside that of one worker tells how it scales."""
    name, workers, cpus = "sluice-two", 2, procs.CPUS[:2]

    def can(self, workload):
        return super().can(workload) and workload.setup == "plain" and not workload.hold


class Squid(Peer):
    name = binary = "squid"
    policy = logins = inspects = True

    def version(self):
        return self.first_line("squid", "-v")

    def configure(self, setup):
        rules = ""
        if setup == "policy":
            rules = (f'acl sites dstdomain "{self.place.dotted_domains}"\nacl urls url_regex -i "{self.place.patterns}"\n'
                     "http_access deny sites\nhttp_access deny urls\n")
        if setup == "auth":
            hashed = self.first_line("openssl", "passwd", "-apr1", LOGIN[1])
            rules = (f"auth_param basic program /usr/lib/squid/basic_ncsa_auth {self.write('passwd', f'{LOGIN[0]}:{hashed}')}\n"
                     "auth_param basic children 4\nauth_param basic credentialsttl 2 hours\nacl users proxy_auth REQUIRED\n"
                     "http_access deny !users\n")
        user = bump = ""
        if os.geteuid() == 0:  # it refuses to stay root
            user = "cache_effective_user proxy"
            shutil.chown(self.folder, "proxy", "proxy")
        if setup == "inspect":
            bump, rules = self.inspection(), rules + "acl step1 at_step SslBump1\nssl_bump peek step1\nssl_bump bump all\n"
        config = self.write("squid.conf", f"""
http_port 127.0.0.1:{self.port} {bump}
workers 1
{user}
pid_filename {self.folder}/pid
access_log daemon:{self.folder}/access.log squid
cache_log {self.folder}/cache.log
coredump_dir none
cache deny all
cache_mem 8 MB
icp_port 0
pinger_enable off
shutdown_lifetime 1 seconds
max_filedescriptors 20000
hosts_file {self.place.names_file}
acl CONNECT method CONNECT
{rules}http_access allow all
""")
        return ["squid", "-N", "-f", config]

    def inspection(self):
        """A CA, and a folder of certificates that its helper keeps."""
        pem, helper = f"{self.folder}/ca.pem", "/usr/lib/squid/security_file_certgen"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=bench",
                        "-keyout", pem + ".key", "-out", pem + ".crt"], check=True, capture_output=True)
        self.write("ca.pem", "".join(open(pem + end, encoding="ascii").read() for end in (".crt", ".key")))
        subprocess.run([helper, "-c", "-s", f"{self.folder}/leaves", "-M", "64MB"], check=True, capture_output=True)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "proxy:proxy", self.folder], check=True)
        return (f"ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=16MB tls-cert={pem}\n"
                f"sslcrtd_program {helper} -s {self.folder}/leaves -M 64MB\nsslcrtd_children 4 startup=2 idle=1\n"
                f"tls_outgoing_options cafile={self.place.authority}")


class Haproxy(Peer):
    """A forward proxy by rules: the host is resolved and becomes the server's address. It has no CONNECT of its own."""
    name = binary = "haproxy"
    policy, tunnels = True, False

    def version(self):
        return self.first_line("haproxy", "-v")

    def rules(self):
        """Exact look-ups of the host and its parents: the scanning matches would cost a walk of the list."""
        fields = ["var(txn.host)"] + [f"var(txn.host),field({i},.,0)" for i in (2, 3)]
        acls = [f"    acl site {f} -m str -f {self.place.domains}" for f in fields]
        acls.append(f"    acl address url -m reg -i -f {self.place.patterns}")
        return "\n".join(["    http-request set-var(txn.host) hdr(host),host_only,lower", *acls,
                          "    http-request deny deny_status 403 if site || address"])

    def frontend(self, setup):
        return f"""
{self.rules() if setup == "policy" else ""}
    acl literal url_ip -m found
    http-request set-var(txn.to) url_ip if literal
    http-request do-resolve(txn.to,names,ipv4) hdr(host),host_only if !literal
    http-request set-dst var(txn.to)
    http-request set-dst-port hdr(host),port_only
    http-request set-uri %[pathq]
    default_backend any
backend any
    server any 0.0.0.0:0
"""

    def configure(self, setup):
        config = self.write("haproxy.cfg", f"""
global
    nbthread 1
    maxconn 9900
    log stdout format raw local0
resolvers names
    nameserver origin 127.0.0.1:{self.place.names_port}
    hold valid 1h
defaults
    mode http
    log global
    option httplog
    http-reuse always
    timeout connect 5s
    timeout client 10m
    timeout server 10m
    timeout http-keep-alive 10m
frontend forward
    bind 127.0.0.1:{self.port}
{self.frontend(setup)}""")
        return ["haproxy", "-db", "-f", config]


class HaproxyFixed(Haproxy):
    """The same told every origin in advance, as a balancer is: the least it can cost. Literal addresses only."""
    name = "haproxy-fixed"
    resolves = policy = peer = False

    def frontend(self, setup):
        origins = [f"127.0.0.{i}" for i in range(1, 17)]
        return "\n".join(
            ["    http-request set-var(txn.to) hdr(host),host_only", "    http-request set-uri %[pathq]",
             "    use_backend %[var(txn.to)]"] +
            [f"backend {o}\n    server origin {o}:{self.place.origin_port}" for o in origins] + [""])


class Nginx(Peer):
    """A forward proxy by proxy_pass with variables, which has no kept connections to origins. No CONNECT."""
    name = binary = "nginx"
    tunnels = False

    def version(self):
        return self.first_line("nginx", "-v")

    def configure(self, setup):
        config = self.write("nginx.conf", f"""
user root;
worker_processes 1;
daemon off;
pid {self.folder}/pid;
error_log {self.folder}/error.log warn;
worker_rlimit_nofile 20000;
events {{ worker_connections 19000; }}
http {{
    access_log {self.folder}/access.log combined buffer=64k flush=1s;
    resolver 127.0.0.1:{self.place.names_port} valid=1h ipv6=off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_temp_path {self.folder}/body;
    proxy_temp_path {self.folder}/proxy;
    tcp_nodelay on;
    server {{
        listen 127.0.0.1:{self.port} backlog=4096;
        location / {{
            proxy_pass http://$http_host$request_uri;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
        }}
    }}
}}
""")
        return ["nginx", "-c", config]


class E2guardian(Peer):
    """A thread for each client, 500 of them. Its lists and scans are off; it asks the system for names."""
    name = binary = "e2guardian"
    resolves = keeps = False

    def version(self):
        return self.first_line("e2guardian", "-v")

    def configure(self, setup):
        story = self.write("pass.story", "function(checkrequest)\nif(connect) return sslrequestcheck\nif(true) return setgrey\n"
                           "function(sslrequestcheck)\nif(true) setgrey\nfunction(checkresponse)\nif(true) return false\n"
                           "function(thttps-checkrequest)\nif(true) return false\n")
        before = self.write("before.story", "function(pre-authcheck)\nfunction(thttps-pre-authcheck)\nfunction(icap-pre-authcheck)\n")
        lists = "/etc/e2guardian/lists"
        self.write("e2guardianf1.conf", f"""
groupname = 'all'
storyboard = '{story}'
sitelist = 'name=exception,messageno=602,path={lists}/exceptionsitelist'
maxuploadsize = -1
naughtynesslimit = 50
disablecontentscan = on
deepurlanalysis = off
reportinglevel = 3
sslmitm = off
""")
        config = self.write("e2guardian.conf", f"""
languagedir = '/usr/share/e2guardian/languages'
language = 'ukenglish'
loglevel = 3
logfileformat = 1
loglocation = '{self.folder}/access.log'
pidfilename = '{self.folder}/pid'
filterip = 127.0.0.1
filterports = {self.port}
mapportstoips = off
proxytimeout = 60
connecttimeout = 5
proxyexchange = 300
pcontimeout = 300
filtergroups = 1
filtergroupslist = '{lists}/filtergroupslist'
iplist = 'name=bannedclient,messageno=100,logmessageno=103,path={lists}/bannediplist'
iplist = 'name=exceptionclient,messageno=600,path={lists}/exceptioniplist'
weightedphrasemode = 0
filecachedir = '{self.folder}'
downloadmanager = '/etc/e2guardian/downloadmanagers/default.conf'
forwardedfor = off
usexforwardedfor = off
httpworkers = 500
maxips = 0
daemonuser = 'root'
daemongroup = 'root'
nodaemon = on
enablessl = off
preauthstoryboard = '{before}'
""")
        return ["e2guardian", "-N", "-c", config]


class TrafficServer(Peer):
    name, binary = "trafficserver", "traffic_server"

    def version(self):
        said = subprocess.run(["traffic_server", "-V"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"Traffic Server (\d[\d.]*)", said)
        return f"Apache Traffic Server {found[1] if found else ''}"

    def environment(self):
        return {"TS_RUNROOT": self.folder}

    def configure(self, setup):
        for name in ("log", "run", "cache", "etc"):
            os.makedirs(os.path.join(self.folder, name))
        shutil.copytree("/etc/trafficserver", os.path.join(self.folder, "etc"), dirs_exist_ok=True)
        for name in ("storage.config", "plugin.config", "remap.config"):
            self.write(f"etc/{name}", "")
        self.write("etc/ip_allow.yaml", "ip_allow:\n- {apply: in, ip_addrs: 127.0.0.0/8, action: allow, methods: ALL}\n")
        self.write("etc/logging.yaml", """
logging:
  formats:
  - {name: squid, format: '%<cqtq> %<ttms> %<chi> %<crc>/%<pssc> %<psql> %<cqhm> %<cquc> %<caun> %<phr>/%<shn> %<psct>'}
  logs:
  - {filename: access, format: squid, mode: ascii}
""")
        settings = {
            "exec_thread.autoconfig": 0, "exec_thread.limit": 1, "exec_thread.affinity": 0, "accept_threads": 0,
            "task_threads": 1, "http.server_ports": f"{self.port}:ip-in=127.0.0.1", "http.connect_ports": "*",
            "http.cache.http": 0, "url_remap.remap_required": 0, "reverse_proxy.enabled": 0,
            "http.keep_alive_no_activity_timeout_in": 600, "http.transaction_no_activity_timeout_in": 600,
            "http.server_session_sharing.pool": "thread", "net.connections_throttle": 19500,
            "net.max_connections_in": 11000, "log.logging_enabled": 3, "log.rolling_enabled": 0,
            "dns.nameservers": f"127.0.0.1:{self.place.names_port}", "dns.resolv_conf": "NULL",
            "hostdb.ip_resolve": "ipv4", "hostdb.timeout": 3600, "admin.user_id": "#-1", "diags.debug.enabled": 0}
        self.write("etc/records.config", "".join(
            f"CONFIG proxy.config.{key} {'INT' if isinstance(value, int) else 'STRING'} {value}\n"
            for key, value in settings.items()))
        places = {"prefix": "/usr", "exec_prefix": "/usr", "bindir": "/usr/bin", "sbindir": "/usr/bin",
                  "sysconfdir": f"{self.folder}/etc", "datadir": f"{self.folder}/cache", "includedir": "/usr/include",
                  "libdir": "/usr/lib/trafficserver", "libexecdir": "/usr/lib/trafficserver/modules",
                  "localstatedir": f"{self.folder}/run", "runtimedir": f"{self.folder}/run",
                  "logdir": f"{self.folder}/log", "mandir": "/usr/share/man", "cachedir": f"{self.folder}/cache"}
        self.write("runroot.yaml", "".join(f"{key}: {value}\n" for key, value in places.items()))
        return ["traffic_server"]


class Tinyproxy(Peer):
    """Closes the client's connection after each answer, and asks the system for names."""
    name = binary = "tinyproxy"
    resolves = keeps = False

    def version(self):
        return self.first_line("tinyproxy", "-v")

    def configure(self, setup):
        return ["tinyproxy", "-d", "-c", self.write("tinyproxy.conf", f"""
Port {self.port}
Listen 127.0.0.1
Timeout 600
LogFile "{self.folder}/access.log"
LogLevel Connect
PidFile "{self.folder}/pid"
MaxClients 10000
Allow 127.0.0.0/8
""")]


ALL = {peer.name: peer for peer in (Direct, Floor, Sluice, SluiceTwo, Squid, Haproxy, HaproxyFixed, TrafficServer, Nginx, E2guardian,
                                    Tinyproxy)}
