"""House rules that a few lines of syntax tree can check. Each rule is also shown a module that breaks it."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "backend/wellhead"
STEPS = ("registry", "telemetry", "reports", "settlement", "market", "audit")
MONEY = ("clock", "units", "registry", "reports", "settlement", "market", "telemetry/integrate")
TIMELESS = ("registry", "reports", "settlement", "market")
ENTRY_POINTS = ("cli", "daemon", "api")
TOUCHING = {"models", "repository", "service", "sync"}
PURE_CHAIN = {"keccak", "eip712", "signatures", "windows", "position_tree", "posted", "sources", "stakes"}
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
VAGUE_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers"}
VAGUE_NAMES = {"process", "handle", "get_data"}

Fault = tuple[int, str]
Rule = Callable[[str, ast.Module], Iterator[Fault]]


def imported_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import; `from a import b` gives `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_below(module: str, packages: tuple[str, ...]) -> bool:
    """Is `module` (a path from the package, no suffix) one of `packages` or in one?"""
    return any(module == package or module.startswith(f"{package}/") for package in packages)


def joins_paths(node: ast.expr) -> bool:
    """Is `a / b` a path being joined? It is where a string is written out on either side."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return joins_paths(node.left) or joins_paths(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def floats_in_money(module: str, tree: ast.Module) -> Iterator[Fault]:
    """Whatever is summed is an int: no float literal, no float(), no true division."""
    if not is_below(module, MONEY):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"float literal {node.value}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            yield node.lineno, "float()"
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "true division"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not joins_paths(node):
            yield node.lineno, "true division (paths: joinpath)"


def database_or_chain_in_pure_modules(module: str, tree: ast.Module) -> Iterator[Fault]:
    """In a step only models, repository, service and sync touch the database or the chain."""
    if not is_below(module, STEPS) or module.split("/")[-1] in TOUCHING:
        return
    for line, name in imported_names(tree):
        parts = name.split(".")
        outside = parts[0] in {"sqlalchemy", "alembic", "web3", "eth_tester"} or parts[:2] == [
            "wellhead",
            "db",
        ]
        chain = parts[:2] == ["wellhead", "chain"] and (len(parts) < 3 or parts[2] not in PURE_CHAIN)
        if outside or chain:
            yield line, f"imports {name}"


def clock_reads(module: str, tree: ast.Module) -> Iterator[Fault]:
    """What is computed depends on arguments: no clock and no chance in the steps that decide about money."""
    if is_below(module, TIMELESS):
        for line, name in imported_names(tree):
            if name.split(".")[0] in {"time", "datetime", "random", "secrets"}:
                yield line, f"imports {name}"


def settings_outside_entry_points(module: str, tree: ast.Module) -> Iterator[Fault]:
    """Only entry points know the settings; everything else gets values."""
    if not is_below(module, (*ENTRY_POINTS, "settings")):
        for line, name in imported_names(tree):
            if name.startswith(("wellhead.settings", "pydantic_settings")):
                yield line, f"imports {name}"


def commits_outside_entry_points(module: str, tree: ast.Module) -> Iterator[Fault]:
    """Only entry points commit."""
    if is_below(module, ENTRY_POINTS):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            yield node.lineno, "commits"


def missing_docstring(module: str, tree: ast.Module) -> Iterator[Fault]:
    """Every module says what it is for."""
    if ast.get_docstring(tree) is None:
        yield 1, "no docstring"


def long_functions(module: str, tree: ast.Module) -> Iterator[Fault]:
    """A function fits a screen."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield node.lineno, f"{node.name} has {lines} lines, more than {FUNCTION_LINES_MAX}"


def vague_names(module: str, tree: ast.Module) -> Iterator[Fault]:
    """Names say what a thing is: no utils, helper, manager, process, handle, get_data."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [(node.lineno, node.name) for node in ast.walk(tree) if isinstance(node, definitions)]
    for line, name in [(1, part) for part in module.split("/")] + names:
        words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
        # OpenZeppelin's contract of that name.
        if name != "AccessManager" and (words & VAGUE_WORDS or name in VAGUE_NAMES):
            yield line, f"the name {name} says nothing"


