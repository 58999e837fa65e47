"""An upgrade leaves a whole old or a whole new version behind, wherever it is interrupted, and a ledger that fits."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from worker.admin import upgrade, upgrade_preparation, versions
from worker.admin.upgrade_journal import write_recover
from worker.admin.upgrade_preparation import NotUpgraded
from worker.errors import DaybreakError
from worker.ledger.ledger import Ledger
from worker.ledger.schema import APPLICATION, SCHEMA, STEPS
from worker.payments.text import real_number
from worker.runtime import installation, posting_freeze, witness
from worker.runtime import sqlite as sqlite3

PROJECT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 1, 8, 9, 0, tzinfo=UTC)

#: The folder's own Python, as far as an upgrade asks it: this project's, with this project's code.
PYTHON = f"""#!/bin/sh
cd '{PROJECT}' && exec '{sys.executable}' "$@"
"""


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def write_code(folder: Path, version: str, *, schema: int = SCHEMA, **more: str) -> None:
    """Write a daybreak that is as small as can be; each file says which version it is of."""
    files = {
        "circus.ini": f"# {version}\n[env:worker]\nDATA_DIR = var\n",
        "pyproject.toml": "[project]\n",
        "worker/version.py": f'VERSION = "{version}"\n',
        "worker/ledger/schema.py": f"SCHEMA = {schema}\n",
        "worker/runtime/posting_freeze.py": f"# {version}\n",
        "worker/status/page/words.py": f"# {version}\n",
        f"worker/only_in_{version.replace('.', '_')}.py": f"# {version}\n",
        "hooks/lifecycle.py": f"# {version}\n",
        "scripts/start": f"#!/bin/sh\n# {version}\n",
        "scripts/requirements.txt": "one\n",
        **more,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "scripts" / "start").chmod(0o755)


def write_ledger(data: Path, schema: int) -> None:
    """Write a ledger of an earlier form, in which one batch was sent."""
    data.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(data / "ledger.db")
    db.create_function("real_number", 1, real_number)
    db.executescript(
        f"{' '.join(STEPS[:schema])} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {schema}; "
        "INSERT INTO meta VALUES ('generation', '7'), ('identity', '1');"
        "INSERT INTO batch VALUES (4, 1, 7, '[]', 0, 0, '', '', 'x', 'x', 'posted', '', NULL, 0);"
    )
    db.close()
    witness.write_mark(data, witness.WitnessMark(generation=7, batch=4))


@dataclass(slots=True)
class Tree:
    """A tree that only pretends. It refuses to start from a folder that is a mixture."""

    project: Path
    runs: str = "by hand"
    #: What goes wrong: stop, start, verify, set_up.
    fails: set[str] = field(default_factory=set)
    #: Called when the new version is verified: what it does to the ledger.
    does: Callable[[], None] = lambda: None
    started: list[str] = field(default_factory=list)

    def _may_fail(self, what: str) -> None:
        if what in self.fails:
            self.fails.discard(what)
            raise DaybreakError(f"{what} fails")

    def how(self) -> str:
        return self.runs

    def rest(self) -> None:
        pass

    def stop(self, how: str) -> None:  # noqa: ARG002  # the interface
        self._may_fail("stop")
        self.runs = ""

    def start(self, how: str) -> None:
        self._may_fail("start")
        self.started.append(whole(self.project))
        self.runs = how

    def set_up(self) -> None:
        self._may_fail("set_up")

    def verify(self, expected: str) -> None:  # noqa: ARG002  # the interface
        assert posting_freeze.read(self.project) is not None
        self.does()
        self._may_fail("verify")


def whole(project: Path) -> str:
    """Return the version of the folder's code; fail if the folder is a mixture or lacks something."""
    version = (project / "worker" / "version.py").read_text(encoding="utf-8").split('"')[1]
    for name in (
        "circus.ini",
        "worker/runtime/posting_freeze.py",
        "worker/status/page/words.py",
        "hooks/lifecycle.py",
        "scripts/start",
    ):
        assert f"# {version}\n" in (project / name).read_text(encoding="utf-8"), name
    own = [path.name for path in (project / "worker").glob("only_in_*")]
    assert own == [f"only_in_{version.replace('.', '_')}.py"]
    assert os.access(project / "scripts" / "start", os.X_OK)
    assert (project / ".venv" / "bin" / "python").exists()
    return version


