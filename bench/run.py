#!/usr/bin/env python3
"""Measures the gateway beside the peers that are installed, in interleaved rounds. See README.md.

  run.py [--peers sluice,squid,...] [--workloads ka,new,...] [--rounds 3] [--seconds 3] [--out FILE.json]
  run.py --list             workloads, and which peers are installed
  run.py --syscalls         system calls of one request instead (needs strace)
  run.py --table FILE.json  prints the tables of an earlier run
"""
import argparse
import dataclasses
import json
import os
import re
import resource
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import lists
import peers
import procs

ORIGINS = 16
FRESH, FRESH_TURNS = 8000, 16
LISTED, LISTED_LARGE = 1_000_000, 5_000_000


@dataclasses.dataclass
class Workload:
    what: str
    load: str = "--connections 64"
    body: int = 1024
    path: str = "b"        # of the origin: "c" answers in chunks, "u" takes an upload
    tls: bool = False      # in the tunnel
    setup: str = "plain"
    names: bool = False    # URLs have host names, not addresses
    hosts: int = 1000      # so many names
    fresh: bool = False    # others each time
    urls: str = ""         # "policy": the URLs of the policy, "" the origins' addresses or names
    tunnel: bool = False
    hold: bool = False
    start: bool = False    # only started
    bulk: bool = False     # the figure is CPU seconds a GB


