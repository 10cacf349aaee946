"""The house rules, read from syntax trees: who imports whom, who commits, where time comes from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("hub", "connectors", "mappings", "pipelines")
MOST_LINES = 400
ABOUT = {"connectors": 180, "mappings": 200}  # docs/decisions/0024
TABLES = {"mappings/documents/reasons.py"}  # declared values: nothing to follow while reading

# Names an importing package may use of our own packages.
MAY_IMPORT = {
    "hub": {"hub"},
    "connectors": {"hub", "connectors"},
    "mappings": {"hub", "mappings"},
    "pipelines": {"hub", "connectors", "mappings", "pipelines"},
}
SDKS = {"xero_python": "connectors/xero/", "stripe": "connectors/stripe/"}
HARMLESS = {"random": {"Random"}, "uuid": {"UUID"}}  # a seeded generator, a type
RESTLESS = {"time", "random", "uuid", "secrets"}  # modules that only hub/world.py may use
DATABASES = {"db", "engine", "connection", "session", "conn"}  # what `begin()` would open a unit on
NOW = {"now", "utcnow", "today"}  # of datetime and date


def modules(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Dotted names of everything a module imports, also inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: imports are absolute"
            yield node.module or ""


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """(object, method) of every `object.method(...)` whose object is a plain or dotted name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr


def is_shell(path: Path) -> bool:
    """The sandbox's servers stand outside the simulated world."""
    file = name(path)
    return file.startswith("connectors/sandbox/") and (
        path.stem.startswith("shell") or path.stem == "__main__"
    )


ALL = modules(*PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_who_imports_whom(package: str) -> None:
    wrong = [
        f"{name(path)} imports {module}"
        for path in modules(package)
        for module in imports(path)
        if module.split(".")[0] in PACKAGES and module.split(".")[0] not in MAY_IMPORT[package]
    ]
    assert wrong == []


def test_sandboxes_imitate_the_vendor_and_know_nothing_of_us() -> None:
    wrong = [
        f"{name(path)} imports {module}"
        for path in modules("connectors/sandbox")
        for module in imports(path)
        if module.split(".")[0] in {"hub", "mappings", "pipelines"}
    ]
    assert wrong == []


def test_connectors_do_not_import_sandboxes_or_each_other() -> None:
    wrong = []
    for path in modules("connectors"):
        own = name(path).split("/")[1]
        for module in imports(path):
            parts = module.split(".")
            if parts[0] == "connectors" and len(parts) > 1 and parts[1] != own.removesuffix(".py"):
                wrong.append(f"{name(path)} imports {module}")
    assert wrong == []


@pytest.mark.parametrize(("sdk", "home"), SDKS.items())
def test_an_sdk_stays_in_its_connector(sdk: str, home: str) -> None:
    users = [name(path) for path in ALL for module in imports(path) if module.split(".")[0] == sdk]
    assert [user for user in users if not user.startswith(home)] == []


def test_only_pipelines_import_dagster() -> None:
    users = {name(path) for path in ALL for m in imports(path) if m.split(".")[0].startswith("dagster")}
    assert {user for user in users if not user.startswith("pipelines/")} == set()


def test_one_file_commits() -> None:
    """`begin()` and autocommit would commit as well. Sandboxes have databases of their own; the simulation
    stands between the driver's COMMIT and whoever asks for it; `Db` lets SQLAlchemy join a unit."""
    found = {
        name(path)
        for path in ALL
        if not name(path).startswith("connectors/sandbox/")
        for owner, method in calls(path)
        if method == "commit" or (method == "begin" and owner.split(".")[-1] in DATABASES)
        if (name(path), method) != ("hub/store/db.py", "begin")
    }
    assert found - {"hub/store/session.py", "hub/simulation/storage.py"} == set()
    assert "hub/store/session.py" in found


def test_only_the_world_reads_clocks_and_draws_lots() -> None:
    wrong = []
    for path in modules("hub", "connectors", "mappings"):
        if name(path) == "hub/world.py" or is_shell(path):
            continue
        for module in imports(path):
            if module in RESTLESS and not _used(path, module) <= HARMLESS.get(module, set()):
                wrong.append(f"{name(path)} imports {module}")
        for owner, method in calls(path):
            if method in NOW and owner.split(".")[-1] in {"datetime", "date"}:
                wrong.append(f"{name(path)} calls {owner}.{method}()")
            if (owner, method) == ("os", "urandom") and not name(path).startswith("hub/cli/"):
                wrong.append(f"{name(path)} calls {owner}.{method}()")
    assert wrong == []


def _used(path: Path, module: str) -> set[str]:
    """The attributes of `module` that a file uses."""
    return {
        node.attr
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module
    }


def test_statements_take_instants_as_parameters() -> None:
    wrong = []
    for path in modules("hub"):
        wrong += [name(path) for owner, method in calls(path) if (owner, method) == ("func", "now")]
        text = path.read_text("utf-8")
        wrong += [name(path) for word in ("CURRENT_TIMESTAMP", "server_default") if word in text]
    assert wrong == []


def test_kernel_has_no_threads() -> None:
    """Threads live in the shells: the commands, the worker's process, never in functions of the kernel."""
    users = {name(p) for p in modules("hub") for m in imports(p) if m in {"threading", "asyncio", "queue"}}
    assert {user for user in users if not user.startswith("hub/cli/")} == set()


@pytest.mark.parametrize("path", ALL, ids=name)
def test_every_module_says_why_it_exists(path: Path) -> None:
    assert ast.get_docstring(tree(path)), "a module needs a docstring"


@pytest.mark.parametrize("path", ALL, ids=name)
def test_no_module_grows_too_long(path: Path) -> None:
    most = MOST_LINES
    if not name(path).startswith("connectors/sandbox/") and name(path) not in TABLES:
        most = ABOUT.get(name(path).partition("/")[0], MOST_LINES)
    assert len(path.read_text("utf-8").splitlines()) <= most