def schema_there(data: Path) -> int:
    db = sqlite3.connect(data / "ledger.db")
    try:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    finally:
        db.close()


@pytest.fixture(autouse=True)
def _no_power_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is flushed to the disk: on a busy machine that takes seconds."""
    monkeypatch.setattr(os, "sync", lambda: None)
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with version 1.0 and its ledger; version 2.0 lies beside it."""
    folder = tmp_path / "데이 브레이크"
    write_code(folder, "1.0", schema=SCHEMA - 1)
    write_code(tmp_path / "next", "2.0")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON, encoding="utf-8")
    python.chmod(0o755)
    write_ledger(folder / "var", SCHEMA - 1)
    return folder


def run(project: Path, tree: Tree, to: str = "next") -> str:
    return upgrade.upgrade(
        project, str(project.parent / to), machine=tree, data=project / "var", by="test", say=lambda _: None
    )


def settle(project: Path, tree: Tree) -> None:
    """Do what ./scripts/start and systemd do first."""
    upgrade.back(project, machine=tree, say=lambda _: None, start=False)


def test_an_upgrade_puts_the_new_code_and_the_new_form_of_the_ledger_there(project: Path) -> None:
    tree = Tree(project)

    said = run(project, tree)

    assert whole(project) == "2.0"
    assert schema_there(project / "var") == SCHEMA
    assert tree.started == ["2.0"]
    assert posting_freeze.read(project) is None
    assert not (project / "var" / "recover").exists()
    assert said.startswith("Upgraded from 1.0+")
    assert (project / "var" / "versions" / "installed").read_text(encoding="utf-8").startswith("2.0+")


def test_a_downgrade_takes_the_ledger_back_and_it_is_not_older_than_its_surroundings(project: Path) -> None:
    shutil.copytree(project, project.parent / "first", ignore=lambda *_: ["var", ".venv"])
    run(project, Tree(project))

    run(project, Tree(project), to="first")

    assert whole(project) == "1.0"
    assert schema_there(project / "var") == SCHEMA - 1
    with Ledger(project / "var") as ledger:
        assert ledger.begin_generation() == 8
        assert not ledger.older()


@pytest.mark.parametrize("fault", ["stop", "start", "verify", "set_up"])
def test_on_any_failure_the_old_version_and_its_ledger_run_again(project: Path, fault: str) -> None:
    tree = Tree(project, fails={fault})

    with pytest.raises(NotUpgraded, match=f"{fault} fails"):
        run(project, tree)

    assert whole(project) == "1.0"
    assert schema_there(project / "var") == SCHEMA - 1
    assert tree.runs == "by hand"
    assert posting_freeze.read(project) is None


def test_the_old_ledger_takes_over_the_generations_that_the_new_version_used(project: Path) -> None:
    def work() -> None:
        with Ledger(project / "var") as ledger:
            ledger.begin_generation()

    with pytest.raises(NotUpgraded):
        run(project, Tree(project, fails={"verify"}, does=work))

    assert schema_there(project / "var") == SCHEMA - 1
    with Ledger(project / "var") as ledger:
        assert ledger.begin_generation() == 9
        assert not ledger.older()


def test_an_old_ledger_under_a_version_that_sent_something_all_the_same_counts_as_older(project: Path) -> None:
    def send() -> None:
        witness.write_mark(project / "var", witness.WitnessMark(generation=8, batch=5))

    with pytest.raises(NotUpgraded):
        run(project, Tree(project, fails={"verify"}, does=send))

    with Ledger(project / "var") as ledger:
        ledger.begin_generation()
        assert "batch 4 of 5" in ledger.older()


