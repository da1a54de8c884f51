"""Who may import whom, and what the pure part may not touch, read from the source.

    cards, collector, errors, intmap, mending, thoughts · calls, tokens, operations · memory · types
    · forms, models, prompts, protocols, terms · sampling, tools
    · actions, search, segments, files, views, lines · pipeline, schemes · readers, scorers, credit
    · cloze, handmade, registry, datasets, sources, run, env, quality, fidelity, loopback, testing,
    wrappers
    · harness · cli

Each module imports what stands to its left, or in its own group.
"""

import ast
import importlib.util
from pathlib import Path

import pytest

LAYERS = (
    ("cards", "collector", "errors", "intmap", "mending", "thoughts"),
    ("calls", "tokens", "operations"),
    ("memory",),
    ("types",),
    ("forms", "models", "prompts", "protocols", "terms"),
    ("sampling", "tools"),
    ("actions", "search", "segments", "files", "views", "lines"),
    ("pipeline", "schemes"),
    ("readers", "scorers", "credit"),
    (
        *("cloze", "handmade", "registry", "datasets", "sources", "run", "env", "quality"),
        *("fidelity", "loopback", "testing", "wrappers"),
    ),
    ("harness",),
    ("cli",),
)
LEVEL = {name: level for level, group in enumerate(LAYERS) for name in group}
# The face of the library: it may import up to the registry.
LEVEL["memenv"] = LEVEL["registry"]
PACKAGES = ("memenv", "memenv_tasks", "memenv_baselines", "memenv_leaderboard")


def modules(package):
    """(module name, file) of every file of a package; nothing when there is no such package."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return []
    root = Path(next(iter(found.submodule_search_locations)))
    return [
        (".".join((package, *path.relative_to(root).with_suffix("").parts)), path)
        for path in sorted(root.rglob("*.py"))
    ]


def part(name):
    """The part of memenv that a dotted name belongs to: `memenv.env.spaces` is `env`."""
    pieces = name.split(".")
    return pieces[1] if len(pieces) > 1 and pieces[1] in LEVEL else pieces[0]


def imports(tree, module):
    """(what is imported, its line, whether at import time) of a source."""
    for node in ast.walk(tree):
        lazy = getattr(node, "lazy", False)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            # It is never imported.
            lazy = True
        for child in ast.iter_child_nodes(node):
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            child.lazy = lazy or inside
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, not lazy
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: a relative import in line {node.lineno}"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                # `from memenv import tokens` is a module, `from memenv import Insert` is not.
                is_part = node.module == "memenv" and alias.name in LEVEL
                yield full if is_part else node.module, node.lineno, not lazy


def source(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def ours(package):
    for module, path in modules(package):
        for name, number, eager in imports(source(path), module):
            if name.split(".")[0] in PACKAGES:
                yield module, name, f"{path}:{number}", eager


def test_every_module_has_a_place():
    parts = {module.split(".")[1] for module, _ in modules("memenv")} - {"__init__"}
    assert parts <= set(LEVEL)
    assert len(parts) > 15


def test_memenv_imports_only_what_stands_to_the_left():
    wrong = [
        f"{where}: {part(module)} imports {name}"
        for module, name, where, _ in ours("memenv")
        if name.split(".")[0] == "memenv" and LEVEL[part(name)] > LEVEL[part(module)]
    ]
    assert wrong == []


def test_the_library_knows_no_plugin_except_lazily_in_the_cli():
    wrong = [
        f"{where}: {module} imports {name}"
        for module, name, where, eager in ours("memenv")
        if name.split(".")[0] != "memenv" and (part(module) != "cli" or eager)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("package", "highest"),
    [("memenv_tasks", "types"), ("memenv_baselines", "env"), ("memenv_leaderboard", "harness")],
)
def test_plugins_import_no_more_of_memenv_than_they_may(package, highest):
    wrong = []
    for module, name, where, _ in ours(package):
        top = name.split(".")[0]
        allowed = top == package or (top == "memenv" and LEVEL[part(name)] <= LEVEL[highest])
        if not allowed:
            wrong.append(f"{where}: {module} imports {name}")
    assert wrong == []


def test_the_reader_of_imports_sees_them_all():
    text = """
