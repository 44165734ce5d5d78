"""leaks - nothing in the project may speak of the machine it was made on: its folders, its package mirrors."""
import os
import re
import shutil
import subprocess

URL = re.compile(r"https?://(?:[^/@\s\"']*@)?([A-Za-z0-9.-]+)")


def mirrors():
    """Hosts that this machine fetches packages from."""
    texts = [os.environ.get(v, "") for v in ("PIP_INDEX_URL", "GOPROXY", "NPM_CONFIG_REGISTRY", "npm_config_registry")]
    if shutil.which("npm"):
        done = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=False)
        texts.append(done.stdout)
    candidates = ["/etc/apt/sources.list", "/etc/pip.conf", "/etc/npmrc", os.path.expanduser("~/.npmrc"),
                  os.path.expanduser("~/.config/pip/pip.conf")]
    lists = "/etc/apt/sources.list.d"
    candidates += [os.path.join(lists, n) for n in (os.listdir(lists) if os.path.isdir(lists) else [])]
    for path in candidates:
        if os.path.isfile(path) and os.access(path, os.R_OK):
            with open(path, encoding="utf-8", errors="replace") as f:
                texts.append(f.read())
    found = {m.group(1).lower() for t in texts for m in URL.finditer(t)}
    return {h for h in found if "." in h}


def leaks(tree):
    # Written in pieces, so that this file passes too.
    words = [r"\.\./" + "shared" + r"\b"]
    if tree.root.count("/") > 1:
        words.append(re.escape(tree.root) + r"(?![\w-])")
    words += [r"(?<![\w.-])" + re.escape(h) + r"(?![\w-])" for h in mirrors()]
    pattern = re.compile("|".join(words))
    for name in tree.files:
        text = tree.text(name)
        if "\0" in text:
            continue
        for m in pattern.finditer(text):
            yield f"{name}:{text.count(chr(10), 0, m.start()) + 1}: speaks of this machine: {m.group(0)}"
