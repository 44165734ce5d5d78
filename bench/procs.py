"""procs - processes that are started, pinned, measured and surely ended. Linux; no other package."""
import ctypes
import os
import select
import signal
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")
CPUS = sorted(os.sched_getaffinity(0))
PROXY_CPU, LOAD_CPU = CPUS[0], CPUS[1 % len(CPUS)]
_libc = ctypes.CDLL(None)


def _prepare(cpu):
    def prepare():
        os.setsid()
        _libc.prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG: ends with us, however we end
        os.sched_setaffinity(0, {cpu} if isinstance(cpu, int) else set(cpu))
        try:  # all alike before other work; needs a privilege
            os.setpriority(os.PRIO_PROCESS, 0, -10)
            with open("/proc/self/autogroup", "w", encoding="ascii") as f:
                f.write("-10")
        except OSError:
            pass
    return prepare


def start(command, cpu, **options):
    return subprocess.Popen([str(part) for part in command], preexec_fn=_prepare(cpu), **options)


def end(process, seconds=15):
    """SIGTERM to it, then SIGKILL to its whole session."""
    if process is None:
        return
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        return f.read().rsplit(")", 1)[1].split()


def tree(root):
    """Pids of root and everything below it."""
    below = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                below.setdefault(int(_stat(name)[1]), []).append(int(name))
            except (OSError, IndexError):
                pass
    found = [root]
    for pid in found:
        found += below.get(pid, [])
    return found


def cpu_s(root):
    """User and system CPU seconds of the tree, children that ended and were waited for included."""
    ticks = 0
    for pid in tree(root):
        try:
            ticks += sum(int(field) for field in _stat(pid)[11:15])
        except OSError:
            pass
    return ticks / TICK


def memory(root):
    """PSS of the tree in bytes: a page that n processes share counts 1/n in each."""
    total = 0
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        except OSError:
            pass
    return total * 1024


def busy_s(cpu):
    """CPU seconds that anyone used on that processor."""
    with open("/proc/stat", encoding="ascii") as f:
        for line in f:
            if line.startswith(f"cpu{cpu} "):
                field = [int(x) for x in line.split()[1:]]
                return (sum(field[:3]) + sum(field[5:8])) / TICK
    return 0.0


def wait_quiet(limit_s):
    """Waits until others leave both processors mostly alone, or until the limit."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        before = [busy_s(cpu) for cpu in (PROXY_CPU, LOAD_CPU)]
        time.sleep(0.3)
        if max(busy_s(cpu) - b for cpu, b in zip((PROXY_CPU, LOAD_CPU), before)) < 0.05:
            return


def wait_accepts(port, process, limit_s=300):
    """Until something accepts on the port: true; false when the process ended or the time is up."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.01)
    return False


def read_line(process, seconds):
    """A line of its standard output (opened unbuffered), b"" when none comes in time."""
    until, line = time.monotonic() + seconds, b""
    while not line.endswith(b"\n") and time.monotonic() < until:
        if select.select([process.stdout], [], [], 0.2)[0]:
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                return b""
            line += piece
    return line


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