WORKLOADS = {
    "ka": Workload("kept-alive GET of 1 KiB, 64 clients, 16 origins"),
    "ka64k": Workload("the same of 64 KiB, 32 clients", "--connections 32", 65536),
    "chunked": Workload("as ka with 10 kB in chunks", body=10000, path="c"),
    "hosts": Workload("as ka with 1,000 host names, through DNS", names=True),
    "new": Workload("as ka with a new client connection for each request", "--connections 64 --new --sources 16"),
    "connect-plain": Workload("CONNECT, a GET of 1 KiB inside, close; 32 clients",
                              "--connections 32 --new --tunnel --sources 16", tunnel=True),
    "connect": Workload("the same with TLS in the tunnel, 16 clients", "--connections 16 --new --tls --sources 16", tunnel=True, tls=True),
    "rate4k": Workload("4,000 requests a second of 1 KiB at random, 256 clients: an open loop", "--connections 256 --rate 4000"),
    "down-plain": Workload("GET of 16 MiB, 4 clients", "--connections 4", 16 << 20, bulk=True),
    "down": Workload("GET of 50 MB inside kept tunnels, 4 clients", "--connections 4 --tunnel", 50000000, tunnel=True, bulk=True),
    "up": Workload("PUT of 50 MB inside kept tunnels, 4 clients", "--connections 4 --tunnel --upload 50000000", 50000000, path="u",
                   tunnel=True, bulk=True),
    "auth": Workload("as ka with Basic credentials", f"--connections 64 --login {':'.join(peers.LOGIN)!r}", setup="auth"),
    "urls": Workload("the policy's URLs without a policy", names=True, urls="policy"),
    "policy": Workload("1,000,000 domains and 500 patterns, 5 % refused", setup="policy", names=True, urls="policy"),
    "bump": Workload("kept-alive GET of 1 KiB inside inspected TLS, 64 clients, 100 hosts", "--connections 64 --tls --sources 16", tls=True,
                     tunnel=True, names=True, hosts=100, setup="inspect"),
    "bumpnew": Workload("CONNECT, TLS with client and origin, a GET, close; 16 clients, 100 hosts", "--connections 16 --new --tls --sources 16",
                        tls=True, tunnel=True, names=True, hosts=100, setup="inspect"),
    "bumpmint": Workload("the same with a new host each time", "--connections 16 --new --tls --sources 16", tls=True, tunnel=True,
                         names=True, hosts=FRESH, fresh=True, setup="inspect"),
    "idle-bump": Workload("idle inspected clients: memory (PSS)", "--hold --tls --sources 16", tls=True, tunnel=True, names=True, hosts=100,
                          hold=True, setup="inspect"),
    "idle": Workload("idle kept-alive clients: memory (PSS)", "--hold --sources 16", hold=True),
    "idle-tunnel": Workload("idle tunnels: memory (PSS)", "--hold --tunnel --sources 16", tunnel=True, hold=True),
    "start": Workload("start with the policy until it accepts, and memory (PSS) then", setup="policy", start=True),
    "start5m": Workload("start with 5,000,000 compiled domains", setup="policy", start=True),
}
USUAL = [w for w in WORKLOADS if w != "start5m"]


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def fresh_names(turn):
    """Hosts that nobody has asked for before."""
    return [f"{turn}new{i}.bench.test" for i in range(FRESH)]


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.origin = options, folder, None
        self.results = []

    # -- what all peers share --
    def start_origin(self):
        self.origin = procs.start([os.path.join(self.options.build, "bench/bench_origin"), "--addresses", ORIGINS,
                                   "--authority", os.path.join(self.folder, "authority.pem")],
                                  procs.LOAD_CPU, stdout=subprocess.PIPE)
        ports = [int(port) for port in procs.read_line(self.origin, 10).split()[1:]]
        self.place = peers.Place(self.folder, self.options.build, *ports)

    def prepare(self, workloads):
        place = self.place
        self.names = [f"host{i}.bench.test" for i in range(1000)]
        self.turn = 0
        self.policy_urls = lists.policy_urls(place.origin_port, 20000, LISTED) if any(w.urls for w in workloads) else []
        hosts = set(self.names) | {url.split("/")[2].split(":")[0] for url, _ in self.policy_urls}
        if any(w.fresh for w in workloads):
            hosts |= {name for turn in range(FRESH_TURNS) for name in fresh_names(turn)}
        self.write("names", "".join(f"127.0.0.{1 + i % ORIGINS} {host}\n" for i, host in enumerate(sorted(hosts))))
        if any(w.setup in ("policy", "inspect") for w in workloads):
            say("making the lists")
            place.domains, place.dotted_domains, place.patterns = (
                os.path.join(self.folder, name) for name in ("domains", "domains.dotted", "patterns"))
            lists.write_domains(place.domains, LISTED)
            lists.write_domains(place.dotted_domains, LISTED, ".")
            self.write("patterns", "".join(p + "\n" for p in lists.patterns()))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def urls_of(self, name, workload):
        """A file of URLs, with the status that each must get."""
        port = self.place.tls_port if workload.tls else self.place.origin_port
        if workload.urls:
            lines = [f"{u} {403 if refused and workload.setup == 'policy' else 200}\n" for u, refused in self.policy_urls]
        else:
            self.turn += workload.fresh
            known = fresh_names(self.turn % FRESH_TURNS) if workload.fresh else self.names[:workload.hosts]
            hosts = known if workload.names else [f"127.0.0.{i + 1}" for i in range(ORIGINS)]
            lines = [f"http://{host}:{port}/{workload.path}/{workload.body}\n" for host in hosts]
        return self.write(f"urls.{name}", "".join(lines))

    def load(self, peer, name, workload, *more):
        return [os.path.join(self.options.build, "bench/bench_load"), "--proxy", f"127.0.0.1:{peer.port}", "--urls",
                self.urls_of(name, workload), *shlex.split(workload.load), *more]

    # -- one measurement --
    def measure(self, peer, name):
        workload = WORKLOADS[name]
        if workload.start:
            return self.measure_start(peer, name)
        if peer.process is None:
            peer.start(workload.setup)
        if workload.hold:
            return self.measure_idle(peer, name, workload)
        return self.measure_load(peer, name, workload)

    def measure_load(self, peer, name, workload):
        options = self.options
        procs.wait_quiet(options.quiet)
        pid = peer.process.pid if peer.process else None
        if workload.setup == "auth":  # the password is checked once, not by all clients at once
            subprocess.run(self.load(peer, name, workload, "--connections", "1", "--seconds", "0.5"), stdout=subprocess.DEVNULL, check=False)
        before = self.clocks(pid)
        process = procs.start(self.load(peer, name, workload, "--seconds", str(options.seconds), "--warm-up", "0.5"),
                              procs.LOAD_CPU, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, complaint = process.communicate(timeout=options.seconds + 120)
        used, origin, busy = (after - b for after, b in zip(self.clocks(pid), before))
        if not out:
            raise RuntimeError(complaint.decode(errors="replace").strip())
        result = json.loads(out)
        if result["faults"]:
            say(complaint.decode(errors="replace").strip())
        result["others_s"] = max(0.0, busy - used - origin - result["cpu_s"])
        if pid:
            per = result["bytes_total"] / 1e9 if workload.bulk else result["total"] / 1e6
            result["cost"] = used / per if per else None
            result["memory"] = procs.memory(pid)
        return result

    def clocks(self, pid):
        """CPU seconds of the proxy, of the origin, and of everybody on the two processors."""
        return (procs.cpu_s(pid) if pid else 0.0, procs.cpu_s(self.origin.pid),
                sum(procs.busy_s(cpu) for cpu in {procs.PROXY_CPU, procs.LOAD_CPU}))

    def measure_idle(self, peer, name, workload):
        """Memory that idle clients add to a fresh process that has answered some already."""
        peer.stop()
        peer.start(workload.setup)
        pid, options = peer.process.pid, self.options
        usual = "bumpnew" if workload.tls else "connect-plain" if workload.tunnel else "ka"
        warm = self.load(peer, name, WORKLOADS[usual], "--seconds", "0.5")
        subprocess.run(warm, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=60)
        time.sleep(1)
        base = procs.memory(pid)
        count = options.idle // 2 if workload.tunnel else options.idle  # two descriptors each
        count = min(count, 1000) if workload.tls else count
        command = self.load(peer, name, workload, "--connections", str(count), "--seconds", "60", "--warm-up", "0")
        holder = procs.start(command, procs.LOAD_CPU, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            result = json.loads(procs.read_line(holder, 90) or "{}")
            time.sleep(2)
            memory, cpu = procs.memory(pid), procs.cpu_s(pid)
            time.sleep(2)
            result["idle_cpu"] = (procs.cpu_s(pid) - cpu) / 2
        finally:
            holder.stdin.close()
            procs.end(holder)
        result["base"], result["per_client"] = base, (memory - base) / max(1, result.get("held", 0))
        return result

    def measure_start(self, peer, name):
        more = {}
        peer.stop()
        if name == "start5m":
            more["domains"] = os.path.join(self.folder, "domains.large")
            if not os.path.exists(more["domains"]):
                lists.write_domains(more["domains"], LISTED_LARGE)
        peer.start("policy", **more)
        time.sleep(0.5)
        result = {"start_s": peer.start_s, "memory": procs.memory(peer.process.pid),
                  "compile_s": getattr(peer, "compile_s", None)}
        peer.stop()
        return result

    # -- all of them --
    def able(self, chosen, name):
        if name == "start5m":  # the others are known to take minutes
            return [p for p in chosen if p.name == "sluice"]
        workload = WORKLOADS[name]
        return [p for p in chosen if p.can(workload) and not (p.name == "direct" and (workload.start or workload.setup ==
                                                                                      "policy"))]

    def run(self, chosen, names):
        """Setup by setup, so that a peer starts once for each; within one round after round, peers in turn."""
        groups = {}
        for name in names:
            workload = WORKLOADS[name]
            alone = workload.start or workload.hold
            groups.setdefault(name if alone else workload.setup, []).append(name)
        for group in groups.values():
            rounds = 1 if WORKLOADS[group[0]].hold or WORKLOADS[group[0]].start else self.options.rounds
            for turn in range(rounds):
                for name in group:
                    able = self.able(chosen, name)
                    shift = turn % max(1, len(able))
                    for peer in able[shift:] + able[:shift]:
                        self.one(peer, name, turn)
            for peer in chosen:
                peer.stop()

    def one(self, peer, name, turn):
        try:
            result = self.measure(peer, name)
        except (RuntimeError, subprocess.TimeoutExpired, OSError, ValueError) as e:
            peer.stop()
            result = {"failed": str(e)}
        if peer.process is not None and peer.process.poll() is not None:
            result["failed"] = f"ended with {peer.process.returncode}"
            peer.stop()
        result.update(peer=peer.name, workload=name, round=turn)
        self.results.append(result)
        say(f"{turn} {name:14} {peer.name:14} {brief(result)}")
        with open(self.options.out, "w", encoding="utf-8") as f:
            json.dump(self.results, f, indent=1)

    def syscalls(self, chosen, names):
        for name in names:
            workload = WORKLOADS[name]
            if workload.hold or workload.start:
                continue
            for peer in self.able(chosen, name):
                if peer.name == "direct":
                    continue
                peer.start(workload.setup)
                print(f"{name:14} {peer.name:14} {self.trace(peer, name, workload)}", flush=True)
                peer.stop()

    def trace(self, peer, name, workload):
        load = self.load(peer, name, workload, "--seconds", "1", "--warm-up", "0")
        subprocess.run(load, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        pids = [part for pid in procs.tree(peer.process.pid) for part in ("-p", pid)]
        tracer = procs.start(["strace", "-f", "-c", "-U", "name,calls", *pids], procs.LOAD_CPU, stderr=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, text=True)
        time.sleep(1)
        done = json.loads(subprocess.run(load, capture_output=True, text=True, check=False).stdout)
        tracer.send_signal(signal.SIGINT)
        _, table = tracer.communicate(timeout=60)
        calls = {m[1]: int(m[2]) for m in re.finditer(r"^(\w+) +(\d+)$", table, re.M) if m[1] != "total"}
        each = {call: n / max(1, done["total"]) for call, n in calls.items()}
        most = sorted(each.items(), key=lambda item: -item[1])
        return f"{sum(each.values()):6.2f} a request: " + ", ".join(f"{c} {n:.2f}" for c, n in most if n >= 0.005)


# -- what is printed --
def brief(result):
    if "failed" in result:
        return "failed: " + result["failed"]
    if "start_s" in result:
        return f"accepts after {result['start_s']:.2f} s, {result['memory'] / 1e6:.0f} MB"
    if "per_client" in result:
        return f"{result['held']} held, {result['per_client'] / 1e3:.2f} kB each"
    return (f"{result['per_second']:>8}/s  p99 {result['latency_us']['p99']:8.0f} us  cost {result.get('cost') or 0:8.2f}  "
            f"others {result['others_s']:.2f} s  {result['faults'] or ''}")


def median(results, read):
    values = [read(r) for r in results if read(r) is not None]
    return statistics.median(values) if values else None


def cell(value, digits=1):
    return "-" if value is None else f"{value:,.{digits}f}"


def table(title, head, rows):
    print(f"\n### {title}\n")
    print("| " + " | ".join(head) + " |\n|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def print_load(name, by_peer):
    workload = WORKLOADS[name]
    costs = {peer: median(rs, lambda r: r.get("cost")) for peer, rs in by_peer.items()}
    ours = costs.get("sluice")
    rows = []
    for peer, rs in sorted(by_peer.items(), key=lambda item: costs[item[0]] or 0):
        best = min(rs, key=lambda r: r["others_s"])
        cost = costs[peer]
        speed = (f"{best['per_second'] * workload.body / 1e6:,.0f}" if workload.bulk else f"{best['per_second']:,}")
        rows.append([peer, cell(cost, 3 if workload.bulk else 1),
                     cell(min((r["cost"] for r in rs if r.get("cost")), default=None), 3 if workload.bulk else 1),
                     cell(cost / ours if cost and ours else None, 2), speed,
                     *(f"{best['latency_us'][q]:,.0f}" for q in ("p50", "p99", "most")),
                     cell(median(rs, lambda r: r["memory"] / 1e6 if "memory" in r else None), 0),
                     str(sum(sum(r["faults"].values()) for r in rs)), f"{best['others_s']:.2f}"])
    table(f"{name}: {workload.what}",
          ["peer", "CPU s/GB" if workload.bulk else "CPU ms/1,000", "least", "to sluice", "MB/s" if workload.bulk else
           "requests/s", "p50 us", "p99", "most", "MB", "faults", "others s"], rows)


def print_summary(groups):
    """The medians on one page: CPU for 1,000 requests (for a GB), and in brackets how many times the gateway's."""
    names = [n for n in groups if not WORKLOADS[n].start and not WORKLOADS[n].hold]
    costs = {n: {p: median(rs, lambda r: r.get("cost")) for p, rs in groups[n].items()} for n in names}
    rows = []
    for peer in peers.ALL:
        cells = []
        for n in names:
            cost, ours = costs[n].get(peer), costs[n].get("sluice")
            ratio = f" ({cost / ours:.2f})" if cost and ours else ""
            cells.append(cell(cost, 2 if WORKLOADS[n].bulk else 1) + ratio)
        if any(c != "-" for c in cells):
            rows.append([peer, *cells])
    if rows:
        table("CPU ms for 1,000 requests, CPU s/GB for down and up; (times sluice)", ["peer", *names], rows)
    print_ratios(names, costs)


def print_ratios(names, costs):
    """What the gateway costs beside the best product, and beside what the kernel asks of everybody."""
    rows = []
    for n in names:
        ours = costs[n].get("sluice")
        others = [(cost, p) for p, cost in costs[n].items() if cost and peers.ALL[p].peer]
        if not ours or not others:
            continue
        best, floor = min(others), costs[n].get("floor")
        digits = 3 if WORKLOADS[n].bulk else 1
        rows.append([n, cell(ours, digits), best[1], cell(best[0], digits), cell(ours / best[0], 2), cell(floor, digits),
                     cell(ours / floor if floor else None, 2)])
    if rows:
        table("sluice beside the best peer and the floor", ["workload", "sluice", "best", "its cost", "times best", "floor", "times floor"],
              rows)


def print_tables(results):
    groups = {}
    for r in results:
        if "failed" in r:
            print(f"failed: {r['workload']} {r['peer']}: {r['failed']}")
        else:
            groups.setdefault(r["workload"], {}).setdefault(r["peer"], []).append(r)
    print_summary(groups)
    for name, by_peer in groups.items():
        workload = WORKLOADS[name]
        if workload.start:
            table(f"{name}: {workload.what}", ["peer", "accepts after s", "MB", "lists compiled before, s"],
                  [[p, cell(rs[0]["start_s"], 2), cell(rs[0]["memory"] / 1e6, 0), cell(rs[0]["compile_s"], 1)]
                   for p, rs in by_peer.items()])
        elif workload.hold:
            table(f"{name}: {workload.what}", ["peer", "held", "kB a client", "MB before", "CPU while idle"],
                  [[p, f"{rs[0]['held']:,}", cell(rs[0]["per_client"] / 1e3, 2), cell(rs[0]["base"] / 1e6, 1),
                    f"{rs[0]['idle_cpu'] * 100:.1f} %"] for p, rs in by_peer.items()])
        else:
            print_load(name, by_peer)


def pick(text, known, what):
    names = text.split(",")
    for name in names:
        if name not in known:
            sys.exit(f"no {what} '{name}'; there are {', '.join(known)}")
    return names


def read_options():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="", help=f"default: those installed of {', '.join(peers.ALL)}")
    parser.add_argument("--workloads", default=",".join(USUAL))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--idle", type=int, default=min(10000, most // 2 - 1000), help="clients of the workload idle")
    parser.add_argument("--quiet", type=float, default=6, help="seconds to wait for quiet processors before each run")
    parser.add_argument("--build", default=os.path.join(root, "build/release"), help="folder with the programs")
    parser.add_argument("--out", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--syscalls", action="store_true")
    parser.add_argument("--table", metavar="FILE")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    options.out = os.path.abspath(options.out or os.path.join(options.build, "bench/results.json"))
    return options


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = re.search(r"^model name\s*: (.*)$", f.read(), re.M)
    return (f"{model[1] if model else os.uname().machine}, {len(procs.CPUS)} processors, Linux {os.uname().release}; "
            f"load average {os.getloadavg()[0]:.1f} (others' work makes every figure worse, not only ours)")


def choose_peers(options, place):
    wanted = pick(options.peers, peers.ALL, "peer") if options.peers else list(peers.ALL)
    chosen = []
    for name in wanted:
        peer = peers.ALL[name](place)
        if peer.installed():
            say(f"{name:14} {peer.version()}")
            chosen.append(peer)
        elif options.peers:
            sys.exit(f"{name} is not installed")
        else:
            say(f"{name:14} is not installed, left out")
    return chosen


def main():
    options = read_options()
    if options.table:
        with open(options.table, encoding="utf-8") as f:
            print_tables(json.load(f))
        return 0
    names = pick(options.workloads, WORKLOADS, "workload")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix="sluice-bench-")
    os.chmod(folder, 0o755)  # squid reads as a user of its own
    bench, chosen = Bench(options, folder), []
    try:
        if options.list:
            for name, workload in WORKLOADS.items():
                print(f"{name:14} {workload.what}")
        bench.start_origin()
        chosen = choose_peers(options, bench.place)
        if options.list:
            return 0
        say(machine())
        if len(procs.CPUS) < 2:
            say("one processor only: proxy, load and origin share it")
        bench.prepare([WORKLOADS[n] for n in names])
        if options.syscalls:
            if not shutil.which("strace"):
                sys.exit("strace is not installed")
            bench.syscalls(chosen, names)
            return 0
        bench.run(chosen, names)
        print_tables(bench.results)
        return 1 if any("failed" in r or r.get("faults") for r in bench.results) else 0
    finally:
        for peer in chosen:
            peer.stop()
        procs.end(bench.origin)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
