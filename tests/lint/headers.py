"""headers - each header compiles by itself, and each source proves it for its own header by including it first."""
import concurrent.futures
import os
import shlex
import shutil
import subprocess

from layers import layer_of

FLAGS = ["-fsyntax-only", "-x", "c", "-std=gnu17", "-D_GNU_SOURCE", '-DSLUICE_VERSION="0"', "-Wall", "-Wextra", "-Werror",
         "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-Wno-pragma-once-outside-header"]


def compiler():
    chosen = shlex.split(os.environ.get("CC", ""))
    return chosen or [next(c for c in ("gcc", "clang-14", "clang", "cc") if shutil.which(c))]


def headers(tree):
    cc = compiler()
    flags = FLAGS if "clang" in cc[-1] else FLAGS[:-1]

    def compile_alone(name):
        command = cc + flags + ["-I", tree.root, "-I", os.path.join(tree.root, "include"), "-"]
        done = subprocess.run(command, input=f'#include "{name}"\n', capture_output=True, text=True, cwd=tree.root)
        return name, done.returncode, done.stderr.strip()

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, status, said in pool.map(compile_alone, [f for f in tree.c() if f.endswith(".h")]):
            if status:
                yield f"{name}: does not compile by itself:\n{said}"


def own_header(tree, name):
    """The header that name.c implements: beside it, or the front door of its library."""
    folder, file = os.path.split(name)
    stem = os.path.splitext(file)[0]
    beside = f"{folder}/{stem}.h"
    front = f"sluice/{stem}.h"
    return ([beside] if beside in tree.files else []) + (
        [front] if "include/" + front in tree.files and layer_of(front) in (layer_of(name), "include") else [])


def own_first(tree):
    for name in tree.c():
        own = own_header(tree, name) if name.endswith(".c") else []
        first = next(tree.includes(name), (1, "", True))
        if own and first[1] not in own:
            yield f'{name}:{first[0]}: includes "{first[1]}" before its own header "{own[0]}"'