def test_a_tree_that_did_not_run_does_not_run_afterwards(project: Path) -> None:
    tree = Tree(project, runs="")

    said = run(project, tree)

    assert tree.started == ["2.0"]
    assert tree.runs == ""
    assert "did not run" in said


def test_a_folder_without_a_ledger_has_none_after_a_failure(project: Path) -> None:
    for path in (project / "var").glob("*"):
        path.unlink()

    def work() -> None:
        with Ledger(project / "var") as ledger:
            ledger.begin_generation()

    with pytest.raises(NotUpgraded):
        run(project, Tree(project, fails={"verify"}, does=work))

    assert not (project / "var" / "ledger.db").exists()
    assert witness.read_mark(project / "var").generation == 0


# --- interruptions

#: What changes a folder; a kill comes right before one of them.
CHANGES = ("replace", "rename", "unlink", "symlink", "rmdir", "mkdir")


def kill_at(patch: pytest.MonkeyPatch, number: int) -> list[int]:
    """Have the `number`-th change of a file raise Killed, and every later one too. Return the count of changes."""
    count = [0]

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def change(*given: Any, **more: Any) -> Any:
            count[0] += 1
            if count[0] >= number:
                raise Killed
            return real(*given, **more)

        return change

    for name in CHANGES:
        patch.setattr(os, name, guarded(getattr(os, name)))
    return count


def killed(number: int, work: Callable[[], object]) -> bool:
    """Do something until its `number`-th change; return False if it came to its end before."""
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, number)
        try:
            work()
        except Killed:
            return True
    return False


def changes_of(project: Path) -> int:
    """Return how many changes a whole upgrade takes."""
    with pytest.MonkeyPatch.context() as patch:
        count = kill_at(patch, 10**9)
        run(project, Tree(project))
    return count[0]


def anew(project: Path, name: str) -> Path:
    """Return a copy of the folder, beside its next version."""
    place = project.parent / name
    place.mkdir()
    shutil.copytree(project.parent / "next", place / "next")
    return Path(shutil.copytree(project, place / project.name, symlinks=True))


