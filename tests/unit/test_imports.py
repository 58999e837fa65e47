"""Imports go one way: scripts → worker, hooks; hooks → circus, light modules of worker; worker → neither."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
ALL = [path for folder in ("worker", "hooks") for path in sorted((PROJECT / folder).rglob("*.py"))]

#: The rooms of the worker that a guard may use: each guard is a process that stays.
LIGHT = {"alerts", "config", "errors", "i18n", "runtime", "status"}

#: The order of imports: a module uses its own room and those of earlier lines.
ORDER = (
    {"errors", "version"},
    {"i18n"},
    {"runtime"},
    {"payments"},
    {"browser", "config", "ledger"},
    {"control"},
    {"erp", "schedule"},
    {"alerts", "posting"},
    {"status"},
    {"reports"},
    {"admin"},
    {"app"},
    {"__main__", "operations"},
    {"cli", "console"},
)


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(PROJECT)))
def test_imports_go_one_way(path: Path) -> None:
    if path.is_relative_to(PROJECT / "worker"):
        assert not roots(path) & {"circus", "hooks", "scripts", "tests"}
    else:
        assert not roots(path) & {"playwright", "pydantic", "scripts", "tests"}
        own = {name.split(".")[1] for name in imported(path) if name.startswith("worker.")}
        assert own <= LIGHT


def test_a_room_uses_those_before_it_alone() -> None:
    worker = PROJECT / "worker"
    places = {name: number for number, line in enumerate(ORDER) for name in line}
    found = set()
    for path in sorted(worker.rglob("*.py")):
        room = path.relative_to(worker).parts[0].removesuffix(".py")
        for name in imported(path) if room in places else ():
            other = name.removeprefix("worker.").split(".")[0] if name.startswith("worker.") else ""
            if other != room and places.get(other, -1) >= places[room]:
                found.add(f"{path.relative_to(worker)} → {other}")

    assert not found


@pytest.mark.parametrize(
    "path",
    [one for name in ("ecount", "tryton") for one in sorted((PROJECT / "worker" / "erp" / name).rglob("*.py"))],
    ids=lambda path: path.name,
)
def test_a_page_object_knows_no_business(path: Path) -> None:
    assert not [name for name in imported(path) if name.startswith(("worker.ledger.", "worker.posting.cycle"))]
    assert "worker.config.settings" not in imported(path)


@pytest.mark.parametrize("path", sorted((PROJECT / "worker" / "operations").glob("*.py")), ids=lambda path: path.name)
def test_an_operation_knows_no_terminal_and_no_user_of_the_system(path: Path) -> None:
    called = {node.func.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip

    assert not roots(path) & {"typer", "rich", "getpass", "sys", "pwd"}
    assert not called & {"print", "input"}


@pytest.mark.parametrize("module", ["hooks.heartbeat", "hooks.recycle", "hooks.lifecycle"])
def test_what_circus_runs_stays_light(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)

    assert not {"playwright", "pydantic", "sqlite3", "pysqlite3", "holidays", "typer"} & set(done.stdout.split())


def test_one_module_chooses_the_library_of_every_database() -> None:
    """Two libraries on one file in one process would not see each other's locks; an affected one would corrupt it."""
    ours = [path for folder in ("worker", "hooks", "scripts", "tests") for path in (PROJECT / folder).rglob("*.py")]
    chooser = PROJECT / "worker" / "runtime" / "sqlite.py"
    its_own = {
        PROJECT / "worker" / "runtime" / "apsw_database.py",
        PROJECT / "tests" / "unit" / "runtime" / "test_sqlite.py",
        PROJECT / "tests" / "unit" / "runtime" / "test_apsw_database.py",
    }

    others = [path for path in ours if roots(path) & {"sqlite3", "pysqlite3", "_sqlite3", "apsw"}]

    assert set(others) <= {chooser, *its_own}
    assert chooser in others


@pytest.mark.parametrize(
    ("words", "home"),
    [
        (("os.fsync", "write_bytes"), "worker/runtime/files.py"),
        (("fcntl", "flock("), "worker/runtime/locks.py"),
        (("prctl(",), "worker/runtime/kernel.py"),
        (("zmq", "CircusClient"), "worker/runtime/circus_client.py"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_easily_done_wrong_is_done_in_one_module(words: tuple[str, ...], home: str) -> None:
    found = {str(path.relative_to(PROJECT)) for path in ALL if any(word in path.read_text("utf-8") for word in words)}

    assert found == {home}


def test_the_workers_start_stays_light() -> None:
    code = "import sys, worker.__main__; print(*sorted({name.split('.')[0] for name in sys.modules}))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)

    assert not {"jinja2", "pygal", "smtplib", "holidays", "prometheus_client", "playwright"} & set(done.stdout.split())


#: What must stay the same whatever ERP is behind it.
CORE = (
    "worker/schedule/loop.py",
    *(f"worker/posting/{path.name}" for path in sorted((PROJECT / "worker" / "posting").glob("*.py"))),
    *(f"worker/ledger/{path.name}" for path in sorted((PROJECT / "worker" / "ledger").glob("*.py"))),
    "worker/runtime/heartbeat.py",
    *(f"worker/app/{path.name}" for path in sorted((PROJECT / "worker" / "app").glob("*.py"))),
    "worker/browser/save_gate.py",
)


@pytest.mark.parametrize(
    "path", [*(PROJECT / name for name in CORE), *sorted((PROJECT / "hooks").rglob("*.py"))], ids=lambda path: path.name
)
def test_the_core_knows_no_erp_by_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()

    assert not [word for word in ("ecount", "tryton", "sao") if word in text]
    assert not [name for name in imported(path) if name.startswith(("worker.erp.ecount", "worker.erp.tryton"))]