import memenv.env.spaces
from memenv import tokens, Insert
from memenv.harness.config import Config
def later():
    if True:
        from memenv_tasks import suites
"""
    assert sorted(imports(ast.parse(text), "toy")) == [
        ("memenv", 3, True),
        ("memenv.env.spaces", 2, True),
        ("memenv.harness.config", 4, True),
        ("memenv.tokens", 3, True),
        ("memenv_tasks", 7, False),
    ]


# --- purity ---------------------------------------------------------------------------------------

FORBIDDEN_MODULES = {
    "time",
    "threading",
    "multiprocessing",
    "concurrent",
    "asyncio",
    "socket",
    "urllib",
    "http",
    "requests",
    "httpx",
    "uuid",
    "secrets",
    "subprocess",
    "tempfile",
    "shutil",
}
FORBIDDEN_CALLS = {"open", "hash", "id", "input", "eval", "exec"}
# What may open files: their loaders, and what loads the bundled encoding. The parts above the core
# that deal with the world are left out as a whole.
WORLDLY = {"files", "datasets", "sources", "tokens", "prompts", "loopback", "harness", "cli"}
# `open` of plug-ins that read their own package data, or train: only the heuristics are pure.
PURE_BASELINES = ("append", "evict", "lines", "oracle", "random", "recent", "skip")


def pure_sources():
    for module, path in modules("memenv"):
        if part(module) not in WORLDLY:
            yield module, path
    for module, path in modules("memenv_tasks"):
        if not module.startswith("memenv_tasks.loaders"):
            yield module, path
    for module, path in modules("memenv_baselines"):
        if module.removeprefix("memenv_baselines.") in PURE_BASELINES:
            yield module, path


def impurities(tree):
    """(line, what) of everything a pure module may not do."""
    shadowed = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    in_hash = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "__hash__"
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
            )
            for name in names:
                if name.split(".")[0] in FORBIDDEN_MODULES:
                    yield node.lineno, f"import {name}"
            if isinstance(node, ast.ImportFrom) and node.module in ("random", "numpy.random"):
                for alias in node.names:
                    if alias.name not in ("Random", "Generator"):
                        yield node.lineno, f"from {node.module} import {alias.name}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if name in FORBIDDEN_CALLS - shadowed and not (name == "hash" and node in in_hash):
                yield node.lineno, f"{name}()"
        elif isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            module, _, function = name.rpartition(".")
            if module == "random" and function not in ("Random", "getstate"):
                yield node.lineno, name
            if module in ("np.random", "numpy.random") and function not in (
                "Generator",
                "get_state",
            ):
                yield node.lineno, name
            if name in ("os.environ", "os.getenv", "sys.argv"):
                yield node.lineno, name
            # A calendar is pure, what day it is today is not.
            if function in ("now", "utcnow", "today"):
                yield node.lineno, name
            if function in ("read_text", "read_bytes", "write_text", "write_bytes", "urandom"):
                yield node.lineno, name


def test_the_pure_part_touches_no_file_clock_network_or_global_random_state():
    wrong = [
        f"{path}:{number}: {what}"
        for _, path in pure_sources()
        for number, what in impurities(source(path))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import datetime\nx = datetime.datetime.now()",
        "from datetime import date\nx = date.today()",
        "import urllib.request",
        "from random import choice",
        "import random\nrandom.seed(0)",
        "import random\nx = random.random()",
        "import numpy as np\nx = np.random.rand()",
        "import numpy as np\nr = np.random.default_rng()",
        "import os\nx = os.environ['HOME']",
        "x = open('file')",
        "x = hash('text')",
        "from pathlib import Path\nx = Path('file').read_text()",
    ],
)
def test_each_impurity_is_seen(text):
    assert list(impurities(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "import random\nr = random.Random('task/1')\nr.random()",
        "class A:\n    def __hash__(self):\n        return hash(self.digest)",
        "from datetime import date\nx = date(2023, 3, 9).isoformat()",
        "def pick(open):\n    return open()",
    ],
)
def test_what_is_pure_is_let_through(text):
    assert list(impurities(ast.parse(text))) == []