BACKEND_RULES: list[Rule] = [
    floats_in_money,
    database_or_chain_in_pure_modules,
    clock_reads,
    settings_outside_entry_points,
    commits_outside_entry_points,
]
RULES_FOR_ALL: list[Rule] = [missing_docstring, long_functions, vague_names]


def python_files(*folders: str) -> list[Path]:
    """All Python files below `folders` of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def faults(rule: Rule, base: Path, paths: list[Path]) -> list[str]:
    """What breaks `rule`, one line each."""
    return [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {what}"
        for path in paths
        for line, what in rule(
            path.relative_to(base).with_suffix("").as_posix(), ast.parse(path.read_text(encoding="utf-8"))
        )
    ]


@pytest.mark.parametrize("rule", BACKEND_RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule):
    assert faults(rule, BACKEND, python_files("backend/wellhead")) == []


@pytest.mark.parametrize("rule", RULES_FOR_ALL, ids=lambda rule: rule.__name__)
def test_package_and_tests_keep_the_rule(rule):
    assert faults(rule, ROOT, python_files("backend", "tests")) == []


BROKEN = [
    (floats_in_money, "settlement/waterfall", "fee = 0.5"),
    (floats_in_money, "reports/totals", "x = float(y)"),
    (floats_in_money, "market/pricing", "x = a / b"),
    (floats_in_money, "telemetry/integrate", "x /= 2"),
    (database_or_chain_in_pure_modules, "reports/sum_tree", "from sqlalchemy import select"),
    (database_or_chain_in_pure_modules, "registry/terms", "import web3"),
    (database_or_chain_in_pure_modules, "market/pricing", "from wellhead.db.base import Base"),
    (database_or_chain_in_pure_modules, "audit/replay", "from wellhead.chain.client import Chain"),
    (database_or_chain_in_pure_modules, "audit/replay", "from wellhead.chain import client"),
    (clock_reads, "settlement/waterfall", "from datetime import datetime"),
    (settings_outside_entry_points, "reports/service", "from wellhead.settings import Settings"),
    (commits_outside_entry_points, "reports/service", "session.commit()"),
    (missing_docstring, "units", "x = 1"),
    (long_functions, "units", "def f():\n" + "    x = 1\n" * 50),
    (vague_names, "units", "class SessionManager: pass"),
    (vague_names, "units", "def process(): pass"),
    (vague_names, "chain/hash_utils", "x = 1"),
]
KEPT = [
    (floats_in_money, "telemetry/sources/host", "x = a / 2.0"),
    (floats_in_money, "reports/publish", 'x = folder / "readings" / name'),
    (floats_in_money, "settlement/waterfall", "x = a // b"),
    (database_or_chain_in_pure_modules, "reports/service", "from sqlalchemy import select"),
    (database_or_chain_in_pure_modules, "reports/leaf", "from wellhead.chain.keccak import keccak256"),
    (settings_outside_entry_points, "cli/app", "from wellhead.settings import Settings"),
    (commits_outside_entry_points, "cli/demo", "session.commit()"),
    (long_functions, "units", "def f():\n" + "    x = 1\n" * 49),
    (vague_names, "units", "def handle_count(): pass"),
]


@pytest.mark.parametrize(
    ("rule", "module", "code"), BROKEN, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_module_that_breaks_the_rule_is_found(rule, module, code):
    assert list(rule(module, ast.parse(code)))


@pytest.mark.parametrize(("rule", "module", "code"), KEPT, ids=lambda value: getattr(value, "__name__", None))
def test_a_module_that_keeps_the_rule_passes(rule, module, code):
    assert list(rule(module, ast.parse(code))) == []