@pytest.mark.parametrize("new_environment", [False, True], ids=["the same packages", "other packages"])
def test_killed_at_any_change_it_is_a_whole_old_or_a_whole_new_one_again(
    project: Path, new_environment: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if new_environment:
        (project.parent / "next" / "scripts" / "requirements.txt").write_text("two\n", encoding="utf-8")
        monkeypatch.setattr(upgrade_preparation, "_noise", _make_environment)
    whole_run = changes_of(anew(project, "count"))
    chance = random.Random(7)
    outcomes = set()

    for number in range(1, whole_run + 1):
        here = anew(project, str(number))
        tree = Tree(here)
        assert killed(number, lambda here=here, tree=tree: run(here, tree))  # type: ignore[misc]
        if chance.random() < 0.3:
            killed(chance.randrange(1, 40), lambda here=here, tree=tree: settle(here, tree))  # type: ignore[misc]
        settle(here, tree)

        version = whole(here)
        assert schema_there(here / "var") == (SCHEMA if version == "2.0" else SCHEMA - 1), number
        assert posting_freeze.read(here) is None
        with Ledger(here / "var") as ledger:
            ledger.begin_generation()
            assert not ledger.older()
        outcomes.add(version)
        shutil.rmtree(here.parent)

    assert whole_run > 30
    assert outcomes == {"1.0", "2.0"}


def _make_environment(_: Path, command: tuple[str, ...]) -> None:
    """Stand for pip."""
    if command[1:3] == ("-m", "venv"):
        python = Path(command[3]) / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(PYTHON, encoding="utf-8")
        python.chmod(0o755)


def test_other_packages_are_installed_beside_the_old_ones(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.parent / "next" / "scripts" / "requirements.txt").write_text("two\n", encoding="utf-8")
    shutil.copytree(project, project.parent / "first", ignore=lambda *_: ["var", ".venv"])
    monkeypatch.setattr(upgrade_preparation, "_noise", _make_environment)
    (project / ".venv" / "first").touch()

    run(project, Tree(project))
    new = (project / ".venv").readlink()
    run(project, Tree(project), to="first")

    assert new.parts[:2] == ("var", "versions")
    assert (project / ".venv" / "first").exists()
    assert whole(project) == "1.0"


def test_other_packages_are_installed_after_a_version_that_ran_in_the_environment_of_the_one_before(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = {"scripts/requirements.txt": "two\n"}
    write_code(project.parent / "next", "2.0", schema=SCHEMA, **two)
    write_code(project.parent / "third", "3.0", schema=SCHEMA, **two)
    shutil.copytree(project, project.parent / "first", ignore=lambda *_: ["var", ".venv"])
    monkeypatch.setattr(upgrade_preparation, "_noise", _make_environment)
    run(project, Tree(project))
    run(project, Tree(project), to="third")
    second = (project / ".venv").readlink()

    run(project, Tree(project), to="first")

    assert whole(project) == "1.0"
    assert (project / ".venv").readlink() != second


def test_the_next_upgrade_settles_the_interrupted_one_first(project: Path) -> None:
    tree = Tree(project)
    assert killed(changes_of(anew(project, "count")) - 5, lambda: run(project, tree))
    assert posting_freeze.read(project) is not None

    run(project, tree)

    assert whole(project) == "2.0"
    assert posting_freeze.read(project) is None


def test_what_settles_an_interrupted_upgrade_is_the_old_versions_own_code(project: Path) -> None:
    stub = "import sys\nprint(__file__, *sys.argv[1:])\n"
    write_code(project, "1.0", schema=SCHEMA - 1, **{"worker/__init__.py": "", "worker/upgrade.py": stub})
    count = changes_of(anew(project, "count"))
    assert killed(count - 5, lambda: run(project, Tree(project)))
    python = project / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n", encoding="utf-8")

    done = subprocess.run(
        [project / "var" / "recover", "--back"], capture_output=True, text=True, env=installation.clean(os.environ)
    )

    old = next((project / "var" / "versions").glob("1.0+*")) / "code" / "worker" / "upgrade.py"
    assert done.stdout.strip() == f"{old} --recover {project} --back"


def test_what_settles_upgrades_does_nothing_when_none_was_interrupted(project: Path) -> None:
    old = versions.kept(project, "1.0+gone")
    write_recover(project, old)

    done = subprocess.run([project / "var" / "recover"], capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# --- refusals


def test_a_second_upgrade_waits_for_its_turn(project: Path) -> None:
    def again() -> None:
        run(project, Tree(project))

    with pytest.raises(NotUpgraded, match="another upgrade is under way"):
        run(project, Tree(project, does=again))


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda code: (code / "worker" / "runtime" / "posting_freeze.py").unlink(), "before it is verified"),
        (lambda code: shutil.rmtree(code / "hooks"), "hooks missing"),
        (lambda code: (code / "worker" / "version.py").unlink(), "holds no daybreak"),
        (shutil.rmtree, "no git checkout"),
    ],
    ids=["one that would post unverified", "half a version", "another program", "nothing there"],
)
def test_what_can_not_be_upgraded_to_is_refused_before_anything_is_changed(
    project: Path, break_it: Callable[[Path], None], says: str
) -> None:
    break_it(project.parent / "next")
    tree = Tree(project)

    with pytest.raises(DaybreakError, match=says):
        run(project, tree)

    assert whole(project) == "1.0"
    assert (tree.runs, tree.started) == ("by hand", [])


def test_the_same_version_is_no_upgrade(project: Path) -> None:
    tree = Tree(project)
    run(project, tree)

    assert "already" in run(project, tree)
    assert tree.started == ["2.0"]


def test_no_version_is_kept_for_ever(project: Path) -> None:
    for version in ("2.0", "3.0", "4.0"):
        write_code(project.parent / version, version)
        run(project, Tree(project), to=version)

    kept = sorted(path.name.partition("+")[0] for path in (project / "var" / "versions").iterdir() if path.is_dir())
    assert kept == ["3.0", "4.0"]


# --- a checkout


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(folder), *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def checked_out(project: Path) -> Path:
    """The same folder as a clone, whose origin has version 2.0 at its newest and tagged."""
    origin = project.parent / "origin"
    write_code(origin, "1.0", schema=SCHEMA - 1)
    (origin / ".gitignore").write_text("/var/\n/.venv\n", encoding="utf-8")
    git(origin, "init", "-q", "-b", "main")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "1.0")
    clone = project.parent / "clone"
    git(project.parent, "clone", "-q", str(origin), str(clone))
    (origin / "worker" / "only_in_1_0.py").unlink()
    write_code(origin, "2.0")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "2.0")
    git(origin, "tag", "v2.0")
    shutil.copytree(project / ".venv", clone / ".venv")
    write_ledger(clone / "var", SCHEMA - 1)
    return clone


@pytest.mark.parametrize("wanted", ["", "2.0", "v2.0", "main", "the commit"])
def test_a_checkout_is_upgraded_to_what_the_origin_has(checked_out: Path, wanted: str) -> None:
    commit = git(checked_out.parent / "origin", "rev-parse", "HEAD")

    upgrade.upgrade(
        checked_out, commit if wanted == "the commit" else wanted, machine=Tree(checked_out),
        data=checked_out / "var", by="test", say=lambda _: None,
    )  # fmt: skip

    assert whole(checked_out) == "2.0"
    assert git(checked_out, "rev-parse", "HEAD") == commit
    assert git(checked_out, "status", "--porcelain") == ""


def test_a_checkout_goes_back_to_its_branch_when_the_new_version_does_not_work(checked_out: Path) -> None:
    with pytest.raises(NotUpgraded):
        upgrade.upgrade(
            checked_out, "", machine=Tree(checked_out, fails={"verify"}), data=checked_out / "var", by="test",
            say=lambda _: None,
        )  # fmt: skip

    assert whole(checked_out) == "1.0"
    assert git(checked_out, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(checked_out, "status", "--porcelain") == ""


def test_changed_files_of_a_checkout_are_never_overwritten(checked_out: Path) -> None:
    (checked_out / "hooks" / "lifecycle.py").write_text("# mine\n", encoding="utf-8")

    with pytest.raises(NotUpgraded, match=r"hooks/lifecycle\.py"):
        upgrade.upgrade(
            checked_out, "", machine=Tree(checked_out), data=checked_out / "var", by="test", say=lambda _: None
        )

    assert (checked_out / "hooks" / "lifecycle.py").read_text(encoding="utf-8") == "# mine\n"


def test_the_operators_changes_of_circus_ini_are_carried_over(checked_out: Path) -> None:
    path = checked_out / "circus.ini"
    path.write_text(
        path.read_text(encoding="utf-8") + "\n[circus]\nendpoint = tcp://127.0.0.1:6555\n", encoding="utf-8"
    )
    origin = checked_out.parent / "origin" / "circus.ini"
    origin.write_text("# 2.0\n# new\n" + origin.read_text(encoding="utf-8"), encoding="utf-8")
    git(origin.parent, "commit", "-qam", "a line more")

    upgrade.upgrade(checked_out, "", machine=Tree(checked_out), data=checked_out / "var", by="test", say=lambda _: None)

    text = path.read_text(encoding="utf-8")
    assert "# new" in text
    assert "endpoint = tcp://127.0.0.1:6555" in text
